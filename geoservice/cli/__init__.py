"""The command line: serve, ask, take away, and look after layers."""

from __future__ import annotations

import click

from geoservice.cli.answers import coverage, difference, export, gaps, questions, zones
from geoservice.cli.cache import cache
from geoservice.cli.layers import layers
from geoservice.cli.partitions import figures, partition
from geoservice.cli.plan import plan
from geoservice.cli.serve import serve
from geoservice.cli.shell import Group

EXAMPLES = """Examples:

\b
  geoservice serve
  geoservice serve --layers my-city --port 9000
  geoservice layers check
  geoservice zones --question cameras --case high
  geoservice gaps -o gaps.gpkg
"""


@click.group(
    cls=Group,
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="geoservice")
def main() -> None:
    """Say what police facilities and cameras cover, and what they leave out."""


for command in (serve, layers, questions, zones, gaps, coverage, difference, export, plan, partition, figures, cache):
    main.add_command(command)
