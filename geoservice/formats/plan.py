"""Writing an illustrative plan as a layer of its own: a CSV and the layer.toml beside it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import geopandas as gpd
import tomli_w

from geoservice.catalog.programme import Programme, Stage
from geoservice.crs import WorkingCrs
from geoservice.i18n import Text
from geoservice.vocabulary import Role

DECIMALS = 7


def plan_layer_id(programme: Programme, stage: Stage) -> str:
    """Name the layer of one stage."""
    return f"{programme.prefix}-plan-{stage.id}"


def write_plan(
    layers: Path, programme: Programme, stage: Stage, seed: int, cameras: gpd.GeoDataFrame, working: WorkingCrs
) -> Path:
    """Write the cameras of a stage into their layer's folder, layer.toml with it where there is none; give the CSV.

    The same cameras make the same bytes. Raises CrsError if they are not in the working CRS.
    """
    layer_id = plan_layer_id(programme, stage)
    folder = layers / layer_id
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / "layer.toml"
    if not manifest.exists():
        manifest.write_text(tomli_w.dumps(_manifest(programme, stage, seed)), encoding="utf-8")
    path = folder / f"{layer_id}.csv"
    lonlat = working.to_lonlat(cameras.geometry)
    columns = [name for name in cameras.columns if name != cameras.geometry.name]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*columns, "lon", "lat"])
        for values, x, y in zip(cameras[columns].itertuples(index=False), lonlat.x, lonlat.y, strict=True):
            written = ["true" if value is True else value for value in values]
            writer.writerow([*written, f"{x:.{DECIMALS}f}", f"{y:.{DECIMALS}f}"])
    return path


def _manifest(programme: Programme, stage: Stage, seed: int) -> dict[str, Any]:
    layer_id = plan_layer_id(programme, stage)
    zh = programme.title.within("zh")
    title = Text(en=f"{programme.title.en}: {stage.id}", zh=f"{zh}：{stage.id}")
    command = f"geoservice plan illustrate --stage {stage.id}"
    return {
        "id": layer_id,
        "role": str(Role.CAMERA),
        "illustrative": True,
        "generated_by": command,
        "title": title.model_dump(),
        "description": stage.note.model_dump(exclude_none=True),
        "file": f"{layer_id}.csv",
        "source": programme.source.model_dump(exclude_none=True),
        "licence": programme.licence.model_dump(exclude_none=True),
        "as_of": stage.valid_from,
        "update_frequency": {"en": f"When the programme changes (seed {seed})", "zh": f"計劃更改時（種子 {seed}）"},
        "crs": "EPSG:4326",
        "columns": {
            "id": "id",
            "status": "status",
            "valid_from": "valid_from",
            "access": "access",
            "bearing_deg": "bearing_deg",
        },
        "defaults": {"kind": "illustrative_camera"},
        "style": {"colour": "#c51b7d", "symbol": "cross", "shown": False},
        "position": {"lon": "lon", "lat": "lat"},
        "camera": programme.camera.model_dump(exclude_none=True),
        "attributes": [
            {"name": "site_id", "title": {"en": "Site", "zh": "位置"}},
            {"name": "set_id", "title": {"en": "Set", "zh": "組"}},
            {"name": "stage", "title": {"en": "Stage", "zh": "階段"}},
            {"name": "illustrative", "title": {"en": "Illustrative", "zh": "示意"}},
        ],
    }
