"""The notebook runs from top to bottom in a kernel of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """The cells of the notebook with what they gave."""
    notebook = nbformat.read(ROOT / "docs" / "notebook.ipynb", as_version=4)
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "MPLCONFIGDIR"):
            patch.setenv(name, str(home))
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
        client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(ROOT / "docs")}})
        client.execute()
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def shown(cell: Any, kind: str) -> list[str]:
    return [one.data[kind] for one in cell.outputs if kind in one.get("data", {})]


@pytest.mark.soak
def test_every_cell_but_the_imports_shows_something(cells: list[Any]) -> None:
    assert all(cell.outputs for cell in cells)
    assert not [cell.source for cell in cells for one in cell.outputs if one.output_type == "stream"]


@pytest.mark.soak
def test_it_shows_tables_pictures_and_the_map(cells: list[Any]) -> None:
    everything = "".join(text for cell in cells for text in shown(cell, "text/html"))
    assert "Yau Tsim Mong" in everything
    assert "geoservice.dataLayer" in everything
    assert sum(len(shown(cell, "image/png")) for cell in cells) == 2


def test_it_is_committed_without_output() -> None:
    notebook = nbformat.read(ROOT / "docs" / "notebook.ipynb", as_version=4)
    assert all(not cell.outputs and cell.execution_count is None for cell in notebook.cells if cell.cell_type == "code")
