"""Typesetting: what is drawn and said of an answer becomes a PDF, or a picture of the same page."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from geoservice.errors import AssetError, ParameterError, message
from geoservice.prints.asked import Print
from geoservice.prints.contents import contents
from geoservice.prints.text import said

FONTS = ("regular.ttf", "bold.ttf")
_FONT_FOLDER = Path("vendor") / "noto-sans-hk"
_TEMPLATE = Path(__file__).with_name("page.typ")
_STANDARD = "ua-1"
"""PDF/UA-1 (ISO 14289-1): what a reader aloud needs is in it, and every font too."""


def as_pdf(ready: Print, *, static: Path, made: dt.date) -> bytes:
    """Set a sheet as PDF; what finds no room beside the map is on a second page. Raises AssetError without fonts."""
    pages = _set(ready, static, made, {"format": "pdf", "pdf_standards": [_STANDARD]})
    return bytes(pages)


def as_png(ready: Print, *, static: Path, made: dt.date) -> bytes:
    """Draw a sheet of pixels as PNG; raises ParameterError where its legend and notes need more room than there is."""
    found = _set(ready, static, made, {"format": "png", "ppi": ready.sheet.page.ppi})
    if isinstance(found, list):
        raise ParameterError(
            "layers",
            ",".join(ready.wanted.layers),
            message("fewer layers, or a larger picture: there is no room for the legend"),
        )
    return bytes(found)


def _set(ready: Print, static: Path, made: dt.date, options: dict[str, Any]) -> Any:
    # A typesetter of 80 MB, which a process that never prints need not load.
    import typst  # noqa: PLC0415

    drawn = contents(ready.data, ready.sheet, ready.wanted)
    page = orjson.dumps(asdict(said(ready.data, ready.sheet, ready.wanted, drawn, made))).decode()
    day = dt.datetime(made.year, made.month, made.day, tzinfo=dt.UTC)
    if options["format"] == "pdf":
        options = {**options, "timestamp": day}
    return typst.compile(
        _TEMPLATE.read_bytes(),
        font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=_fonts(static)),
        ignore_system_fonts=True,
        sys_inputs={"page": page, "map": drawn.svg},
        **options,
    )


def _fonts(static: Path) -> list[str]:
    folder = static / _FONT_FOLDER
    missing = [name for name in FONTS if not (folder / name).is_file()]
    if missing:
        raise AssetError(
            f"The fonts for printing are not there: {folder / missing[0]}.",
            advice="Build them in: python3 run.py build",
        )
    return [str(folder)]
