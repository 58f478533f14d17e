"""`geoservice serve`: the service, until it is stopped."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import click
import waitress
from flask import Flask

from geoservice.cli.shell import READING, compile_once, counted, layers_option
from geoservice.errors import GeoserviceError
from geoservice.maps.assets import require_assets
from geoservice.settings import Settings
from geoservice.web import create_app
from geoservice.web.reload import Follower
from geoservice.web.service import EXTENSION, Service
from geoservice.web.warm import warm_answers, warm_layers

_THREADS = 8
_MOST_BODY_BYTES = 8_000_000
"""No request is larger; one that is a little too large still comes in, so that its sender is told in our own words."""


@click.command(epilog="Example:\n\n\b\n  geoservice serve --layers my-city --port 9000")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port to listen at.")
@layers_option
def serve(host: str, port: int, layers: Path | None) -> None:
    """Serve maps, tables and data until stopped with Ctrl-C."""
    settings = Settings.from_env(layers=layers)
    require_assets(settings.static)
    compile_once()
    app = create_app(settings, progress=counted(READING))
    state: Service = app.extensions[EXTENSION]
    try:
        server = listening(app, host, port, settings)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise GeoserviceError(
            f"Cannot listen at {host}:{port}: {said}.",
            advice="Choose another --port or --host.",
        ) from error
    for broken in state.catalog.unexpectedly_broken:
        click.echo(f"Without the layer {broken.id}: {broken.problem.reason}", err=True)
    click.echo(f"Serving {state.catalog.region.title.en} at http://{host}:{server.effective_port}  (Ctrl-C stops)")
    threading.Thread(target=_warm_up, args=(state,), daemon=True).start()
    follower = Follower(app, opened=_told_and_warm)
    follower.start()
    try:
        server.run()
    finally:
        follower.stop()
        server.close()
    click.echo("Stopped.")


def listening(app: Flask, host: str, port: int, settings: Settings) -> Any:
    """Make the server of an application, which listens already; raises OSError, ValueError."""
    return waitress.create_server(
        app,
        host=host,
        port=port,
        threads=_THREADS,
        max_request_body_size=_MOST_BODY_BYTES,
        clear_untrusted_proxy_headers=settings.trusted_proxies == 0,
    )


def _told_and_warm(state: Service) -> None:
    click.echo(f"The layers have changed: {len(state.catalog.layers)} read, {len(state.catalog.broken)} not.", err=True)
    _warm_up(state)


def _warm_up(state: Service) -> None:
    """Make what the first requests ask for; on a terminal, tell which of it is being made, as those would wait."""
    warm_layers(state, counted("Preparing layers for maps and downloads"))
    warm_answers(state, counted("Answering the questions of the first page"))
    if sys.stderr.isatty():
        click.echo("All of it is ready.", err=True)
