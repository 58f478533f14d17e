"""The composer: a catalogue and a Question become one frozen answer by zone."""

from geoservice.analysis.analyse import Analysis, Totals, analyse

__all__ = ["Analysis", "Totals", "analyse"]
