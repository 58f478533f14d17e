"""Measure the map in Chromium beside plain folium with the same cameras: python -m benchmarks.browser [--no-million].

The largest illustrative plan is drawn and its question answered once. A new browser opens the map, pans, zooms, filters
and clicks; then it opens pages of plain folium, and the map with a layer of a million made-up places.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import click
import folium
import numpy as np
import pandas as pd
from folium.plugins import FastMarkerCluster

from benchmarks.machine import described
from benchmarks.pages import PERFORMANCE
from benchmarks.pages import write as write_section
from benchmarks.second_start import question_of_the_stage
from geoservice.catalog import open_catalog
from geoservice.settings import Settings
from geoservice.web import create_app
from tools.screenshots import DRAWN, chromium, served

SIZE = {"width": 1440, "height": 900}
WAIT_MS = 300_000
STEPS, CLICKS, PANS = 20, 50, 200
NEAR_ZOOM, CLICK_ZOOM = 16, 19
MILLION = 1_000_000
SPREAD_DEG = 0.003
SEED = 6
PAUSE_MS = 120
PAN_PX = 400
LONG_TASKS = """() => {
    window.longest = 0;
    new PerformanceObserver((list) => {
        for (const one of list.getEntries()) window.longest = Math.max(window.longest, one.duration);
    }).observe({ type: "longtask", buffered: false });
}"""
USABLE = f"() => ({DRAWN})() && performance.now()"
FILTER = """async () => {
    let layer = null;
    geoservice.map.eachLayer((one) => { if (one.pick && one.gsSpec.kind === "points") layer = one; });
    const before = performance.now();
    await layer.restyle({ colour: "#0b5394" });
    const restyled = performance.now();
    await layer.filter({ status: new Set() });
    return [restyled - before, performance.now() - restyled];
}"""
GO = "([y, x, z]) => { geoservice.map.setView([y, x], z, { animate: false }); }"
PAN = "(x) => { geoservice.map.panBy([x, 0], { animate: false }); }"
"""Neither gives the map back, which would be sent over as a whole."""
TOLD = """() => {
    const told = document.querySelectorAll(".leaflet-popup-content");
    return told.length === 1 && !told[0].querySelector(".loading");
}"""
HEAP = "() => performance.memory.usedJSHeapSize / 1e6"


@dataclass(frozen=True, slots=True)
class Page:
    """A page as a browser found it: seconds until usable, megabytes received, and the longest task, ms."""

    usable_s: float
    megabytes: float
    longest_ms: float


@dataclass(frozen=True, slots=True)
class Use:
    """What using the map took: seconds to restyle and to filter, clicks that found their camera, memory in MB."""

    restyle_s: float
    filter_s: float
    found: int
    heap_before_mb: float
    heap_after_mb: float


@contextmanager
def opened(browser: Any) -> Iterator[Any]:
    """Open a window that knows nothing yet."""
    context = browser.new_context(viewport=SIZE, locale="en")
    context.set_default_timeout(WAIT_MS)
    try:
        yield context.new_page()
    finally:
        context.close()


def received(page: Any) -> list[int]:
    """Count what a page receives from now on, headers included."""
    sizes: list[int] = []

    def count(request: Any) -> None:
        found = request.sizes()
        sizes.append(found["responseBodySize"] + found["responseHeadersSize"])

    page.on("requestfinished", count)
    return sizes


def wander(page: Any, map_: str) -> float:
    """Pan and zoom a map; gives the longest task, ms."""
    page.evaluate(LONG_TASKS)
    for step in range(STEPS):
        page.evaluate(
            f"(step) => {{ const m = {map_};"
            " if (step % 4 === 3) m.setZoom(m.getZoom() + (step % 8 < 4 ? 1 : -1));"
            " else m.panBy([180 * (step % 2 ? 1 : -1), 90]); }",
            step,
        )
        page.wait_for_timeout(PAUSE_MS * 4)
    longest: float = page.evaluate("() => window.longest")
    return longest


def our_page(browser: Any, address: str) -> Page:
    """Open the map and use it for a while."""
    with opened(browser) as page:
        sizes = received(page)
        page.goto(address, wait_until="commit")
        usable_ms = page.wait_for_function(USABLE).json_value()
        page.wait_for_load_state("networkidle")
        megabytes = sum(sizes) / 1e6
        return Page(usable_ms / 1000, megabytes, wander(page, "geoservice.map"))


def using(browser: Any, address: str, places: pd.DataFrame) -> Use:
    """Restyle, filter, click at known cameras and pan for long."""
    with opened(browser) as page:
        page.goto(address)
        page.wait_for_function(DRAWN)
        page.evaluate(GO, _at(places, 0, NEAR_ZOOM))
        page.wait_for_function(DRAWN)
        restyle_ms, filter_ms = page.evaluate(FILTER)
        page.reload()
        page.wait_for_function(DRAWN)
        found = sum(clicked(page, places, i) for i in range(CLICKS))
        before = heap(page)
        for step in range(PANS):
            page.evaluate(PAN, PAN_PX if step // 10 % 2 else -PAN_PX)
            page.wait_for_timeout(PAUSE_MS)
        return Use(restyle_ms / 1000, filter_ms / 1000, found, before, heap(page))


def _at(places: pd.DataFrame, i: int, zoom: int) -> list[float]:
    return [float(places["lat"].iloc[i]), float(places["lon"].iloc[i]), zoom]


def clicked(page: Any, places: pd.DataFrame, i: int) -> bool:
    """Click where a camera stands; tell whether the popup is of it."""
    page.evaluate(GO, _at(places, i, CLICK_ZOOM))
    page.wait_for_function(DRAWN)
    box = page.locator(".folium-map").bounding_box()
    page.mouse.click(box["x"] + box["width"] // 2, box["y"] + box["height"] // 2)
    page.wait_for_function(TOLD)
    text: str = page.locator(".leaflet-popup-content").last.text_content()
    page.keyboard.press("Escape")
    page.wait_for_function("() => !document.querySelector('.leaflet-popup')")
    return str(places["id"].iloc[i]) in text


def heap(page: Any) -> float:
    """Give the size of the page's memory after its garbage is gone, MB."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.detach()
    size: float = page.evaluate(HEAP)
    return size


