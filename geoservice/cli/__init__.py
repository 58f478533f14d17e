"""The command line: serve, ask, take away, and look after layers."""

from __future__ import annotations

import click

from geoservice.cli.group import Group
from geoservice.collecting import collect_rarely

SUMMARIES = {
    "geoservice.cli.serve:serve": "Serve maps, tables and data until stopped with Ctrl-C.",
    "geoservice.cli.layers:layers": "List, check and add layers.",
    "geoservice.cli.answers:questions": "List the named questions and differences.",
    "geoservice.cli.answers:zones": "Give the figures by zone: area, covered, gap, shares, depth.",
    "geoservice.cli.answers:gaps": "Give what is left out: pieces, ranked by area.",
    "geoservice.cli.answers:coverage": "Give what is covered, by zone.",
    "geoservice.cli.answers:difference": "Compare two questions: gained, lost, unchanged.",
    "geoservice.cli.export:export": "Write a layer or a collection for further work, in metres.",
    "geoservice.cli.download:download": "Write a collection as the web gives it, in degrees.",
    "geoservice.cli.prints:print_": "Print the map of a question as PDF, or as a picture.",
    "geoservice.cli.plan:plan": "Make plans of cameras.",
    "geoservice.cli.partitions:partition": "Write a question's sources as partitions.",
    "geoservice.cli.partitions:figures": "Give the figures by zone of partitions.",
    "geoservice.cli.cache:cache": "See and clear what is kept on the disk.",
}
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
    summaries=SUMMARIES,
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="geoservice")
def main() -> None:
    """Say what police facilities and cameras cover, and what they leave out."""
    collect_rarely()
