"""Writing an illustrative plan as a layer of its own: a CSV and the layer.toml beside it."""

from __future__ import annotations

import csv
import io
import tomllib
from pathlib import Path
from typing import Any

import geopandas as gpd
import tomli_w

from geoservice.catalog.manifest import LayerManifest
from geoservice.catalog.programme import Programme, Stage
from geoservice.crs import WorkingCrs
from geoservice.formats.aside import folder_aside, writing
from geoservice.formats.frames import printable
from geoservice.i18n import Text
from geoservice.vocabulary import Role

DECIMALS = 7
_PLACE = ("id", "site_id", "set_id", "lon", "lat")
_KEPT = ("style", "kinds", "words_zh", "known_gaps", "accepted")
"""What a user may have written into layer.toml that stays true whichever cameras there are."""


def write_plan(
    layers: Path,
    programme: Programme,
    stage: Stage,
    seed: int,
    cameras: gpd.GeoDataFrame,
    working: WorkingCrs,
    near: str | None = None,
) -> Path:
    """Write the cameras of a stage into their layer's folder, and the layer.toml that says what made them.

    `near` is the name of the file of street points, if there was one. The same cameras make the same bytes. Both files
    are whole before they take the place of old ones. Gives the CSV; raises CrsError if the cameras are not in the
    working CRS, GeoserviceError if the files cannot be written.
    """
    layer_id = programme.layer_of(stage)
    folder = layers / layer_id
    content = _csv(cameras, working)
    with writing(folder):
        layers.mkdir(parents=True, exist_ok=True)
        manifest = _with_kept(_manifest(programme, stage, seed, near), folder / "layer.toml")
        with folder_aside(layers) as aside:
            made = aside / layer_id
            made.mkdir()
            (made / f"{layer_id}.csv").write_bytes(content)
            if manifest is not None:
                (made / "layer.toml").write_text(tomli_w.dumps(manifest), encoding="utf-8")
            if not folder.exists():
                made.rename(folder)
            else:
                for part in sorted(made.iterdir()):
                    part.replace(folder / part.name)
    return folder / f"{layer_id}.csv"


def plans_not_nested(layers: Path, programme: Programme, stage: Stage) -> list[str]:
    """Name the plans of other stages in the folder that do not contain this one's, or are not contained in it.

    A plan contains another if it has all of its cameras, by the same names, at the same sites and places.
    """
    order = [one.id for one in programme.stages]
    mine = _places(layers, programme.layer_of(stage))
    found = []
    for other in programme.stages:
        theirs = None if other.id == stage.id else _places(layers, programme.layer_of(other))
        if theirs is None or mine is None:
            continue
        earlier, later = (theirs, mine) if order.index(other.id) < order.index(stage.id) else (mine, theirs)
        if not earlier <= later:
            found.append(programme.layer_of(other))
    return found


def _places(layers: Path, layer_id: str) -> set[tuple[str | None, ...]] | None:
    """Read the names and places of a plan's cameras; None if there is no plan."""
    try:
        with (layers / layer_id / f"{layer_id}.csv").open(encoding="utf-8", errors="replace", newline="") as file:
            return {tuple(row.get(name) for name in _PLACE) for row in csv.DictReader(file)}
    except OSError:
        return None


def _csv(cameras: gpd.GeoDataFrame, working: WorkingCrs) -> bytes:
    lonlat = working.to_lonlat(cameras.geometry)
    columns = [name for name in cameras.columns if name != cameras.geometry.name]
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([*columns, "lon", "lat"])
    for values, x, y in zip(cameras[columns].itertuples(index=False), lonlat.x, lonlat.y, strict=True):
        written = ["true" if value is True else value for value in values]
        writer.writerow([*written, f"{x:.{DECIMALS}f}", f"{y:.{DECIMALS}f}"])
    return file.getvalue().encode()


def _with_kept(made: dict[str, Any], path: Path) -> dict[str, Any] | None:
    """Take over from the layer.toml that is there what does not depend on the cameras; None if all is as it says."""
    try:
        old = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        kept = {**made, **{name: old[name] for name in _KEPT if name in old}}
        LayerManifest.model_validate(kept)
    except (OSError, ValueError):
        return made
    return None if kept == old else kept


def _manifest(programme: Programme, stage: Stage, seed: int, near: str | None) -> dict[str, Any]:
    layer_id = programme.layer_of(stage)
    zh = programme.title.within("zh")
    title = Text(en=f"{programme.title.en}: {stage.id}", zh=f"{zh}：{stage.id}")
    own = None if near is None else printable(near)
    return {
        "id": layer_id,
        "role": str(Role.CAMERA),
        "illustrative": True,
        "generated_by": programme.command(stage, seed, own),
        "title": title.model_dump(),
        "description": stage.note.model_dump(exclude_none=True),
        "file": f"{layer_id}.csv",
        "source": programme.source.model_dump(exclude_none=True),
        "licence": programme.licence.model_dump(exclude_none=True),
        "as_of": stage.valid_from,
        "update_frequency": {
            "en": f"When the programme changes (seed {seed}{'' if own is None else f', near the points of {own}'})",
            "zh": f"計劃更改時（種子 {seed}{'' if own is None else f'，街道點取自 {own}'}）",
        },
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
