"""The same figures on a dask cluster, whatever becomes of its workers, and clear words where it cannot be used."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dask
import psutil
import pytest
from distributed import Client, LocalCluster
from test_partitions import WORKING, ZONES, cameras

from geoservice.errors import ClusterError
from geoservice.partitions import Partitions, figures, in_threads, on_cluster, write_ground, write_partitions
from geoservice.partitions.measure import measure_square

ROOT = Path(__file__).resolve().parent.parent.parent

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Partitions:
    sources = cameras(9, 3000)
    return write_partitions(tmp_path_factory.mktemp("cluster") / "parts", [sources], ZONES, WORKING, most=150)


@contextmanager
def cluster_of(count: int) -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=count, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL
    ) as cluster:
        yield cluster


def workers_of(cluster: LocalCluster) -> list[int]:
    with Client(cluster, set_as_default=False) as client:
        return sorted(client.run(os.getpid).values())


def test_a_killed_worker_changes_no_digit(written: Partitions) -> None:
    with in_threads(2) as mapped:
        expected = figures(written, mapped, cap=4)
    assert len(written.measured) > 30
    with cluster_of(2) as cluster:
        victim = workers_of(cluster)[0]

        def kill_at_a_third(done: int, total: int) -> None:
            if done == total // 3:
                psutil.Process(victim).kill()

        with on_cluster(cluster.scheduler_address, written) as mapped:
            found = figures(written, mapped, cap=4, step=kill_at_a_third)
        assert not psutil.pid_exists(victim) or psutil.Process(victim).status() == psutil.STATUS_ZOMBIE
    assert found.areas_m2.tobytes() == expected.areas_m2.tobytes()
    assert found.losses == expected.losses


@pytest.mark.soak
def test_a_local_cluster_gives_the_same_and_leaves_nothing(
    written: Partitions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with in_threads(2) as mapped:
        expected = figures(written, mapped)
        pieces = write_ground(written, tmp_path / "threads", mapped)
    with on_cluster("local", written) as mapped:
        found = figures(written, mapped)
        assert write_ground(written, tmp_path / "workers", mapped) == pieces
    assert found.areas_m2.tobytes() == expected.areas_m2.tobytes()
    assert found.losses == expected.losses
    assert {path.name for path in tmp_path.iterdir()} <= {"threads", "workers"}
    names = [sorted(path.name for path in (tmp_path / side).iterdir()) for side in ("threads", "workers")]
    assert names[0] == names[1]


def test_a_scheduler_that_does_not_answer_is_named(written: Partitions) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ClusterError, match=rf"No scheduler answers at {address}"), on_cluster(address, written):
            pass


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "ftp://127.0.0.1:21", "tls://127.0.0.1:1"])
def test_what_is_no_address_of_a_scheduler_is_said(written: Partitions, address: str) -> None:
    with pytest.raises(ClusterError, match="No scheduler answers at"), on_cluster(address, written):
        pass


def test_workers_that_cannot_help_are_named(written: Partitions, tmp_path: Path) -> None:
    """One without geoservice; one that sees other partitions under the same name."""
    with cluster_of(0) as cluster:
        with pytest.raises(ClusterError, match="has no workers"), on_cluster(cluster.scheduler_address, written):
            pass
        with (
            foreign_worker(cluster.scheduler_address, tmp_path, hidden=True),
            pytest.raises(ClusterError, match=r"has no module geoservice\S*\. Install there"),
            on_cluster(cluster.scheduler_address, written),
        ):
            pass
        with foreign_worker(cluster.scheduler_address, tmp_path, hidden=False):
            other = Partitions(written.folder, written.manifest, written.working, digest="of another file")
            gone = Partitions(tmp_path / "gone", written.manifest, written.working, written.digest)
            for partitions, said in ((other, "sees other partitions"), (gone, "does not see the folder")):
                with pytest.raises(ClusterError, match=said), on_cluster(cluster.scheduler_address, partitions):
                    pass


@pytest.mark.soak
def test_a_square_that_costs_worker_after_worker_is_given_up(written: Partitions) -> None:
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}), cluster_of(1) as cluster:
        (victim,) = workers_of(cluster)

        def kill(done: int, _total: int) -> None:
            if done == 3:
                psutil.Process(victim).kill()

        with (
            pytest.raises(ClusterError, match="given up: 1 workers were lost"),
            on_cluster(cluster.scheduler_address, written) as mapped,
        ):
            figures(written, mapped, step=kill)


@pytest.mark.soak
def test_a_scheduler_that_goes_away_is_named(written: Partitions, tmp_path: Path) -> None:
    with program(SCHEDULER, tmp_path) as (scheduler, address), foreign_worker(address, tmp_path, hidden=False):

        def kill(done: int, _total: int) -> None:
            if done == 3:
                scheduler.kill()

        with (
            pytest.raises(ClusterError, match=f"The cluster at {address} was lost"),
            on_cluster(address, written) as mapped,
        ):
            figures(written, mapped, step=kill)


def test_a_scheduler_without_this_package_is_named(written: Partitions, tmp_path: Path) -> None:
    with (
        program(SCHEDULER.replace(KNOWN, HIDDEN), tmp_path) as (_, address),
        pytest.raises(ClusterError, match=r"The scheduler at \S+ cannot help: it has no module geoservice"),
        on_cluster(address, written),
    ):
        pass


KNOWN = f"sys.path.insert(0, {str(ROOT)!r})"
HIDDEN = "sys.modules['geoservice'] = None"
SCHEDULER = f"""
import asyncio, sys
{KNOWN}
from distributed import Scheduler
async def main():
    async with Scheduler(host="127.0.0.1", port=0, dashboard=False, dashboard_address="127.0.0.1:0") as scheduler:
        print(scheduler.address, flush=True)
        await scheduler.finished()
asyncio.run(main())
"""


@contextmanager
def foreign_worker(address: str, folder: Path, *, hidden: bool) -> Iterator[None]:
    """Start a worker in a process of its own, with or without this package."""
    code = f"""
import asyncio, sys
{HIDDEN if hidden else KNOWN}
from distributed import Worker
async def main():
    async with Worker({address!r}, nthreads=1, local_directory={str(folder / "scratch")!r}, dashboard=False) as worker:
        print("ready", flush=True)
        await worker.finished()
asyncio.run(main())
"""
    with program(code, folder) as (_, said):
        assert said == "ready"
        yield


@contextmanager
def program(code: str, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a program of its own for a while; gives it and the first line that it says."""
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def test_a_square_measured_again_is_the_same(written: Partitions) -> None:
    def of(number: int) -> Any:
        found = measure_square(str(written.folder), number, cap=3)
        return found.zones.tobytes(), found.areas_m2.tobytes(), found.losses

    for number in written.measured[:5]:
        assert of(number) == of(number)
