"""An illustrative plan of cameras where no positions are published: seeded, nested in stages, never a claim.

Sites lie within 150 m of street points that are known (traffic cameras, facilities, lampposts, or points that a user
supplies), on the zones' land. Zones get sites in proportion to their population, by the method of Sainte-Laguë, so
that every stage is spread as the last one is. A site carries sets and a set cameras: these are three different things.
"""

from __future__ import annotations

import datetime as dt
import heapq
import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoservice.catalog import Catalog, Layer
from geoservice.catalog.programme import Programme, Stage
from geoservice.catalog.zoning import zone_of
from geoservice.errors import QuestionError
from geoservice.vocabulary import FULL_CIRCLE_DEG, Access, Role, Status

STREET_ROLES = (Role.CAMERA, Role.FACILITY, Role.CANDIDATE)
ATTEMPTS = 200
"""How often a place is drawn before the street point itself is taken."""

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class StreetPoints:
    """Known places by a street, in the working CRS, by the position of the zone that each lies in."""

    by_zone: tuple[Floats, ...]


def illustrate(
    catalog: Catalog, programme: Programme, stage_id: str, seed: int, own_points: gpd.GeoSeries | None = None
) -> gpd.GeoDataFrame:
    """Make the cameras of a programme up to one stage; CRS: the working one, a row a camera, in the order installed.

    Columns: id, site_id, set_id, stage, valid_from, status, access, bearing_deg, illustrative. The same seed gives the
    same cameras, and each stage contains the ones before it. Raises NotFoundError for an unknown stage, QuestionError
    if the zones have no population or no street points.
    """
    stages = programme.up_to(stage_id)
    zones = catalog.zones(programme.zone_system)
    weight = _population(zones, programme)
    street = street_points(catalog, zones, own_points)
    cameras = _installed(stages)
    sites = _sites(int(cameras["site"].max()) + 1, weight, street, zones, programme.near_m, seed)
    turn = _draws(seed, 0, int(cameras["set"].max()) + 1, 1)[cameras["set"].to_numpy(), 0]
    apart = cameras["place"].to_numpy() / cameras["size"].to_numpy()
    bearing = FULL_CIRCLE_DEG * ((turn + apart) % 1)
    frame = pd.DataFrame(
        {
            "id": [f"{programme.prefix}-{n + 1:06d}" for n in range(len(cameras))],
            "site_id": [f"{programme.prefix}-site-{n + 1:05d}" for n in cameras["site"]],
            "set_id": [f"{programme.prefix}-set-{n + 1:05d}" for n in cameras["set"]],
            "stage": cameras["stage"].to_numpy(),
            "valid_from": cameras["valid_from"].to_numpy(),
            "status": str(Status.PLANNED),
            "access": cameras["access"].to_numpy(),
            "bearing_deg": np.round(bearing, 1),
            "illustrative": True,
        }
    )
    return gpd.GeoDataFrame(frame, geometry=sites[cameras["site"]], crs=catalog.working.crs)


def street_points(catalog: Catalog, zones: gpd.GeoDataFrame, own_points: gpd.GeoSeries | None) -> StreetPoints:
    """Collect the known places by a street, by zone; raises QuestionError naming a zone that has none."""
    if own_points is not None:
        points = catalog.working.project(own_points).reset_index(drop=True)
    else:
        layers = _street_layers(catalog)
        points = gpd.GeoSeries(pd.concat([layer.placed.geometry for layer in layers], ignore_index=True))
    where = zone_of(points, zones)
    by_zone = []
    for zone_id, name in zip(zones["zone_id"], zones["name_en"], strict=True):
        inside = shapely.get_coordinates(points[where == zone_id].array)
        if not len(inside):
            raise QuestionError(
                f"No street point is known in the zone {name}.", advice="Supply points of your own with --near."
            )
        by_zone.append(np.unique(np.round(inside, 3), axis=0))
    return StreetPoints(tuple(by_zone))


def _street_layers(catalog: Catalog) -> list[Layer]:
    """Give the layers that the programme names, so that no other moves its plan; without names, all of fit roles."""
    programme = catalog.region.programme
    if programme is not None and programme.street_layers:
        return [catalog.layer(layer_id) for layer_id in programme.street_layers]
    return [layer for role in STREET_ROLES for layer in catalog.with_role(role) if not layer.manifest.illustrative]


