"""Printed maps, read again: words, fonts, size, and whether the scale is true."""

from __future__ import annotations

import ctypes
import datetime as dt
import io
import math
import re
from pathlib import Path

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from city import POST_COLUMNS, feet, write_city, write_csv, write_kiosks, write_posts
from PIL import Image
from pyproj import Transformer

from geoservice.api import analyse
from geoservice.catalog import Catalog, open_catalog
from geoservice.errors import AssetError, ParameterError
from geoservice.i18n import Language
from geoservice.maps import MapData
from geoservice.maps.shadings import shadings
from geoservice.prints import Ask, Paper, Print, as_pdf, as_png, choices, laid_out_print, paper, picture
from geoservice.prints.drawing import path_of, shapes_on
from geoservice.prints.figures import classes_in_words
from geoservice.prints.hidden import parse_hidden
from geoservice.prints.paper import Orientation, Size
from geoservice.prints.typeset import FONTS
from geoservice.settings import Settings

MADE = dt.date(2026, 11, 21)
STATIC = Settings().static
POINT_MM = 25.4 / 72
BLUE = (0x1F, 0x4E, 0x79)
A4 = paper("A4", "landscape")


def data_of(catalog: Catalog, question: str = "posts") -> MapData:
    result = analyse(catalog, question)
    return MapData(catalog, result.named, result.analysis)


def pdf_of(ready: Print) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(as_pdf(ready, static=STATIC, made=MADE))


def printed(catalog: Catalog, page: Paper = A4, language: Language = "en", **ask: object) -> pypdfium2.PdfDocument:
    return pdf_of(laid_out_print(data_of(catalog), page, language, Ask(**ask)))  # type: ignore[arg-type]


def words(document: pypdfium2.PdfDocument, page: int = 0) -> str:
    return re.sub(r"\s+", " ", document[page].get_textpage().get_text_range())


def pixels(document: pypdfium2.PdfDocument, dpi: int = 300) -> np.ndarray:
    return np.asarray(document[0].render(scale=dpi / 72).to_pil().convert("RGB")).astype(int)


def fonts(document: pypdfium2.PdfDocument) -> dict[str, bool]:
    """The name of each font that texts use, and whether it is embedded."""
    found = {}
    for thing in document[0].get_objects([pdfium.FPDF_PAGEOBJ_TEXT], max_depth=9):
        font = pdfium.FPDFTextObj_GetFont(thing.raw)
        name = ctypes.create_string_buffer(100)
        pdfium.FPDFFont_GetBaseFontName(font, name, 100)
        found[name.value.decode()] = pdfium.FPDFFont_GetIsEmbedded(font) == 1
    return found


# ------------------------------------------------------------------ what can be read


