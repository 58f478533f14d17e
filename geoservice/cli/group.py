"""The group of all commands: each is loaded when it is called, and ends with one clear line if something is wrong."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any, NoReturn

import click

from geoservice.errors import GeoserviceError

EXIT_UNUSABLE = 2
EXIT_INTERRUPTED = 130
_SHOW_CURSOR = "\x1b[?25h"


class Group(click.Group):
    """A group whose commands are not loaded before they are called; GIS libraries take seconds to load.

    `summaries` says by "module:name" what each command does; it is called by that name, without a line at its end.
    """

    def __init__(self, *args: Any, summaries: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = {_called(place): place for place in summaries}
        self.summaries = {_called(place): summary for place, summary in summaries.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click has it
        """Name the commands."""
        return sorted(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as click has it
        """Load a command."""
        if cmd_name not in self.places:
            return None
        module, _, name = self.places[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as click has it
        """List what each command does."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(self.summaries.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command asked for."""
        try:
            return super().invoke(ctx)
        except GeoserviceError as error:
            click.echo(f"geoservice: {error}", err=True)
            ctx.exit(EXIT_UNUSABLE)
        except KeyboardInterrupt:
            _end_interrupted()
        except OSError as error:
            if error.errno == errno.EPIPE or error.filename is not None:
                raise  # a reader that has had enough, which click sees to; or a file, and no stream
            _let_go_of_output()
            click.echo(f"geoservice: Cannot write the output: {error.strerror or error}.", err=True)
            ctx.exit(EXIT_UNUSABLE)


def _called(place: str) -> str:
    return place.partition(":")[2].removesuffix("_")


def _end_interrupted() -> NoReturn:
    """End at once: what was begun aside is gone by now, and threads that still compute end with the process."""
    with suppress(OSError):
        if sys.stderr.isatty():
            click.echo(_SHOW_CURSOR, err=True, nl=False)  # which a bar of progress hides
        click.echo("\nStopped.", err=True)
        sys.stdout.flush()
    os._exit(EXIT_INTERRUPTED)


def _let_go_of_output() -> None:
    """Send what is left in the output's buffer nowhere, or Python tries it once more at its end."""
    with suppress(OSError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