def _population(zones: gpd.GeoDataFrame, programme: Programme) -> Floats:
    if zones.empty or programme.population not in zones.columns:
        raise QuestionError(f"The zones of '{programme.zone_system}' have no field '{programme.population}'.")
    weight: Floats = pd.to_numeric(zones[programme.population], errors="coerce").to_numpy(dtype=np.float64)
    if not (np.isfinite(weight).all() and (weight > 0).all()):
        raise QuestionError(f"The field '{programme.population}' must be a number above 0 in every zone.")
    return weight


def _installed(stages: tuple[Stage, ...]) -> pd.DataFrame:
    """List the cameras in the order installed: their site, set, place within the set, its size, stage, date and access.

    Own cameras come in sets: the running number of cameras after n sets is that share of the stage's total, rounded
    down, so that each stage's number of sets carries its number of cameras exactly. An integrated camera is another
    body's and stands for itself, as a site and a set of one.
    """
    rows: list[tuple[int, int, int, int, str, dt.date, str]] = []
    sets = sites = own = integrated = own_sets = 0
    for stage in stages:
        new_sets, new_cameras = stage.own_sets - own_sets, stage.own_cameras - own
        new_sites = math.ceil(new_sets * stage.sites_per_set)
        for n in range(new_sets):
            size = (n + 1) * new_cameras // new_sets - n * new_cameras // new_sets
            site = sites + n % new_sites
            rows += [(site, sets + n, k, size, stage.id, stage.valid_from, str(Access.OWN)) for k in range(size)]
        sets, sites, own, own_sets = sets + new_sets, sites + new_sites, stage.own_cameras, stage.own_sets
        more = stage.integrated_cameras - integrated
        rows += [(sites + n, sets + n, 0, 1, stage.id, stage.valid_from, str(Access.INTEGRATED)) for n in range(more)]
        sets, sites, integrated = sets + more, sites + more, stage.integrated_cameras
    return pd.DataFrame(rows, columns=["site", "set", "place", "size", "stage", "valid_from", "access"])


def _sites(
    count: int, weight: Floats, street: StreetPoints, zones: gpd.GeoDataFrame, near_m: float, seed: int
) -> npt.NDArray[np.object_]:
    """Place the sites one after another; zones take turns by population, so that every beginning is spread alike.

    Places are drawn evenly from the discs around street points, and again where they fall into the sea or next door.
    """
    owner = sainte_lague(weight, count)
    xy = np.empty((count, 2))
    left = np.arange(count)
    shapely.prepare(zones.geometry.array)
    for attempt in range(1, ATTEMPTS + 1):
        draws = _draws(seed, attempt, count, 3)[left]
        base = _street_points_of(street, owner[left], draws[:, 0])
        distance = near_m * np.sqrt(draws[:, 1])
        if attempt == ATTEMPTS:
            distance = np.zeros(len(left))
        angle = 2 * np.pi * draws[:, 2]
        xy[left] = np.round(base + distance[:, None] * np.column_stack([np.sin(angle), np.cos(angle)]), 2)
        inside = shapely.contains_xy(np.asarray(zones.geometry.array)[owner[left]], xy[left])
        left = left[~inside]
        if not len(left):
            break
    return np.asarray(shapely.points(xy), dtype=object)


def _draws(seed: int, attempt: int, rows: int, columns: int) -> Floats:
    """Draw numbers from 0 up to 1; a longer table begins with the same rows, which makes the stages nested."""
    return np.random.default_rng([seed, attempt]).random((rows, columns))


def _street_points_of(street: StreetPoints, owner: Integers, draw: Floats) -> Floats:
    """Choose a street point of each site's zone."""
    chosen = np.empty((len(owner), 2))
    for zone, points in enumerate(street.by_zone):
        mine = owner == zone
        chosen[mine] = points[(draw[mine] * len(points)).astype(np.int64)]
    return chosen


def sainte_lague(weight: Floats, count: int) -> Integers:
    """Hand out seats one by one to the claim that is largest at w / (2 s + 1) for s seats held (Sainte-Laguë 1910)."""
    heap = [(-w, zone) for zone, w in enumerate(weight)]
    heapq.heapify(heap)
    seats = np.zeros(len(weight), dtype=np.int64)
    order = np.empty(count, dtype=np.int64)
    for n in range(count):
        _, zone = heap[0]
        order[n] = zone
        seats[zone] += 1
        heapq.heapreplace(heap, (-weight[zone] / (2 * seats[zone] + 1), zone))
    return order