@pytest.mark.parametrize("size", ["A4", "A3"])
@pytest.mark.parametrize("way", ["portrait", "landscape"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_has_its_size_and_says_all_in_one_language(
    city: Catalog, size: Size, way: Orientation, language: Language
) -> None:
    page = paper(size, way)
    document = printed(city, page, language)
    assert len(document) == 1
    width, height = (side * POINT_MM for side in document[0].get_size())
    assert (width, height) == (pytest.approx(page.width_mm, abs=0.01), pytest.approx(page.height_mm, abs=0.01))
    said = words(document)
    expected = {
        "en": [
            "Within reach of a post",
            "Legend",
            "Scale 1:",
            "A post reaches 600 m",
            "Public domain",
            "South West",
            "N",
        ],
        "zh": ["崗位服務範圍", "圖例", "比例尺 1:", "服務距離為假設。", "公有領域", "2026 年 11 月 21 日", "北"],
    }[language]
    assert [text for text in expected if text not in said] == []
    assert (re.search("[\u4e00-\u9fff]", said) is None) is (language == "en")


def test_every_font_is_embedded_in_part(city: Catalog) -> None:
    document = printed(city, language="zh")
    used = fonts(document)
    assert {re.sub("^[A-Z]{6}[+]", "", name) for name in used} == {"NotoSansHK-Regular", "NotoSansHK-Bold"}
    assert all(used.values())
    assert all(re.match("[A-Z]{6}[+]", name) for name in used)


def test_a_page_is_small_and_the_same_each_time(city: Catalog) -> None:
    ready = laid_out_print(data_of(city), A4, "zh", Ask())
    first, second = (as_pdf(ready, static=STATIC, made=MADE) for _ in range(2))
    assert first == second
    assert len(first) < 150_000


def test_it_is_tagged_for_readers_aloud(city: Catalog) -> None:
    content = as_pdf(laid_out_print(data_of(city), A4, "zh", Ask()), static=STATIC, made=MADE)
    document = pypdfium2.PdfDocument(content)
    assert document.get_metadata_dict()["Title"] == "崗位服務範圍"
    assert pdfium.FPDFCatalog_IsTagged(document.raw)
    assert b"pdfuaid" in content


def test_the_legend_follows_the_layers(city: Catalog) -> None:
    everything = words(printed(city))
    assert "Ward: covered share of the area" in everything
    assert "posts (3)" in everything
    places = words(printed(city, layers=["posts"]))
    assert "posts (3)" in places
    assert "covered share of the area" not in places
    gaps = words(printed(city, layers=["gaps"]))
    assert "radius of the largest empty circle" in gaps
    assert "posts (3)" not in gaps


def test_names_of_zones_can_be_left_out(city: Catalog) -> None:
    assert "North East" in words(printed(city))
    assert "North East" not in words(printed(city, labels=False))


def test_places_out_of_view_are_not_counted(city: Catalog) -> None:
    assert "posts (1)" in words(printed(city, zone="SW"))


def test_what_is_offered_can_be_printed(hong_kong: Catalog) -> None:
    result = analyse(hong_kong, "stations")
    data = MapData(hong_kong, result.named, result.analysis)
    offered = [one.id for one in choices(data, "zh") if one.id == "zones" or not one.shading]
    document = pdf_of(laid_out_print(data, paper("A4", "portrait"), "zh", Ask(layers=offered)))
    assert "圖例" in words(document)
    assert any("資料來源及許可" in words(document, page) for page in range(len(document)))


def test_notes_without_room_are_on_a_second_page(hong_kong: Catalog) -> None:
    result = analyse(hong_kong, "stations")
    data = MapData(hong_kong, result.named, result.analysis)
    offered = [one.id for one in choices(data, "en") if one.id == "zones" or not one.shading]
    document = pdf_of(laid_out_print(data, A4, "en", Ask(layers=offered)))
    assert len(document) == 2
    assert "see page 2" in words(document)
    assert "Sources and licences" in words(document, 1)
    with pytest.raises(ParameterError, match="layers"):
        as_png(laid_out_print(data, picture(900, 600), "en", Ask(layers=offered)), static=STATIC, made=MADE)


# ------------------------------------------------------------------ as the map shows it


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_shading_of_the_map_is_printed_with_its_classes_and_units(city: Catalog, language: Language) -> None:
    data = data_of(city)
    on_map = shadings(data, language)
    offered = [one for one in choices(data, language) if one.shading]
    assert [(one.id, one.title) for one in offered] == [(one.id, one.title) for one in on_map]
    assert {"covered_share_2", "gap_area_m2", "largest_single_loss_m2", "nearest_source_max_m", "demand_share"} <= {
        one.id for one in offered
    }
    for one in on_map:
        document = pdf_of(laid_out_print(data, A4, language, Ask(layers=[one.id], labels=False)))
        said = words(document)
        assert one.heading in said
        unit = {"share": "%", "area": {"en": "km²", "zh": "平方公里"}[language]}.get(one.kind, "")
        assert all(text in said for text in classes_in_words(one.classes, one.kind, language))
        assert unit in said.partition(one.heading)[2]
        drawn = pixels(document, 60).reshape(-1, 3)
        wanted = {one.classes.colour(value) for value in one.values}
        for colour in wanted:
            rgb = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
            assert (np.abs(drawn - rgb).sum(axis=1) < 12).any(), (one.id, colour)


def test_a_shading_rests_on_what_it_is_made_of(city: Catalog) -> None:
    assert "people: Made up" in words(printed(city, layers=["demand_share"]))
    depth = words(printed(city, layers=["covered_share_2"]))
    assert "posts: Made up" in depth
    assert "people: Made up" not in depth


@pytest.fixture
def with_kiosks(own_city: Path) -> Catalog:
    write_kiosks(own_city, 6)
    return open_catalog(own_city)


@pytest.mark.parametrize(
    ("language", "counted", "shown"),
    [
        ("en", "Counted in this question", "Only shown, not counted in this question"),
        ("zh", "計入此問題", "只作顯示，不計入此問題"),
    ],
)
def test_the_legend_tells_what_counts_from_what_is_only_shown(
    with_kiosks: Catalog, language: Language, counted: str, shown: str
) -> None:
    said = words(printed(with_kiosks, A4, language, layers=["coverage", "posts", "kiosks"]))
    counts, only = said.index(counted), said.index(shown)
    assert counts < said.index("posts (3)") < only < said.index("Kiosks (6)")
    assert counted not in words(printed(with_kiosks, A4, language, layers=["kiosks"])).replace(shown, "")


def test_places_of_a_layer_that_do_not_count_are_told(own_city: Path) -> None:
    manifest = own_city / "posts" / "layer.toml"
    text = manifest.read_text(encoding="utf-8").replace('status = "operating", ', "")
    text = text.replace('name_en = "label" }', 'name_en = "label", status = "ward" }')
    manifest.write_text(text.replace('zone_label = { column = "ward", zone_system = "ward" }', ""), encoding="utf-8")
    rows = [("p1", "One", 1000, 1000, "operating"), ("p2", "Two", 1200, 3000, "planned")]
    write_csv(own_city / "posts" / "posts.csv", POST_COLUMNS, [(i, n, *feet(x, y), s) for i, n, x, y, s in rows])
    said = words(printed(open_catalog(own_city), layers=["posts"]))
    assert "1 of these 2 are counted." in said


def test_places_that_are_hidden_are_not_printed_and_it_says_so(with_kiosks: Catalog) -> None:
    hidden = parse_hidden("kiosks/status:planned,/owner:O'Hara%20%26%20Sons")
    data = data_of(with_kiosks)
    whole, left = (
        laid_out_print(data, A4, "en", Ask(layers=["kiosks"], labels=False, hidden=one)) for one in ({}, hidden)
    )
    assert "Kiosks (6)" in words(pdf_of(whole))
    said = words(pdf_of(left))
    assert "Kiosks (3)" in said
    assert "Filtered; left out: Status: not known, planned; Owner: O'Hara & Sons." in said
    assert (pixels(pdf_of(left), 100) != pixels(pdf_of(whole), 100)).any()


@pytest.mark.parametrize(
    "text",
    [
        "", "kiosks", "kiosks/status", "kiosks/:planned", "/status:planned", "nothing/status:planned",
        "kiosks/colour:red", "kiosks/status:purple", "kiosks/status:planned;kiosks/owner:Feetville",
        "kiosks/status:a/status:b", "coverage/status:planned",
    ],
)  # fmt: skip
def test_what_cannot_be_hidden_is_named(with_kiosks: Catalog, text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        laid_out_print(data_of(with_kiosks), A4, "en", Ask(hidden=parse_hidden(text)))
    assert caught.value.name == "hidden"


@pytest.mark.parametrize(("language", "said"), [("en", "of which nothing is known"), ("zh", "當日情況並無資料")])
def test_a_day_of_which_nothing_is_known_is_told(city: Catalog, language: Language, said: str) -> None:
    result = analyse(city, city.question("posts", at=dt.date(1990, 1, 1)))
    document = pdf_of(laid_out_print(MapData(city, result.named, result.analysis), A4, language, Ask()))
    assert said in words(document)
    assert "1990" in words(document)
    assert said not in words(printed(city, A4, language))


# ------------------------------------------------------------------ what is illustrative


def made_up(folder: Path) -> Catalog:
    path = write_posts(folder, [("p1", "Post", 1000, 1000, "South West")])
    manifest = path / "layer.toml"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace("[position]", "illustrative = true\n[position]"), encoding="utf-8")
    return open_catalog(folder)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_made_up_is_marked_above_within_and_beside(own_city: Path, language: Language) -> None:
    document = printed(made_up(own_city), A4, language)
    said = words(document)
    word = {"en": "llustrative", "zh": "示意"}[language]
    assert said.count(word) >= 5
    picture_of = pixels(document, 100)
    pink = (np.abs(picture_of - (0xC5, 0x1B, 0x7D)).sum(axis=2) < 12).mean()
    assert pink > 0.02


def test_what_is_not_made_up_is_not_marked(city: Catalog) -> None:
    assert "llustrative" not in words(printed(city))


# ------------------------------------------------------------------ is the scale true?


@pytest.mark.parametrize(("scale", "page"), [(25_000, A4), (30_000, paper("A4", "portrait")), (40_000, A4)])
def test_places_are_as_far_apart_on_paper_as_on_the_ground(city: Catalog, scale: int, page: Paper) -> None:
    """The city's posts p1 and p3 are 2,000 m from one another, due east."""
    document = printed(city, page, layers=["posts"], scale=scale, labels=False)
    dpi = 250
    frame = laid_out_print(data_of(city), page, "en", Ask(scale=scale)).sheet.layout.frame
    mm = np.argwhere(np.abs(pixels(document, dpi) - BLUE).sum(axis=2) < 40)[:, ::-1] * 25.4 / dpi
    inside = (mm[:, 0] < frame.x_mm + frame.width_mm) & (mm[:, 1] < frame.y_mm + frame.height_mm)
    mm = mm[inside][np.argsort(mm[inside][:, 0])]
    symbols = np.split(mm, np.flatnonzero(np.diff(mm[:, 0]) > 2) + 1)
    assert len(symbols) == 3
    assert all(1.7 < np.ptp(symbol[:, 0]) < 2.4 for symbol in symbols)
    (x1, y1), _, (x3, y3) = (symbol.mean(axis=0) for symbol in symbols)
    assert math.hypot(x3 - x1, y3 - y1) * scale / 1000 == pytest.approx(2000, abs=3)
    assert y1 == pytest.approx(y3, abs=0.06)


@pytest.mark.parametrize("scale", [5_000, 12_500, 25_000, 350_000])
def test_the_bar_is_as_long_as_it_says(city: Catalog, scale: int) -> None:
    document = printed(city, scale=scale)
    length, unit = re.search(
        r"(\d+(?:\.\d+)?) (k?m) ", words(document).split("Legend")[0][::1].split("Scale")[1]
    ).groups()
    boxes = [
        [side * POINT_MM for side in thing.get_bounds()]
        for thing in document[0].get_objects([pdfium.FPDF_PAGEOBJ_PATH], max_depth=1)
    ]
    parts = [box for box in boxes if 1.5 < box[3] - box[1] < 2.0 and box[2] - box[0] > 2]
    assert len(parts) in (4, 5)
    line = 0.2
    width = max(box[2] for box in parts) - min(box[0] for box in parts) - line
    metres = float(length) * (1000 if unit == "km" else 1)
    assert width * scale / 1000 == pytest.approx(metres, rel=0.01)


def test_north_points_to_the_pole(hong_kong: Catalog) -> None:
    result = analyse(hong_kong, "stations")
    data = MapData(hong_kong, result.named, result.analysis)
    for zone in ("A", "T"):
        sheet = laid_out_print(data, A4, "en", Ask(zone=zone)).sheet
        west, south, east, north = sheet.view
        from_grid = data.catalog.working.crs
        transform = Transformer.from_crs(from_grid, "OGC:CRS84", always_xy=True)
        lon, lat = transform.transform((west + east) / 2, (south + north) / 2)
        x, y = transform.transform(lon, lat + 0.001, direction="INVERSE")
        expected = math.degrees(math.atan2(x - (west + east) / 2, y - (south + north) / 2))
        assert sheet.north_deg == pytest.approx(expected, abs=0.005)


# ------------------------------------------------------------------ many, and simplified


def test_many_places_are_gathered_and_it_says_so(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    places = random.uniform(200, 1700, (600, 2))
    folder = write_city(tmp_path / "many", [(f"p{i}", f"Post {i}", x, y, "") for i, (x, y) in enumerate(places)])
    document = printed(open_catalog(folder), layers=["posts"])
    said = words(document)
    symbols, total = re.search(r"([\d,]+) symbols for ([\d,]+) places, 600 of them in operation", said).groups()
    assert total == "600"
    assert 100 < int(symbols) < 600


def test_outlines_are_simplified_to_what_paper_shows(hong_kong: Catalog) -> None:
    result = analyse(hong_kong, "stations")
    data = MapData(hong_kong, result.named, result.analysis)
    zones = np.array(result.analysis.zones.geometry.array, dtype=object)
    whole = laid_out_print(data, A4, "en", Ask()).sheet
    assert len(path_of(shapes_on(whole, zones, share_borders=True).geometry)) < 100_000


# ------------------------------------------------------------------ pictures, and what cannot be done


def test_a_picture_has_so_many_pixels_and_shows_the_same(city: Catalog) -> None:
    ready = laid_out_print(data_of(city), picture(1600, 900), "zh", Ask())
    image = Image.open(io.BytesIO(as_png(ready, static=STATIC, made=MADE)))
    assert image.size == (1600, 900)
    drawn = np.asarray(image.convert("RGB")).astype(int)
    assert (np.abs(drawn - BLUE).sum(axis=2) < 40).sum() > 100


def test_without_fonts_it_says_what_to_do(city: Catalog, tmp_path: Path) -> None:
    assert len(FONTS) == 2
    with pytest.raises(AssetError, match=r"run\.py build"):
        as_pdf(laid_out_print(data_of(city), A4, "en", Ask()), static=tmp_path, made=MADE)


@pytest.mark.parametrize(
    ("ask", "name"),
    [
        (Ask(layers=["nothing"]), "layers"),
        (Ask(zone="XX"), "zone"),
        (Ask(zone="SW", bbox=(-74, 40.6, -73.9, 40.7)), "zone"),
        (Ask(bbox=(10, 10, 11, 11)), "bbox"),
        (Ask(scale=7), "scale"),
        (Ask(scale=10**9), "scale"),
    ],
)
def test_what_cannot_be_printed_is_named(city: Catalog, ask: Ask, name: str) -> None:
    with pytest.raises(ParameterError) as caught:
        laid_out_print(data_of(city), A4, "en", ask)
    assert caught.value.name == name
