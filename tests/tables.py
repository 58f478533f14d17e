"""Published tables of the made-up city, written in every format that is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
from city import WARDS, write_csv, write_layer, write_polygons

NAMES_ZH = {"SW": "西南分區", "NW": "西北分區", "SE": "東南分區", "NE": "東北分區"}
ATTRIBUTES = """
[[attributes]]
name = "cases"
title = { en = "Cases", zh = "案件" }
unit = "cases"

[[attributes]]
name = "rate"
title = { en = "Rate", zh = "比率" }

[[attributes]]
name = "remark"
title = { en = "Remark", zh = "備註" }
"""


def name_wards_in_chinese(folder: Path) -> None:
    """Give the wards names in both languages."""
    columns = 'columns = { id = "code", name_en = "label", name_zh = "label_zh" }'
    path = write_layer(folder, "wards", "zone", "wards.gpkg", columns)
    rows = [{"code": code, "label": name, "label_zh": NAMES_ZH[code]} for code, (name, _) in WARDS.items()]
    (path / "wards.gpkg").unlink(missing_ok=True)
    write_polygons(path / "wards.gpkg", rows, [bounds for _, bounds in WARDS.values()])


def table_toml(
    by: str = "code", top: str = "", where: str = "", system: str = "ward", attributes: str = ATTRIBUTES
) -> str:
    """Write what layer.toml says of a table whose column Area names the zone."""
    return (
        f'{top}\n[join]\nzone_system = "{system}"\ncolumn = "Area"\nby = "{by}"\n'
        f"{f'where = {where}' if where else ''}\n{attributes}"
    )


def write_table(folder: Path, name: str, rows: list[dict[str, Any]], more: str) -> Path:
    """Write the layer `crime` with its rows, in the format that the file's name ends in."""
    path = write_layer(folder, "crime", "table", name, more) / name
    heading = list(dict.fromkeys(key for row in rows for key in row))
    cells = [[row.get(key) for key in heading] for row in rows]
    match path.suffix:
        case ".csv":
            write_csv(path, heading, cells)
        case ".json":
            path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
        case ".xlsx":
            book = openpyxl.Workbook()
            sheet = book.worksheets[0]
            for row in [heading, *cells]:
                sheet.append(row)
            book.save(path)
        case ".xml":
            root = ET.Element("data")
            for row in rows:
                element = ET.SubElement(root, "row")
                for key, value in row.items():
                    if value is not None:
                        ET.SubElement(element, key).text = str(value)
            ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
    return path
