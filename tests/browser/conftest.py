"""A browser, services for it to visit, and a page that fails its test if anything went wrong on it."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from city import MANIFEST, WARDS, feet, write_city, write_csv, write_layer, write_polygons
from flask import Flask

from geoservice.settings import Settings
from geoservice.web import create_app
from tools.screenshots import DRAWN, SEEN, MissingError, chromium, served

WAIT_MS = 60_000
WINDOW = ("size", "tag")
"""What says where a page is looked at: the window in pixels, the language."""
EVIL = """<img src=x onerror=alert(1)></script><script>alert(1)</script>"><svg onload=alert(1)>{{7*7}}"""
PICTURE = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error("content security policy: " + event.violatedDirective + " " + event.blockedURI));
"""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run each test in one of its windows and languages, another one from test to test; the others are soak."""
    here = Path(__file__).parent
    alike: dict[tuple[object, ...], list[pytest.Item]] = {}
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            alike.setdefault(_but_for_the_window(item), []).append(item)
    for function, variants in alike.items():
        quick = [one for one in variants if one.get_closest_marker("soak") is None]
        for one in quick:
            if one is not quick[crc32(repr(function[1:]).encode()) % len(quick)]:
                one.add_marker(pytest.mark.soak)


def _but_for_the_window(item: pytest.Item) -> tuple[object, ...]:
    """Name a test by all but the size of its window and the language of its reader."""
    call = getattr(item, "callspec", None)
    given = {} if call is None else {name: repr(value) for name, value in call.params.items() if name not in WINDOW}
    return item.path, getattr(item, "originalname", item.name), *sorted(given.items())


# ------------------------------------------------------------------ the browser


@pytest.fixture(scope="session")
def chrome(request: pytest.FixtureRequest) -> Iterator[Any]:
    """One Chromium for all tests; its absence is told by the function that tells of every absent package."""
    with ExitStack() as stack:
        try:
            browser = stack.enter_context(chromium())
        except MissingError:
            above = request.config.pluginmanager.get_plugin(str(Path(__file__).parent.parent / "conftest.py"))
            above.missing_package("chromium")
        yield browser


@dataclass
class Watch:
    """What happened on the pages of one test, and what of it was to be expected."""

    origin: str = ""
    errors: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect(self, error: str) -> None:
        """Let an error pass that holds this text."""
        self.expected.append(error)

    @property
    def unexpected(self) -> list[str]:
        return [error for error in self.errors if not any(text in error for text in self.expected)]

    @property
    def foreign(self) -> list[str]:
        """The addresses asked that are not our own; what is inside the page itself (data:) is asked of no one."""
        return [a for a in self.addresses if not a.startswith((f"{self.origin}/", "data:", "blob:"))]


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def size() -> tuple[int, int]:
    """The window; a test asks for another by parametrizing this name."""
    return (1440, 900)


@pytest.fixture
def tag() -> str:
    """The language that the browser prefers; as above."""
    return "en"


@pytest.fixture
def javascript() -> bool:
    return True


class Reader:
    """Someone with one window, which every test finds as new; opening a window takes longer than most tests."""

    def __init__(self, browser: Any, tag: str, javascript: bool) -> None:  # noqa: FBT001 - as the fixture has it
        self.watch = Watch()
        self.context = browser.new_context(locale=tag, java_script_enabled=javascript)
        self.context.set_default_timeout(WAIT_MS)
        self.context.add_init_script(VIOLATIONS)
        self.context.add_init_script(SEEN)
        self.context.on("dialog", self._refuse)
        self.context.on("console", lambda m: self._err("console", m.text) if m.type == "error" else None)
        self.context.on("weberror", lambda one: self._err("script", one.error))
        self.context.on("request", lambda request: self.watch.addresses.append(request.url))
        self.page = self.context.new_page()

    def _err(self, kind: str, text: Any) -> None:
        self.watch.errors.append(f"{kind}: {text}")

    def _refuse(self, dialog: Any) -> None:
        self._err("dialog", dialog.message)
        dialog.dismiss()

    def forget(self) -> None:
        """Leave nothing of one test to the next."""
        if self.page.url.startswith("http"):
            self.page.evaluate("() => localStorage.clear()")
        self.page.goto("about:blank")
        self.page.unroute_all(behavior="ignoreErrors")
        self.context.set_offline(offline=False)
        self.context.clear_cookies()


@pytest.fixture(scope="session")
def readers(chrome: Any) -> Iterator[Callable[[str, bool], Reader]]:
    """Readers by the language that their browser prefers, and by whether it runs scripts."""
    known: dict[tuple[str, bool], Reader] = {}

    def reader(tag: str, javascript: bool) -> Reader:  # noqa: FBT001 - as above
        if (tag, javascript) not in known:
            known[tag, javascript] = Reader(chrome, tag, javascript)
        return known[tag, javascript]

    yield reader
    for one in known.values():
        one.context.close()


