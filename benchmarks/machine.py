"""What figures are measured on: the machine and the versions of what takes part."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path

import shapely

PROCESSORS = os.cpu_count() or 1
PACKAGES = ("numpy", "numba", "shapely", "geopandas", "duckdb")


def processor() -> str:
    """Give the name of the processor's model, as Linux does."""
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else platform.machine()


def memory_gb() -> float:
    """Give the size of the memory in GB of 10⁹ bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9


def described() -> str:
    """Describe the machine in one sentence, and the versions in another."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    geos = ".".join(str(part) for part in shapely.geos_version)
    return (
        f"{processor()}, {PROCESSORS} cores, {memory_gb():.0f} GB of memory, {platform.system()}. "
        f"Python {platform.python_version()}, {packages}, GEOS {geos}."
    )
