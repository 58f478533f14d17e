from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from geoservice.question import Assumption, Question, ServiceArea, SourceSelection
from geoservice.vocabulary import Case, Status, Theme

BASE: dict[str, Any] = {
    "theme": "facilities",
    "sources": [{"layer": "a"}, {"layer": "b", "kinds": ["x", "y"]}],
    "statuses": ["operating", "planned"],
    "footprint": {"range_m": {"low": 500, "mid": 1000, "high": 2000}, "same_landmass": True},
    "zone_system": "ward",
    "at": "2026-11-20",
}


def question(**changes: Any) -> Question:
    return Question.model_validate({**BASE, **changes})


@pytest.mark.parametrize(
    "same",
    [
        {"sources": [{"layer": "b", "kinds": ["y", "x", "x"]}, {"layer": "a"}]},
        {"statuses": ["planned", "operating", "planned"]},
        {"footprint": {"range_m": {"low": 500.0, "mid": 1e3, "high": 2000}, "same_landmass": True, "chord_error_m": 1}},
        {"case": "mid"},
        {"gap_cell_m": 500.0},
    ],
    ids=["order of sources and kinds", "order of statuses", "whole numbers or not", "default case", "default cell"],
)
def test_questions_that_mean_the_same_have_one_key(same: dict[str, Any]) -> None:
    assert question(**same).key == question().key
    assert question(**same) == question()


@pytest.mark.parametrize(
    "other",
    [
        {"theme": "cameras", "footprint": {"model": "field_of_view"}},
        {"sources": [{"layer": "a"}]},
        {"sources": [{"layer": "a"}, {"layer": "b", "kinds": ["x"]}]},
        {"statuses": ["operating"]},
        {"footprint": {"range_m": {"low": 500, "mid": 1001, "high": 2000}, "same_landmass": True}},
        {"footprint": {"range_m": {"low": 500, "mid": 1000, "high": 2000}}},
        {"footprint": {**BASE["footprint"], "chord_error_m": 0.5}},
        {"zone_system": "borough"},
        {"at": "2026-11-21"},
        {"case": "low"},
        {"gap_cell_m": 250},
        {"demand": ["people"]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_questions_that_differ_in_anything_have_different_keys(other: dict[str, Any]) -> None:
    assert question(**other).key != question().key


def test_the_key_stays_what_it_is_from_one_release_to_the_next() -> None:
    assert question().key == question().model_copy().key
    assert len(question().key) == 32


def test_a_question_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        question().case = Case.LOW  # type: ignore[misc]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"sources": []}, "sources"),
        ({"sources": [{"layer": "a"}, {"layer": "a", "kinds": ["x"]}]}, "named twice"),
        ({"statuses": []}, "at least one status"),
        ({"statuses": ["open"]}, "operating"),
        ({"theme": "both"}, "theme"),
        ({"theme": "cameras"}, "cannot have the footprint model"),
        ({"footprint": {"model": "field_of_view"}}, "cannot have the footprint model"),
        ({"at": "soon"}, "at"),
        ({"gap_cell_m": 0}, "gap_cell_m"),
        ({"gap_cell_m": float("nan")}, "gap_cell_m"),
        ({"footprint": {"range_m": {"low": 500, "mid": 400, "high": 2000}}}, "low <= mid <= high"),
        ({"footprint": {"range_m": {"low": -1, "mid": 400, "high": 2000}}}, "low"),
        ({"footprint": {"range_m": {"low": 1, "mid": 400, "high": float("inf")}}}, "high"),
        ({"footprint": {"range_m": {"low": 1, "mid": 4, "high": 5}}}, "chord_error_m"),
        ({"footprint": {"model": "sphere"}}, "model"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_question_that_cannot_be_meant_cannot_exist(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        question(**wrong)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    st.permutations(["a", "b", "c"]),
    st.lists(st.sampled_from(list(Status)), min_size=1, max_size=6),
    st.sampled_from(list(Case)),
)
def test_writing_and_reading_a_question_gives_the_same_one(
    layers: list[str], statuses: list[Status], case: Case
) -> None:
    asked = Question(
        theme=Theme.FACILITIES,
        sources=tuple(SourceSelection(layer=layer) for layer in layers),
        statuses=tuple(statuses),
        footprint=ServiceArea(range_m=Assumption(low=1, mid=2, high=3), chord_error_m=0.1),
        zone_system="ward",
        at=date(2026, 1, 1),
        case=case,
    )
    again = Question.model_validate_json(asked.model_dump_json())
    assert again == asked
    assert again.key == asked.key


def test_each_case_takes_its_own_range() -> None:
    assert [question().in_case(case).range_m for case in Case] == [500, 1000, 2000]
