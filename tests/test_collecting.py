"""How often a process of the service looks for what nothing holds any more."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from geoservice.cli import main

PYTHONS_OWN = (700, 10, 10)


@pytest.fixture
def own_thresholds() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(*PYTHONS_OWN)
    yield
    gc.set_threshold(*before)


@pytest.mark.usefixtures("own_thresholds")
def test_a_command_looks_rarely_and_a_library_leaves_python_as_it_is() -> None:
    import geoservice.api  # noqa: F401, PLC0415 - to see what importing it does

    assert gc.get_threshold() == PYTHONS_OWN
    assert CliRunner().invoke(main, ["cache", "info"]).exit_code == 0
    assert gc.get_threshold()[0] > 20 * PYTHONS_OWN[0]
    assert gc.isenabled()
