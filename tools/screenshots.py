"""Take pictures of the pages: python tools/screenshots.py [--out docs/images] [--all]."""  # noqa: INP001 - a program, part of no package

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import waitress
from PIL import Image
from waitress.wasyncore import dispatcher

from geoservice.errors import GeoserviceError
from geoservice.i18n import LANGUAGES, gettext
from geoservice.settings import Settings
from geoservice.web import create_app

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
PAGES = {
    "home": "/",
    "map": "/map",
    "zones": "/zones",
    "compare": "/compare",
    "timelines": "/timelines",
    "layers": "/layers",
    "collections": "/collections",
    "collection": "/collections/stations-zones",
    "items": "/collections/police-stations/items",
    "schema": "/collections/police-stations/schema?f=html",
    "api": "/api?f=html",
    "help": "/help",
}
SIZES = ((1440, 900), (390, 844))
SCHEMES = ("light", "dark")
WAIT_MS = 60_000
HELP = ROOT / "static" / "help"
SEEN = "if (location.protocol.startsWith('http')) localStorage.setItem('geoservice.once.welcome', 'seen');"
"""Pictures are those of a reader who has been here before."""
HELP_PICTURES = {"map": ("/map", ""), "gaps": ("/map", "Gaps"), "zones": ("/zones", "")}
"""The pictures of the help page: their pages, and the layer that is switched on for them."""
HELP_SIZE = (1200, 750)
HELP_QUALITY = 80
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-3d-apis",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DRAWN = """() => {
    const map = window.geoservice?.map;
    if (!map || document.querySelector("[role=status]:not([hidden])")) return false;
    let drawn = true;
    map.eachLayer((layer) => {
        if (layer.isBusy?.()) drawn = false;
        const whole = layer.gsSpec?.url && layer.getLayers;
        if (whole && !layer.getLayers().length) drawn = false;
    });
    return drawn;
}"""
"""True in a page once every layer of its map that is shown has been loaded."""


class MissingError(Exception):
    """A program that pictures need is not on this machine."""


def find_chromium() -> str:
    """Give the path of the system's Chromium; raises MissingError."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        raise MissingError("There is no Chromium on PATH. On Debian: apt-get install chromium fonts-noto-cjk")
    return found


@contextmanager
def served(app: WSGIApplication) -> Iterator[str]:
    """Serve an application on a free port for as long as this lasts; gives its address."""
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=8, clear_untrusted_proxy_headers=False)
    with running(server):
        yield f"http://127.0.0.1:{server.effective_port}"


@contextmanager
def running(server: Any) -> Iterator[None]:
    """Have a server of waitress answer for as long as this lasts."""
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        _in_loop(server, partial(_hang_up, server))
        server.task_dispatcher.shutdown()
        _in_loop(server, server.trigger.close)
        thread.join()


def _in_loop(server: Any, act: Callable[[], None]) -> None:
    """Have a server's loop do something: under its lock, or it could do it, and close its pipe, before it is woken."""
    with server.trigger.lock:
        server.trigger.thunks.append(act)
        server.trigger.pull_trigger()


def _hang_up(server: Any) -> None:
    """Close a server's socket and all connections; what wakes its loop stays, since its threads still write to it."""
    dispatcher.close(server)
    for channel in list(server.active_channels.values()):
        channel.handle_close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium; raises MissingError if it or playwright is missing."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - said in words if missing
    except ImportError as error:
        raise MissingError("playwright is not installed: it comes with the development requirements.") from error
    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGS)
        try:
            yield browser
        finally:
            browser.close()


def open_page(page: Page, address: str) -> None:
    """Open a page and wait until it, and the map on it, is drawn."""
    page.goto(address, wait_until="load")
    if page.locator(".folium-map").count():
        page.wait_for_function(DRAWN)
    if page.locator(".data-map").count():
        page.wait_for_function("() => document.querySelector('.data-map').dataset.state === 'drawn'")


@contextmanager
def opened(browser: Browser, address: str, size: tuple[int, int], tag: str, scheme: str = "light") -> Iterator[Page]:
    """Open a page in a window of its own, of a reader who prefers a language and a colour scheme."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale=tag, color_scheme="dark" if scheme == "dark" else "light"
    )
    try:
        context.add_init_script(SEEN)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        open_page(page, address)
        yield page
    finally:
        context.close()


def take(
    browser: Browser,
    address: str,
    file: Path,
    size: tuple[int, int],
    tag: str,
    scheme: str = "light",
    *,
    whole: bool = False,
) -> None:
    """Take one picture: of what fits into the window, or of the whole page."""
    with opened(browser, address, size, tag, scheme) as page:
        page.screenshot(path=file, full_page=whole, animations="disabled")
    click.echo(file)


def take_for_help(browser: Browser, root: str, folder: Path) -> None:
    """Take the pictures of the help page in each language, small enough to be kept with the sources."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (path, layer) in HELP_PICTURES.items():
        for language in LANGUAGES.values():
            with opened(browser, root + path, HELP_SIZE, language.tag) as page:
                if layer:
                    words = re.compile(rf"^\s*{re.escape(gettext(language.code, layer))}(\s|$)")
                    page.locator(".gs-layer-tree").get_by_role("checkbox", name=words).last.check()
                    page.wait_for_function(DRAWN)
                raw = page.screenshot(animations="disabled")
            file = folder / f"{name}-{language.tag}.webp"
            with Image.open(BytesIO(raw)) as picture:
                picture.convert("RGB").save(file, quality=HELP_QUALITY, method=6)
            click.echo(file)


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=ROOT / "docs" / "images",
    help="The folder to write to. [default: docs/images]",
)
@click.option(
    "--all", "every", is_flag=True, help="Every page instead, in both languages, at both sizes, light and dark."
)
def main(out: Path, *, every: bool) -> None:
    """Write map.png, the picture in the README, and those of the help page; with --all one of every page."""
    out.mkdir(parents=True, exist_ok=True)
    try:
        with chromium() as browser, served(create_app(Settings.from_env({}))) as root:
            if not every:
                take(browser, f"{root}/map", out / "map.png", SIZES[0], "en")
                take_for_help(browser, root, HELP)
                return
            for (name, path), language, size, scheme in product(PAGES.items(), LANGUAGES.values(), SIZES, SCHEMES):
                file = out / f"{name}-{language.tag}-{size[0]}-{scheme}.png"
                take(browser, root + path, file, size, language.tag, scheme, whole=True)
    except (MissingError, GeoserviceError) as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
