"""`geoservice serve`: the service, until it is stopped."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import click
import waitress

from geoservice.cli.shell import layers_option, read_progress, say_if_compiling
from geoservice.errors import GeoserviceError
from geoservice.settings import Settings
from geoservice.web import create_app
from geoservice.web.reload import Follower
from geoservice.web.service import EXTENSION, Service

_THREADS = 8


@click.command(epilog="Example:\n\n\b\n  geoservice serve --layers my-city --port 9000")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port to listen at.")
@layers_option
def serve(host: str, port: int, layers: Path | None) -> None:
    """Serve maps, tables and data until stopped with Ctrl-C."""
    say_if_compiling()
    settings = Settings.from_env(layers=layers)
    app = create_app(settings, progress=read_progress if sys.stderr.isatty() else None)
    state: Service = app.extensions[EXTENSION]
    try:
        server = waitress.create_server(
            app,
            host=host,
            port=port,
            threads=_THREADS,
            clear_untrusted_proxy_headers=settings.trusted_proxies == 0,
        )
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


def _told_and_warm(state: Service) -> None:
    click.echo(f"The layers have changed: {len(state.catalog.layers)} read, {len(state.catalog.broken)} not.", err=True)
    _warm_up(state)


def _warm_up(state: Service) -> None:
    """Answer the named questions before anyone asks; one that cannot be answered says so on its page."""
    for named in (named for named in state.catalog.region.questions if named.featured):
        question = state.catalog.question(named.id)
        if state.catalog.why_unanswerable(question) is None:
            state.answers(question)
