"""Take pictures of the pages: python tools/screenshots.py [--out docs/images] [--all]."""  # noqa: INP001 - a program, part of no package

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import waitress
from waitress.wasyncore import close_all

from geoservice.errors import GeoserviceError
from geoservice.i18n import LANGUAGES
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
    "layers": "/layers",
    "collections": "/collections",
    "collection": "/collections/stations-zones",
}
SIZES = ((1440, 900), (390, 844))
WAIT_MS = 60_000
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
        const whole = layer.gsSpec?.url && layer.gsSpec.viewFromZoom === undefined && layer.getLayers;
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
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.trigger.pull_trigger(lambda: close_all(server._map))  # noqa: SLF001 - else open connections keep it running
        thread.join()
        server.task_dispatcher.shutdown()


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


def take(browser: Browser, address: str, file: Path, size: tuple[int, int], tag: str, *, whole: bool = False) -> None:
    """Take one picture: of what fits into the window, or of the whole page."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale=tag)
    try:
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        open_page(page, address)
        page.screenshot(path=file, full_page=whole, animations="disabled")
    finally:
        context.close()
    click.echo(file)


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=ROOT / "docs" / "images",
    help="The folder to write to. [default: docs/images]",
)
@click.option("--all", "every", is_flag=True, help="Every page in both languages and at both sizes as well.")
def main(out: Path, *, every: bool) -> None:
    """Write map.png, the picture in the README, and with --all one of every page."""
    out.mkdir(parents=True, exist_ok=True)
    try:
        with chromium() as browser, served(create_app(Settings.from_env({}))) as root:
            take(browser, f"{root}/map", out / "map.png", SIZES[0], "en")
            if not every:
                return
            for name, path in PAGES.items():
                for language in LANGUAGES.values():
                    for size in SIZES:
                        file = out / f"{name}-{language.tag}-{size[0]}.png"
                        take(browser, root + path, file, size, language.tag, whole=True)
    except (MissingError, GeoserviceError) as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
