"""The contenders find the same figures, in processes of their own, and what they took is reported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import city, figures
from benchmarks.agreement import DisagreementError, require_agreement
from benchmarks.contenders import CONTENDERS
from benchmarks.figures import COMPARISONS, WORKS, Entrant, Work
from benchmarks.pages import PERFORMANCE, write
from benchmarks.postgis import MissingPackageError, postgis_cut_first, postgis_union_first
from benchmarks.serving import SECTIONS
from benchmarks.worker import Measured, working
from geoservice.errors import GeoserviceError

pytestmark = pytest.mark.soak

CAMERAS = 1_000


def measured(seconds: float, memory_mb: float = 1.0) -> Measured:
    return Measured(seconds, seconds, np.zeros(18), memory_mb)


def in_this_process(name: str) -> np.ndarray:
    with CONTENDERS[name].prepared(CAMERAS) as prepared:
        return prepared.covered_m2(prepared.run())


def test_contenders_in_this_process_agree() -> None:
    names = [name for name in CONTENDERS if CONTENDERS[name].in_process]
    covered_m2 = {name: in_this_process(name) for name in names}
    assert sum(covered_m2["ours"]) == pytest.approx(2.4e6, rel=0.2)
    require_agreement(covered_m2)


def test_postgis_agrees(request: pytest.FixtureRequest) -> None:
    zones = np.asarray(city.districts().geometry.array, dtype=object)
    footprints = city.polygons(city.cameras(CAMERAS))
    expected = in_this_process("GeoPandas")
    try:
        for name, asked in (
            ("PostGIS, cut first", postgis_cut_first),
            ("PostGIS, united first", postgis_union_first),
        ):
            with asked(zones, footprints) as run:
                require_agreement({"GeoPandas": expected, name: np.array(run())})
    except MissingPackageError as missing:
        above = request.config.pluginmanager.get_plugin(str(Path(__file__).parent.parent / "conftest.py"))
        above.missing_package(missing.package)


def test_a_work_runs_in_rounds_and_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    names = ("ours", "GeoPandas", "DuckDB")
    runs = figures.measure(Work("figures-60k", tuple(Entrant(name, CAMERAS) for name in names), 2), 2)
    assert {entrant.contender: len(done) for entrant, done in runs.items()} == dict.fromkeys(names, 2)
    assert all(one.seconds > 0 and one.above_inputs_mb >= 0 for done in runs.values() for one in done)
    text = figures.report({"figures-60k": runs})
    assert "| Figures by district | 1,000 | DuckDB |" in text
    assert "PostGIS" not in text
    assert capsys.readouterr().err == ""


def test_what_goes_wrong_in_a_worker_is_raised_here() -> None:
    with working("ours", -1) as worker, pytest.raises(ValueError, match="negative"):
        worker.ready()


def test_ratios_are_of_medians() -> None:
    runs = {
        Entrant("ours", 60_000): [measured(1.0), measured(2.0), measured(30.0)],
        Entrant("GeoPandas", 60_000): [measured(1.0), measured(50.0), measured(60.0)],
    }
    assert "| 2.000 s | 50.00 s | 25.0 | 18 |" in "\n".join(figures.compared({"figures-60k": runs}))


def test_growth_is_the_exponent_between_the_least_and_the_greatest_number() -> None:
    runs = {
        Entrant("ours", 1_000_000): [measured(1000.0)],
        Entrant("ours", 10_000): [measured(1.0)],
        Entrant("ours", 60_000): [measured(500.0)],
    }
    assert figures.growth(runs) == pytest.approx(1.5)


def test_disagreement_is_told_by_name_and_district() -> None:
    areas = np.linspace(1e6, 2e6, 18)
    require_agreement({"GeoPandas": areas, "DuckDB": areas * (1 + 1e-10), "ours": areas * 1.0012})
    with pytest.raises(DisagreementError, match="GeoPandas and DuckDB disagree in 18 of 18 districts: in district 17"):
        require_agreement({"GeoPandas": areas, "DuckDB": areas * (1 + 1e-8)})
    for share in (0.9999, 1.0025, np.nan):
        with pytest.raises(DisagreementError, match="ours and GeoPandas"):
            require_agreement({"ours": areas * share, "GeoPandas": areas})


def test_all_that_is_compared_takes_part() -> None:
    for row in COMPARISONS:
        (work,) = (work for work in WORKS if work.name == row.work)
        assert {row.ours, row.peer} <= {entrant.contender for entrant in work.entrants}
        assert row.peer in CONTENDERS


@pytest.mark.parametrize("name", ["figures", *SECTIONS.values()])
def test_reports_have_their_place_on_the_page(root: Path, tmp_path: Path, name: str) -> None:
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    assert begin in PERFORMANCE.read_text(encoding="utf-8")
    assert (root / "docs" / "performance.md").samefile(PERFORMANCE)
    page = tmp_path / "page.md"
    page.write_text(f"Before\n{begin}\nold\n{end}\nAfter\n", encoding="utf-8")
    write(name, "| new \\1 |", page)
    assert page.read_text(encoding="utf-8") == f"Before\n{begin}\n| new \\1 |\n{end}\nAfter\n"
    page.write_text("Nothing", encoding="utf-8")
    with pytest.raises(GeoserviceError, match="has no place"):
        write(name, "new", page)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--only", "figures-2k"], "there is no figures-2k"),
        (["--write", "--quick"], "whole runs of 3 rounds"),
        (["--write", "--repeats", "2"], "whole runs of 3 rounds"),
        (["--write", "--only", "growth"], "whole runs of 3 rounds"),
    ],
)
def test_wrong_options_are_refused(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(figures.main, arguments)
    assert result.exit_code == 2
    assert said in result.output
