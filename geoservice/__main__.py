"""`python -m geoservice` is the same as `geoservice`."""

from geoservice.cli import main

main(prog_name="geoservice")
