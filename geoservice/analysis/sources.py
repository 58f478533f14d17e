"""Who reaches, and how far: the sources of a question and their footprints."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geoservice.catalog import Catalog, Layer
from geoservice.catalog.manifest import CAMERA_FIELDS, CameraDefaults
from geoservice.catalog.zoning import zone_of
from geoservice.coverage.field_of_view import fields_of_view, grid_bearing
from geoservice.coverage.service_area import cut_to_landmass, discs
from geoservice.crs import WorkingCrs
from geoservice.question import Question, ServiceArea
from geoservice.vocabulary import FULL_CIRCLE_DEG, Case, Role, Theme

MAX_HIDDEN_SHARE = 0.9
"""The nearest distance hides at most this share of the range, where either of them is assumed."""
SOURCE_COLUMNS = ["id", "layer", "kind", "name_en", "name_zh", "status", "zone_id"]


def select_sources(catalog: Catalog, question: Question) -> gpd.GeoDataFrame:
    """Collect the features that reach, from all layers asked, with the zone each lies in; CRS: the working one.

    Cameras keep what they say of themselves (`bearing_deg`, `view_angle_deg`, `range_m`, `nearest_m`; None where not).
    """
    frames = []
    for selection in question.sources:
        chosen = catalog.layer(selection.layer).select(selection, question.statuses, question.at)
        frames.append(chosen.assign(layer=selection.layer))
    sources = pd.concat(frames, ignore_index=True)
    sources["zone_id"] = zone_of(sources.geometry, catalog.zones(question.zone_system))
    columns = [*SOURCE_COLUMNS, *(CAMERA_FIELDS if question.theme is Theme.CAMERAS else ())]
    return gpd.GeoDataFrame(sources[[*columns, "geometry"]], crs=catalog.working.crs)


def where_facilities_are(catalog: Catalog, question: Question) -> pd.Series:
    """Give the zone of every facility with a position, of all kinds, whether it reaches or not; None outside all."""
    places = [layer.placed.geometry for layer in catalog.with_role(Role.FACILITY)]
    if not places:
        return pd.Series([], dtype=object)
    return zone_of(gpd.GeoSeries(pd.concat(places, ignore_index=True)), catalog.zones(question.zone_system))


def footprints_of(catalog: Catalog, question: Question, sources: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Give what each source reaches under the question's case; index as the sources, working CRS."""
    if not isinstance(question.footprint, ServiceArea):
        views = assumed_views(catalog, question, sources)
        return fields_of_view(views, question.footprint.chord_error_m, catalog.working)
    range_m = question.footprint.range_m.at(question.case)
    areas = discs(sources.geometry, range_m, question.footprint.chord_error_m, catalog.working)
    land = catalog.region.land
    if not question.same_landmass or land is None:
        return areas
    return cut_to_landmass(areas, sources.geometry, catalog.landmasses, land.snap_m, catalog.working)


def farthest_m(layer: Layer, question: Question) -> float:
    """Give a distance in metres that no footprint of a layer's features goes beyond, however it is drawn."""
    footprint = question.footprint
    if isinstance(footprint, ServiceArea):
        return footprint.range_m.at(question.case) + footprint.chord_error_m
    said_m = [float(layer.placed[name].astype(float).max()) for name in ("range_m", "nearest_m")]
    defaults = layer.manifest.camera
    if defaults is not None:
        said_m += [defaults.value(name, question.case) for name in ("range_m", "nearest_m")]
    return max((one for one in said_m if np.isfinite(one)), default=0.0) / MAX_HIDDEN_SHARE + footprint.chord_error_m


def assumed_views(catalog: Catalog, question: Question, cameras: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Fill in what cameras do not say as their layers state it for the question's case; index and order stay.

    Bearings become grid bearings; `assumed` names the fields that were filled in.
    """
    parts = []
    for layer_id, group in cameras.groupby("layer", sort=False):
        manifest = catalog.layers[str(layer_id)].manifest
        if manifest.camera is not None:
            views = camera_views(group, manifest.camera, question.case, catalog.working)
            if manifest.illustrative:
                views["assumed"] = views["assumed"].map({said: _made_up(said) for said in views["assumed"].unique()})
            parts.append(views)
    if not parts:
        return cameras.assign(assumed="")
    return gpd.GeoDataFrame(pd.concat(parts).loc[cameras.index], crs=cameras.crs)


def _made_up(assumed: str) -> str:
    """Name also the place and the bearing, which are made up in an illustrative layer even where it gives them."""
    filled = [field for field in assumed.split(", ") if field and field != "bearing_deg"]
    return ", ".join(["position", "bearing_deg", *filled])


def assumed_fields(catalog: Catalog, question: Question, sources: gpd.GeoDataFrame) -> list[str]:
    """Name for each source what of its footprint is assumed: a facility's range always is."""
    if isinstance(question.footprint, ServiceArea):
        return ["range_m"] * len(sources)
    return [str(fields) for fields in assumed_views(catalog, question, sources)["assumed"]]


def camera_views(
    cameras: gpd.GeoDataFrame, defaults: CameraDefaults, case: Case, working: WorkingCrs
) -> gpd.GeoDataFrame:
    """Fill in what cameras do not say, for one case, and turn their bearings to grid north; same index.

    `assumed` names the fields that were filled in, for each camera. One without a bearing looks all round.
    """
    filled: dict[str, pd.Series] = {}
    assumed = {field: cameras[field].isna() for field in CAMERA_FIELDS}
    for field in ("view_angle_deg", "range_m", "nearest_m"):
        given = cameras[field].astype(float)
        filled[field] = given.where(given.notna(), defaults.value(field, case))
    unknown = assumed["bearing_deg"]
    all_round = filled["view_angle_deg"] >= FULL_CIRCLE_DEG
    filled["view_angle_deg"] = filled["view_angle_deg"].where(~unknown, FULL_CIRCLE_DEG)
    # What a camera says stands; what is assumed beside it gives way, so that each camera sees something.
    hidden_m = filled["nearest_m"].where(~assumed["nearest_m"], 0.0)
    filled["range_m"] = filled["range_m"].where(
        ~assumed["range_m"], np.maximum(filled["range_m"], hidden_m / MAX_HIDDEN_SHARE)
    )
    filled["nearest_m"] = filled["nearest_m"].where(
        ~assumed["nearest_m"], np.minimum(filled["nearest_m"], MAX_HIDDEN_SHARE * filled["range_m"])
    )
    bearing = cameras["bearing_deg"].astype(float).fillna(0.0)
    if defaults.north == "true" and len(cameras):
        bearing = grid_bearing(cameras.geometry, bearing, working)
    said = pd.DataFrame(assumed)
    said["bearing_deg"] &= ~(all_round & ~assumed["view_angle_deg"])
    return cameras.assign(bearing_deg=bearing, **filled, assumed=_names_of(said))


def _names_of(said: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Name in each row the columns that are true, with commas between."""
    kinds, kind = np.unique(said.to_numpy(dtype=bool), axis=0, return_inverse=True)
    names = [", ".join(field for field, true in zip(said.columns, row, strict=True) if true) for row in kinds]
    return np.array([*names, ""], dtype=object)[kind.ravel()]
