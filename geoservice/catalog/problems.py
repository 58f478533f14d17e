"""What can be wrong with a row or a layer, in words that stay the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from geoservice.catalog.manifest import Accepted
from geoservice.i18n import Text

NOT_GENERATED = "not-generated"
"""The code of a layer that is made by a command, and has not been made yet."""


NO_FOLDER = "missing-layer"
"""The code of a layer that region.toml names, and that has no folder."""


class Severity(StrEnum):
    """An error sets its row, or its layer, aside; a warning keeps it."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One finding: where it is, what is wrong, and whether somebody has accepted it.

    `row` counts as a spreadsheet does, the heading being row 1; in files without a heading the first feature is row 1.
    It is None where the whole layer is meant. `accepted` is the reason given in layer.toml.
    """

    layer: str
    file: str
    code: str
    severity: Severity
    reason: str
    row: int | None = None
    field: str | None = None
    feature_id: str | None = None
    advice: str | None = None
    accepted: Text | None = None


def apply_acceptance(problems: list[Problem], accepted: tuple[Accepted, ...], layer: str) -> list[Problem]:
    """Mark the problems that layer.toml accepts; an acceptance that meets no problem is itself a warning."""
    used: set[int] = set()
    marked = []
    for problem in problems:
        found = next((i for i, entry in enumerate(accepted) if _covers(entry, problem)), None)
        if found is None:
            marked.append(problem)
        else:
            used.add(found)
            marked.append(replace(problem, accepted=accepted[found].reason))
    marked.extend(
        Problem(
            layer=layer,
            file="layer.toml",
            code="accepted-unused",
            severity=Severity.WARNING,
            reason=f"The accepted problem '{entry.code}' was not found any more.",
            field=f"accepted[{i + 1}]",
            advice="Remove the entry.",
        )
        for i, entry in enumerate(accepted)
        if i not in used
    )
    return marked


def _covers(entry: Accepted, problem: Problem) -> bool:
    if entry.code != problem.code:
        return False
    if not entry.ids and not entry.rows:
        return problem.row is None
    return problem.feature_id in entry.ids or problem.row in entry.rows
