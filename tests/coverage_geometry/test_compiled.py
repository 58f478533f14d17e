"""What is compiled before the first request is all that answers need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import gc, json, sys
from pathlib import Path
from numba.core.dispatcher import Dispatcher
from geoservice.analysis import analyse
from geoservice.catalog import open_catalog
from geoservice.coverage.depth import prepare

def signatures():
    found = [one for one in gc.get_objects() if isinstance(one, Dispatcher)]
    ours = [one for one in found if one.py_func.__module__.startswith("geoservice.")]
    return {one.py_func.__qualname__: len(one.signatures) for one in ours}

prepare()
before = signatures()
assert before["sum_up"] == before["_views"] == before["_drawn"] == 1
catalog = open_catalog(Path(sys.argv[1]))
for name in sys.argv[2:]:
    analyse(catalog, catalog.question(name))
after = signatures()
print(json.dumps({name: [before.get(name), count] for name, count in after.items() if before.get(name) != count}))
"""


@pytest.mark.soak
def test_no_answer_waits_for_the_compiler(root: Path) -> None:
    """Neither for facilities on their landmasses nor for cameras."""
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(root / "layers"), "stations", "cameras"],
        check=True, stdout=subprocess.PIPE, cwd=root, timeout=300,
    ).stdout  # fmt: skip
    assert json.loads(said) == {}


ASIDE = """
import sys
from geoservice.coverage import compiled, depth, tile
if sys.argv[1] == "fails":
    sys.executable = "/bin/false"
compiled.cores = lambda: 2
depth.prepare()
stats = tile.sum_up.stats
print(stats.cache_hits.total(), stats.cache_misses.total())
"""


@pytest.mark.soak
@pytest.mark.parametrize(("aside", "hits_and_misses"), [("works", "1 0"), ("fails", "0 1")])
def test_the_longest_is_compiled_by_another_process_or_else_here(
    root: Path, tmp_path: Path, aside: str, hits_and_misses: str
) -> None:
    """In a folder that holds nothing yet."""
    empty = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    said = subprocess.run(
        [sys.executable, "-c", ASIDE, aside], check=True, stdout=subprocess.PIPE, cwd=root, timeout=300,
        env=empty | {"GEOSERVICE_CACHE": str(tmp_path)}, text=True,
    ).stdout  # fmt: skip
    assert said.split() == hits_and_misses.split()