@pytest.fixture
def page(readers: Any, watch: Watch, size: tuple[int, int], tag: str, javascript: bool) -> Iterator[Any]:  # noqa: FBT001 - a fixture
    """The window of a reader; at the end the test fails if anything went wrong in it."""
    reader = readers(tag, javascript)
    reader.watch = watch
    reader.page.set_viewport_size({"width": size[0], "height": size[1]})
    yield reader.page
    reader.forget()
    assert not watch.unexpected
    assert not watch.foreign


# ------------------------------------------------------------------ the map, as a reader handles it


class MapPage:
    """A page with a map on it."""

    def __init__(self, page: Any, root: str) -> None:
        self.page = page
        self.root = root

    def open(self, path: str = "/map") -> None:
        self.page.goto(self.root + path, wait_until="load")
        self.drawn()

    def drawn(self) -> None:
        """Wait until all that is shown has been loaded, and stands still: a click lands where it was aimed."""
        self.page.wait_for_function(DRAWN)
        self.page.wait_for_function("() => !document.querySelector('.leaflet-pan-anim')")

    def layer(self, title: str) -> Any:
        """The box in the tree of layers that switches a layer; the tree is opened if need be."""
        if not self.page.locator("#gs-panel-layers").is_visible():
            self.page.locator("[aria-controls='gs-panel-layers']").click()
        control = self.page.locator(".gs-layer-tree")
        return control.get_by_role("checkbox", name=re.compile(rf"^\s*{re.escape(title)}(\s|$)"))

    def marker(self, name: str) -> Any:
        return self.page.locator(".leaflet-marker-pane").get_by_role("button", name=name, exact=True)

    def shapes(self, kind: str) -> Any:
        """The shapes of a layer: zones, coverage or gaps."""
        return self.page.locator(f".leaflet-gs-{kind}-pane path")

    @property
    def markers(self) -> Any:
        return self.page.locator(".leaflet-marker-pane .facility")

    @property
    def popup(self) -> Any:
        """The popup that was opened last: another may be fading away yet."""
        return self.page.locator(".leaflet-popup-content").last

    @property
    def legend(self) -> Any:
        return self.page.locator(".legend")

    @property
    def status(self) -> Any:
        return self.page.get_by_role("status")

    def places_in_view(self) -> dict[str, int]:
        """How many places of layers from tiles are in view, and by how many marks they are shown."""
        read = """() => {
            const sum = { count: 0, marks: 0 };
            geoservice.map.eachLayer((layer) => {
                const found = layer.inView ? layer.inView() : { count: 0, marks: 0 };
                sum.count += found.count;
                sum.marks += found.marks;
            });
            return sum;
        }"""
        places: dict[str, int] = self.page.evaluate(read)
        return places

    def go(self, lat: float, lon: float, zoom: float) -> None:
        """Show a place in the middle of the map."""
        self.page.evaluate(
            "([y, x, z]) => { geoservice.map.setView([y, x], z, { animate: false }); }", [lat, lon, zoom]
        )
        self.drawn()

    def middle(self) -> tuple[float, float]:
        """Where the middle of the map is on the page, to the pixel that the map takes for it."""
        box = self.page.locator(".folium-map").bounding_box()
        return box["x"] + box["width"] // 2, box["y"] + box["height"] // 2

    def facts(self) -> dict[str, str]:
        """What the popup says, by the words it says it under."""
        self.popup.wait_for()
        read = (
            "list => Object.fromEntries([...list.children].map((c, i, all) => [c.textContent, all[i + 1]?.textContent])"
        )
        facts: dict[str, str] = self.popup.locator("dl").first.evaluate(read + ".filter((_, i) => i % 2 === 0))")
        return facts

    def view(self) -> list[float]:
        """Where the map is: latitude, longitude, zoom."""
        read = "() => { const m = geoservice.map, c = m.getCenter(); return [c.lat, c.lng, m.getZoom()]; }"
        view: list[float] = self.page.evaluate(read)
        return view

    def focused(self) -> dict[str, str]:
        """What has the keyboard now."""
        read = """() => {
            const one = document.activeElement;
            return {
                tag: one.tagName, text: one.textContent.trim(), title: one.title, name: one.getAttribute("name") || "",
                className: one.getAttribute("class") || "", outline: getComputedStyle(one).outlineStyle,
            };
        }"""
        focused: dict[str, str] = self.page.evaluate(read)
        return focused

    def tab_until(self, reached: Callable[[dict[str, str]], bool], most: int) -> dict[str, str]:
        """Press Tab until something is reached."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            focused = self.focused()
            if reached(focused):
                return focused
        pytest.fail(f"not reached within {most} presses of Tab")


# ------------------------------------------------------------------ Hong Kong


@pytest.fixture(scope="session")
def hong_kong_address(hong_kong_app: Flask) -> Iterator[str]:
    with served(hong_kong_app) as address:
        yield address


@pytest.fixture
def root(hong_kong_address: str, watch: Watch) -> str:
    watch.origin = hong_kong_address
    return hong_kong_address


@pytest.fixture
def city_map(page: Any, root: str) -> MapPage:
    """The map of Hong Kong, not yet opened."""
    return MapPage(page, root)


# ------------------------------------------------------------------ the hostile city


@pytest.fixture(scope="session")
def evil() -> str:
    return EVIL


def evil_toml(where: str) -> str:
    """A text for region.toml or layer.toml that says where it came from."""
    return json.dumps(f"{where} {EVIL}")


def evil_city(folder: Path) -> Path:
    """The made-up city with markup wherever a city may write text."""
    write_city(folder)
    region = folder / "region.toml"
    text = region.read_text(encoding="utf-8")
    words = {
        "Feetville": "city",
        "尺城": "城",
        "Borough": "borough",
        "Ward": "ward",
        "分區": "分區",
        "Within reach of a post": "question",
        "崗位服務範圍": "問題",
        "Land near a post.": "description",
        "崗位附近的陸地。": "描述",
        "A post reaches 600 m; 300 m and 900 m are the low and the high.": "assumption",
        "服務距離為假設。": "假設",
    }
    for word, where in words.items():
        text = text.replace(f' = "{word}"', f" = {evil_toml(where)}")
    region.write_text(text.replace('strip = ["Ward"]', 'strip = ["Nothing"]'), encoding="utf-8")

    path = write_layer(folder, "wards", "zone", "wards.gpkg", 'columns = { id = "code", name_en = "label" }')
    rows = [{"code": f"{code} {EVIL}", "label": f"{name} {EVIL}"} for code, (name, _) in WARDS.items()]
    write_polygons(path / "wards.gpkg", rows, [bounds for _, bounds in WARDS.values()])

    path = folder / "posts"
    manifest = (path / "layer.toml").read_text(encoding="utf-8")
    manifest = manifest.replace('title = { en = "posts", zh = "posts" }', f"title = {{ en = {evil_toml('layer')} }}")
    manifest = manifest.replace('kind = "post"', f"kind = {evil_toml('kind')}")
    manifest = manifest.replace('owner = "Feetville"', f"owner = {evil_toml('owner')}")
    manifest = manifest.replace('northing = "y"', 'northing = "y"\nmissing = "listed"')
    manifest += f"""
    [[attributes]]
    name = "remark"
    title = {{ en = {evil_toml("attribute")} }}
    [[attributes]]
    name = "height"
    title = {{ en = "Height" }}
    unit = {evil_toml("unit")}
    [kinds]
    {evil_toml("kind")} = {{ en = {evil_toml("kind title")} }}
    [[known_gaps]]
    note = {{ en = {evil_toml("known gap")} }}
    """
    (path / "layer.toml").write_text(manifest, encoding="utf-8")
    places: list[tuple[str, float | None, float | None]] = [
        ("p1", 1000, 1000),
        ("p2", 1002, 1002),
        ("p3", 3000, 1000),
        ("listed", None, None),
        ("outside", 2000, 1000),
    ]
    rows_ = [
        (
            f"{i} {EVIL}",
            f"{i} name {EVIL}",
            *(feet(x, y) if x and y else ("", "")),
            f"North East {EVIL}",
            f"remark {EVIL}",
            7,
        )
        for i, x, y in places
    ]
    write_csv(path / "posts.csv", ["code", "label", "x", "y", "ward", "remark", "height"], rows_)

    for file in folder.glob("*/layer.toml"):
        text = file.read_text(encoding="utf-8")
        for word in ("Made up", "Made up.", "Public domain", "Never"):
            text = text.replace(f'en = "{word}"', f"en = {evil_toml(word)}")
        file.write_text(text, encoding="utf-8")
    (folder / "broken").mkdir()
    broken = MANIFEST.format(id="broken", role="facility", title="broken", file="none.csv", more="")
    (folder / "broken" / "layer.toml").write_text(
        broken.replace('en = "broken"', f"en = {evil_toml('broken')}"), encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="session")
def evil_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return evil_city(tmp_path_factory.mktemp("hostile") / "city")


@pytest.fixture(scope="session")
def evil_address(evil_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    tiles = tmp_path_factory.mktemp("tiles") / "tiles.mbtiles"
    with closing(sqlite3.connect(tiles)) as connection:
        connection.execute("CREATE TABLE tiles (zoom_level, tile_column, tile_row, tile_data)")
    settings = Settings.from_env(
        {}, layers=evil_folder, background=str(tiles), background_attribution=f"background {EVIL}"
    )
    with served(create_app(settings)) as address:
        yield address


@pytest.fixture
def evil_map(page: Any, evil_address: str, watch: Watch) -> MapPage:
    """The map of the hostile city, not yet opened."""
    watch.origin = evil_address
    page.route("**/background/**", lambda route: route.fulfill(body=PICTURE, content_type="image/gif"))
    return MapPage(page, evil_address)