# ------------------------------------------------------------------ plain folium


def plain_maps(places: pd.DataFrame, folder: Path) -> dict[str, Path]:
    """Write the pages that folium itself makes of the cameras; their scripts come from where folium has them."""
    pages = {}
    collection = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"id": place.id},
                "geometry": {"type": "Point", "coordinates": [place.lon, place.lat]},
            }
            for place in places.itertuples()
        ],
    }
    marker = folium.CircleMarker(radius=3, weight=0, fill=True, fill_opacity=0.9)
    layers = {
        "folium.GeoJson": folium.GeoJson(collection, marker=marker),
        "FastMarkerCluster": FastMarkerCluster(
            places[["lat", "lon"]].to_numpy().tolist(), callback="function (row) { return L.marker(row); }"
        ),
    }
    for name, layer in layers.items():
        centre = [float(places["lat"].mean()), float(places["lon"].mean())]
        map_ = folium.Map(centre, zoom_start=11, tiles=None, prefer_canvas=True, max_zoom=19, maxZoom=19)
        map_._id = "plain"  # noqa: SLF001 - so that it can be asked for
        layer.add_to(map_)
        pages[name] = folder / f"{name}.html"
        map_.save(pages[name])
    return pages


PLAIN_DRAWN = "() => window.map_plain && document.readyState === 'complete' && performance.now()"


def plain_page(browser: Any, file: Path, vendor: Path) -> Page:
    """Open a page of plain folium; what it would load from elsewhere comes from our own copies, or is left out."""
    with opened(browser) as page:
        leaflet = {"leaflet.js": vendor / "leaflet/leaflet.js", "leaflet.css": vendor / "leaflet/leaflet.css"}
        missing = [p for p in vendor.parent.parent.glob("node_modules/leaflet.markercluster/dist/*") if p.is_file()]
        ours = leaflet | {p.name: p for p in missing}

        def local(route: Any) -> None:
            name = route.request.url.rsplit("/", 1)[-1]
            if name in ours:
                route.fulfill(path=ours[name])
            else:
                route.fulfill(body="", content_type="text/javascript" if name.endswith(".js") else "text/css")

        page.route(lambda address: address.startswith("http"), local)
        began = time.perf_counter()
        page.goto(file.as_uri(), wait_until="commit")
        page.wait_for_function(PLAIN_DRAWN)
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        usable_s = time.perf_counter() - began
        return Page(usable_s, file.stat().st_size / 1e6, wander(page, "map_plain"))


# ------------------------------------------------------------------ the towns


def places_of(layers: Path, layer_id: str, count: int) -> pd.DataFrame:
    """Give ids and places, in degrees, of cameras of a layer in an order drawn by a seed."""
    catalog = open_catalog(layers)
    frame = catalog.layers[layer_id].placed
    lonlat = catalog.working.to_lonlat(frame.geometry)
    table = pd.DataFrame({"id": list(frame["id"]), "lon": lonlat.x.to_numpy(), "lat": lonlat.y.to_numpy()})
    return table.sample(n=min(count, len(table)), random_state=SEED)


