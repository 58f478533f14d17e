"""Collecting what is wrong with the rows of one layer while it is being read."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from geoservice.catalog.problems import Problem, Severity

Reason = str | Callable[[int], str]


class Findings:
    """The problems of one layer's rows; an error rejects its row, once, for the first reason found."""

    def __init__(self, layer: str, file: str, problems: Iterable[Problem] = ()) -> None:
        self.layer = layer
        self.file = file
        self.problems: list[Problem] = list(problems)
        self.rejected: set[int] = set()
        self.ids: dict[int, str] = {}

    def error(
        self, rows: Iterable[int], code: str, field: str | None, reason: Reason, advice: str | None = None
    ) -> None:
        """Set rows aside; those that were already set aside keep their first reason."""
        for row in rows:
            if row not in self.rejected:
                self.rejected.add(row)
                self._add(row, code, Severity.ERROR, field, reason, advice)

    def warn(
        self, rows: Iterable[int], code: str, field: str | None, reason: Reason, advice: str | None = None
    ) -> None:
        """Note something about rows that are kept."""
        for row in rows:
            if row not in self.rejected:
                self._add(row, code, Severity.WARNING, field, reason, advice)

    def warn_layer(
        self, code: str, field: str | None, reason: str, advice: str | None = None, file: str | None = None
    ) -> None:
        """Note something about the layer as a whole, or about another file of it than the data's."""
        self._add(None, code, Severity.WARNING, field, reason, advice, file)

    def sound(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Give the rows that no error was found in."""
        return frame.loc[~frame.index.isin(self.rejected)]

    def _add(
        self,
        row: int | None,
        code: str,
        severity: Severity,
        field: str | None,
        reason: Reason,
        advice: str | None,
        file: str | None = None,
    ) -> None:
        text = reason if isinstance(reason, str) else reason(row if row is not None else 0)
        self.problems.append(
            Problem(
                layer=self.layer,
                file=file or self.file,
                row=row,
                code=code,
                severity=severity,
                field=field,
                reason=text,
                feature_id=self.ids.get(row) if row is not None else None,
                advice=advice,
            )
        )
