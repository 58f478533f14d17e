"""PostGIS as a peer: a server of its own in a temporary folder, asked through SQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import psycopg
import shapely

from benchmarks.machine import PROCESSORS
from geoservice.errors import GeoserviceError

Geometries = npt.NDArray[np.object_]

PACKAGE = "postgresql-postgis"
SERVERS = Path("/usr/lib/postgresql")
SHARED = Path("/usr/share/postgresql")
ACCOUNT = "postgres"
"""The server does not run as root; in its place this account of the package does."""
CELL_M = 1_000
"""The side of the cells that zones are cut to beforehand: of 500, 1,000 and 2,000 m none was faster."""

SETTINGS = {
    "listen_addresses": "''",
    "shared_buffers": "2GB",
    "work_mem": "256MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "8GB",
    "fsync": "off",
    "jit": "off",
    "max_parallel_workers": str(PROCESSORS),
    "max_parallel_workers_per_gather": str(PROCESSORS),
    "parallel_setup_cost": "0",
    "parallel_tuple_cost": "0",
    "min_parallel_table_scan_size": "0",
}

CELLS = """
    CREATE TABLE cell AS
    SELECT zone.id AS zone, (ST_Dump(ST_Intersection(zone.shape, square.geom))).geom AS shape
    FROM zone, ST_SquareGrid(%s, zone.shape) AS square WHERE ST_Intersects(zone.shape, square.geom);
    DELETE FROM cell WHERE ST_Dimension(shape) < 2;
    ALTER TABLE cell ADD id serial;
    ALTER TABLE cell SET (parallel_workers = %s);
"""
CUT_FIRST = """
    SELECT zone.id, coalesce(sum(area), 0) FROM zone LEFT JOIN (
        SELECT cell.zone, ST_Area(ST_Union(
            CASE WHEN ST_CoveredBy(footprint.shape, cell.shape) THEN footprint.shape
            ELSE ST_Intersection(footprint.shape, cell.shape) END)) AS area
        FROM cell JOIN footprint ON ST_Intersects(footprint.shape, cell.shape) GROUP BY cell.zone, cell.id
    ) AS covered ON covered.zone = zone.id GROUP BY zone.id ORDER BY zone.id
"""
UNITE = """
    CREATE FUNCTION covered(cell geometry) RETURNS float8 LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT ST_Area(ST_Intersection(cell, ST_Union(shape))) FROM footprint WHERE shape && cell
    $$
"""
UNION_FIRST = "SELECT zone, coalesce(sum(covered(shape)), 0) FROM cell GROUP BY zone ORDER BY zone"


class MissingPackageError(GeoserviceError):
    """A system package that a peer needs is not installed: `package`."""

    def __init__(self, package: str) -> None:
        super().__init__("PostGIS is not installed.", advice=f"Install the Debian package {package}.")
        self.package = package

    def __reduce__(self) -> tuple[type[MissingPackageError], tuple[str]]:
        """Cross from one process to another."""
        return MissingPackageError, (self.package,)


def server_programs() -> Path:
    """Find the folder with the newest server's programs; raises MissingPackageError."""
    versions = [path.parent.parent for path in SERVERS.glob("*/bin/initdb")]
    with_postgis = [path for path in versions if (SHARED / path.name / "extension" / "postgis.control").exists()]
    if not with_postgis:
        raise MissingPackageError(PACKAGE)
    return max(with_postgis, key=lambda path: int(path.name)) / "bin"


@contextmanager
def server(**settings: str) -> Iterator[psycopg.Connection]:
    """Run an empty server with PostGIS on a socket in a temporary folder, and connect to it; `settings` are its own."""
    programs = server_programs()
    account = ACCOUNT if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="geoservice-postgis-"))

    def program(name: str, *arguments: str) -> None:
        subprocess.run(
            [programs / name, "--pgdata", folder / "data", *arguments],
            check=True,
            cwd=folder,
            user=account,
            stdout=subprocess.DEVNULL,
        )

    try:
        if account is not None:
            shutil.chown(folder, account)
        program("initdb", "--auth=trust", f"--username={ACCOUNT}", "--no-sync", "--encoding=UTF8", "--locale=C")
        options = {**SETTINGS, "unix_socket_directories": str(folder), **settings}
        switches = " ".join(f"-c {name}={value}" for name, value in options.items())
        program("pg_ctl", "start", "--wait", "--log", str(folder / "log"), "--options", switches)
        try:
            with psycopg.connect(
                host=str(folder), port=settings.get("port"), user=ACCOUNT, dbname="postgres", autocommit=True
            ) as connection:
                connection.execute("CREATE EXTENSION postgis")
                yield connection
        finally:
            program("pg_ctl", "stop", "--mode=immediate")
    finally:
        shutil.rmtree(folder)


@contextmanager
def _database(zones: Geometries, footprints: Geometries, query: str) -> Iterator[Callable[[], list[float]]]:
    """Load and index polygons, cut zones to cells, and give what runs the query: areas by zone."""
    with server() as connection:
        for table, shapes in (("zone", zones), ("footprint", footprints)):
            connection.execute(f"CREATE TABLE {table} (id int, shape geometry)")
            copy = f"COPY {table} FROM STDIN (FORMAT binary)"
            with connection.cursor() as cursor, cursor.copy(copy) as rows:
                rows.set_types(["int4", "bytea"])
                for row in enumerate(shapely.to_wkb(shapes)):
                    rows.write_row(row)
        psycopg.ClientCursor(connection).execute(CELLS, [CELL_M, PROCESSORS])
        connection.execute("CREATE INDEX ON footprint USING gist (shape)")
        connection.execute(UNITE)
        connection.execute("VACUUM ANALYZE")
        yield lambda: [row[1] for row in connection.execute(query).fetchall()]


@contextmanager
def postgis_cut_first(zones: Geometries, footprints: Geometries) -> Iterator[Callable[[], list[float]]]:
    """Cut the footprints to cells, unite them by cell, add up by zone."""
    with _database(zones, footprints, CUT_FIRST) as run:
        yield run


@contextmanager
def postgis_union_first(zones: Geometries, footprints: Geometries) -> Iterator[Callable[[], list[float]]]:
    """Unite by cell what touches it, in a function that parallel workers may call, cut the union, add up by zone."""
    with _database(zones, footprints, UNION_FIRST) as run:
        yield run
