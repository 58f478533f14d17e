"""Functions that Numba compiles to machine code on first use and keeps on the disk."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

from geoservice.cache.folder import make_ours, private_temporary
from geoservice.coverage.portions import cores
from geoservice.errors import CacheError
from geoservice.settings import cache_folder

KERNELS_FOLDER = "kernels"
"""The folder of compiled functions within the cache folder."""

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")
_LAST = "sum_up"
"""The function that takes longest to compile: it needs most of the others."""


_made: list[Path] = []


def _roots() -> Iterator[Path]:
    yield cache_folder()
    yield private_temporary(f"geoservice-{os.environ.get('USER', 'cache')}")


def _writable(root: Path, state: str) -> Path | None:
    """Give the folder of one state of the sources; None where it cannot be written to, or others may."""
    folder = root / KERNELS_FOLDER / state
    try:
        for one in (root, folder.parent, folder):
            _made.extend(make_ours(one))
    except (CacheError, OSError):
        return None
    return folder if os.access(folder, os.W_OK) else None


def _keep_compiled() -> None:
    """Have Numba keep what it compiles in a folder of its own for each state of these sources.

    Numba looks at the file of a function alone, not at those of the functions that it calls, and by its date: after an
    update it would run the old code.
    """
    sources = hashlib.sha256(numba.__version__.encode())
    here = Path(__file__).parent
    for file in sorted([*here.glob("*.py"), here.with_name("tiles") / "protobuf.py"]):
        sources.update(file.read_bytes())
    for root in _roots():
        if folder := _writable(root, sources.hexdigest()[:16]):
            os.environ["NUMBA_CACHE_DIR"] = str(folder)
            numba.config.reload_config()  # type: ignore[no-untyped-call]
            return


if not os.environ.get("NUMBA_CACHE_DIR"):
    _keep_compiled()


def leave_nothing_empty() -> None:
    """Remove the folders that this process has made for compiled code and put nothing into."""
    for made in reversed(_made):
        for folder in (*made.glob("*/"), made):
            with suppress(OSError):  # something is in it, and it stays
                folder.rmdir()


def was_compiled() -> bool:
    """Tell whether an earlier run has left the compiled functions of these sources on the disk."""
    folder = os.environ.get("NUMBA_CACHE_DIR")
    return folder is not None and next(Path(folder).rglob(f"*{_LAST}*.nbi"), None) is not None


@contextmanager
def aside(function: Callable[[], None]) -> Iterator[None]:
    """Have another process call a function of a module meanwhile, for what it leaves compiled on the disk.

    If it comes to nothing, nothing is lost: what it should have compiled is compiled here, when it is called.
    """
    program = f"from {function.__module__} import {function.__name__} as prepare; prepare()"
    found = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])])
    command, quiet = [sys.executable, "-c", program], subprocess.DEVNULL
    if cores() == 1 or not sys.executable:
        yield
        return
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": found}, stdout=quiet, stderr=quiet) as other:  # noqa: S603
        try:
            yield
        except BaseException:
            other.kill()
            raise


def _options(*, counts: bool, inlines: bool) -> dict[str, Any]:
    """Give Numba's options, each of them: what one function leaves open it takes from whoever has it compiled first.

    `_nrt` is Numba's own name for the counting of references.
    """
    shared = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": False}
    return shared | {"_nrt": counts, "forceinline": inlines}


def compiled(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Compile a function of numbers and arrays; while it runs, other threads run too."""
    kept = numba.njit(**_options(counts=True, inlines=False))
    return cast("Callable[_Parameters, _Result]", kept(function))


def borrowing(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Compile a function that makes no array and returns none, but works on those of whoever calls it.

    Nothing counts how often an array is held then, which for small functions takes longer than their work, and makes
    threads wait for each other. What it calls makes and returns none either.
    """
    kept = numba.njit(**_options(counts=False, inlines=False))
    return cast("Callable[_Parameters, _Result]", kept(function))


def inlined(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Compile a function that borrows its arrays into those that call it: for small ones in the innermost loops."""
    kept = numba.njit(**_options(counts=False, inlines=True))
    return cast("Callable[_Parameters, _Result]", kept(function))


@compiled
def plain(number: int) -> int:
    """Give a whole number as one like any other: Numba takes one that stands in the code for a type of its own.

    It would then compile what is called with it once more.
    """
    return number + 0


def writable(numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Give an array that may be written to, a copy where need be, as a column of pandas is not.

    Numba takes one that may not for another type, and would compile what is called with it once more.
    """
    return np.require(numbers, dtype=np.float64, requirements=["C", "W"])
