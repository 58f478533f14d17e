"""Edits of sources in milliseconds: a base measured once, and overlays of what changed over it."""

from geoservice.coverage.edit.base import Base, lay_base
from geoservice.coverage.edit.overlay import EditResult, GapPieces, Overlay
from geoservice.coverage.edit.sources import Add, Edit, Move, Remove, Replace, Turn, View

__all__ = [
    "Add",
    "Base",
    "Edit",
    "EditResult",
    "GapPieces",
    "Move",
    "Overlay",
    "Remove",
    "Replace",
    "Turn",
    "View",
    "lay_base",
]