def multiply(layers: Path, layer_id: str, count: int) -> None:
    """Make a layer of so many places out of one: each drawn again a few hundred metres around itself."""
    file = layers / layer_id / open_catalog(layers).layers[layer_id].manifest.file
    table = pd.read_csv(file, encoding="utf-8-sig")
    drawn = np.random.default_rng(SEED)
    big = table.iloc[drawn.integers(0, len(table), count)].reset_index(drop=True)
    for name in ("lon", "lat"):
        big[name] = (big[name] + drawn.normal(0, SPREAD_DEG, count)).round(6)
    big["id"] = [f"made-{i:07d}" for i in range(count)]
    big.to_csv(file, index=False, encoding="utf-8")


def report(ours: Page, use: Use, plain: dict[str, Page], million: Page | None, cameras: int) -> str:
    """Write the section of the documentation."""
    rows = [("this map", ours, ours), *((name, page, ours) for name, page in plain.items())]
    lines = [
        f"{described()} Chromium at 1440 by 900, {cameras:,} cameras, the server warm, the browser new.",
        "",
        "| Page | usable after, s | received, MB | longest task over 20 pans and zooms, ms | against this map |",
        "|---|---:|---:|---:|---|",
        *(_row(name, page, base) for name, page, base in rows),
    ]
    if million is not None:
        lines.append(_row(f"this map, {MILLION:,} cameras", million, ours))
    lines += [
        "",
        (
            f"Restyled in {use.restyle_s:.2f} s and filtered in {use.filter_s:.2f} s, nothing fetched. "
            f"Of {CLICKS} known cameras, a click found {use.found}. "
            f"Memory was {use.heap_before_mb:.1f} MB before {PANS} pans and {use.heap_after_mb:.1f} MB after."
        ),
        "",
        "Pages of plain folium hold all cameras themselves; their scripts came from this machine and are not counted.",
    ]
    return "\n".join(lines)


def _row(name: str, page: Page, base: Page) -> str:
    times = f"{page.usable_s / base.usable_s:.1f} times the time, {page.megabytes / base.megabytes:.1f} times the bytes"
    told = "" if page is base else times
    return f"| {name} | {page.usable_s:.2f} | {page.megabytes:.2f} | {page.longest_ms:.0f} | {told} |"


@click.command()
@click.option("--layers", type=click.Path(path_type=Path), default=None, help="[default: those of the service]")
@click.option("--stage", default=None, help="The stage of the programme. [default: the last]")
@click.option(
    "--million/--no-million", default=True, show_default=True, help="Measure a layer of a million places too."
)
@click.option(
    "--repeats", type=click.IntRange(min=1), default=3, show_default=True, help="Pages opened; the median counts."
)
@click.option("--write/--no-write", default=True, show_default=True, help="Write the section of docs/performance.md.")
def main(layers: Path | None, stage: str | None, *, million: bool, repeats: int, write: bool) -> None:
    """Measure the map in Chromium, beside plain folium with the same cameras."""
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        folder = Path(name)
        town = folder / "layers"
        shutil.copytree(layers or Settings.from_env().layers, town)
        question = question_of_the_stage(town, stage)
        catalog = open_catalog(town)
        layer_id = catalog.named_question(question).sources[0].layer
        settings = Settings.from_env({}, layers=town)
        with served(create_app(settings)) as address:
            page = f"{address}/map?question={question}"
            our_page(browser, page)  # answers the question, and warms the server
            ours = middle([our_page(browser, page) for _ in range(repeats)])
            use = using(browser, page, places_of(town, layer_id, CLICKS))
        everything = places_of(town, layer_id, MILLION)
        plain = {
            name: middle([plain_page(browser, file, settings.static / "vendor") for _ in range(repeats)])
            for name, file in plain_maps(everything, folder).items()
        }
        many = measure_million(browser, town, layer_id, repeats) if million else None
    text = report(ours, use, plain, many, len(everything))
    click.echo(text)
    if write:
        write_section("browser", text, PERFORMANCE)


def measure_million(browser: Any, town: Path, layer_id: str, repeats: int) -> Page:
    """Measure the map with a layer of a million places, under a question that does not ask for them."""
    multiply(town, layer_id, MILLION)
    shown = f"layer_{layer_id.replace('-', '_')}"
    with served(create_app(Settings.from_env({}, layers=town))) as address:
        page = f"{address}/map#layers={shown}"
        our_page(browser, page)
        return middle([our_page(browser, page) for _ in range(repeats)])


def middle(pages: list[Page]) -> Page:
    """Give the median of each figure; of the longest tasks the longest."""
    return Page(
        median(page.usable_s for page in pages),
        median(page.megabytes for page in pages),
        max(page.longest_ms for page in pages),
    )


if __name__ == "__main__":
    main()
