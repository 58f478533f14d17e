"""Timelines of region.toml: what cannot be one is refused by name, and rows that a table does not have are reported."""

from __future__ import annotations

from pathlib import Path

import pytest
from stages import write_stages

from geoservice.analysis import Aspect, contrasts
from geoservice.catalog import Catalog, open_catalog
from geoservice.catalog.region import load_region
from geoservice.errors import NotFoundError, RegionError
from geoservice.vocabulary import Case


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return open_catalog(write_stages(tmp_path_factory.mktemp("timeline") / "feetville"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_stages(tmp_path / "feetville")


def changed(folder: Path, before: str, after: str) -> Path:
    path = folder / "region.toml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('id = "second"', 'id = "first"', "the stage first is there twice"),
        ("at = 2025-06-01\nkind", "at = 2024-01-01\nkind", "stage second must be later than stage first"),
        ('kind = "planned"', 'kind = "hoped"', "kind"),
        ('kind = "planned"\n', "", "kind is missing"),
        ('question = "posts-plan"\npublished', 'question = "towers"\npublished', "'towers', which is no question"),
        ('question = "posts-plan"\npublished', 'question = "boroughs"\npublished', "zone systems borough and ward"),
        ('table = "published"\n', "", "names published rows, but there is no table"),
        ("at = 2025-06-01\nkind", 'at = "2025-06-01"\nkind', "at"),
    ],
)
def test_what_is_no_timeline_is_refused(folder: Path, before: str, after: str, says: str) -> None:
    with pytest.raises(RegionError) as caught:
        load_region(changed(folder, before, after))
    assert says in str(caught.value)


def test_two_timelines_of_one_id_are_refused(folder: Path) -> None:
    text = (folder / "region.toml").read_text(encoding="utf-8")
    with (folder / "region.toml").open("a", encoding="utf-8") as region:
        region.write(text[text.index("[[timeline]]") :])
    with pytest.raises(RegionError, match="the id growth is used twice"):
        load_region(folder)


def test_a_row_that_the_table_does_not_have_is_reported(folder: Path) -> None:
    (problem,) = open_catalog(changed(folder, '["r2", "r3"]', '["r2", "r9"]')).table_problems
    assert (problem.code, problem.field) == ("table-unusable", "timeline[1].stage.published")
    assert "'r9'" in problem.reason
    assert "r1, r2, r3" in str(problem.advice)


def test_a_layer_that_is_no_table_is_reported(folder: Path) -> None:
    catalog = open_catalog(changed(folder, 'table = "published"', 'table = "posts"'))
    assert "its role is facility" in catalog.table_problems[0].reason
    assert catalog.table("posts") is None
    assert catalog.table("published") is not None


def test_a_timeline_is_found_by_its_id(town: Catalog) -> None:
    assert [stage.id for stage in town.timeline("growth").stages] == ["first", "second"]
    with pytest.raises(NotFoundError, match="growth"):
        town.timeline("decline")


def test_only_what_differs_is_named_and_what_is_assumed_comes_first(town: Catalog) -> None:
    before = town.question("posts")
    assert contrasts(town, before, before) == ()
    found = contrasts(town, before, town.question("far", case=Case.HIGH))
    assert [one.aspect for one in found] == [Aspect.RANGE, Aspect.LANDMASS, Aspect.CASE, Aspect.STATUSES]
    assert [one.is_assumed for one in found] == [True, True, True, False]
    assert (found[0].before, found[0].after) == ((600.0,), (900.0,))


def test_cameras_differ_by_what_their_layers_assume(hong_kong: Catalog) -> None:
    found = contrasts(hong_kong, hong_kong.question("cameras"), hong_kong.question("cameras-plan-2024"))
    told = {one.aspect: (one.before, one.after) for one in found}
    assert told[Aspect.VIEW] == ((360.0,), (90.0,))
    assert told[Aspect.POSITIONS] == ((True,), (False,))
    assert Aspect.RANGE not in told
    themes = contrasts(hong_kong, hong_kong.question("stations"), hong_kong.question("cameras"))
    assert themes[0].aspect is Aspect.THEME
