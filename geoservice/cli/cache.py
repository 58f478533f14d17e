"""`geoservice cache`: what is kept on the disk between runs."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import click
import orjson

from geoservice.cache import DiskCache, Usage
from geoservice.cache.disk import ANSWERS_FOLDER, MB
from geoservice.cache.folder import require_usable
from geoservice.cache.mapped import FEATURES_FOLDER, MappedFiles
from geoservice.cache.whole_files import DOWNLOADS_FOLDER, WholeFiles
from geoservice.cli.shell import echo_table
from geoservice.coverage.compiled import KERNELS_FOLDER, leave_nothing_empty
from geoservice.errors import CacheError
from geoservice.settings import Settings

_EXIT_CODES = "Exit code: 0, or 2 when the cache cannot be used."


@click.group(epilog="Examples:\n\n\b\n  geoservice cache info\n  geoservice cache clear")
def cache() -> None:
    """See and clear what is kept on the disk between runs: answers, and compiled code (kernels)."""


@cache.command(
    epilog=f"{_EXIT_CODES}\n\nExamples:\n\n\b\n  geoservice cache info\n  geoservice cache info --format json"
)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def info(form: str) -> None:
    """Tell where the cache is, how large it is and may become, and what is in it."""
    settings = _usable_settings()
    usage, kernels = _answers(settings).usage(), _kernels(settings)
    if form == "json":
        click.echo(orjson.dumps(_document(settings, usage, kernels), option=orjson.OPT_INDENT_2).decode())
        return
    if not settings.cache.exists():
        click.echo(_nothing_kept(settings))
        return
    rows = [(one.namespace, str(one.count), _mb(one.bytes), _moment(one.oldest)) for one in usage.entries]
    if features := _features(settings).sizes():
        rows.append(("features", str(len(features)), _mb(sum(features.values())), ""))
    if downloads := _downloads(settings).sizes():
        rows.append(("downloads", str(len(downloads)), _mb(sum(downloads.values())), ""))
    rows.append(("kernels", str(len(kernels)), _mb(sum(kernels.values())), ""))
    click.echo(f"{settings.cache}: {_taken(usage)}.")
    echo_table(("kind", "entries", "MB", "oldest use"), rows)


@cache.command(epilog=f"{_EXIT_CODES}\n\nExamples:\n\n\b\n  geoservice cache clear\n  geoservice cache clear --kernels")
@click.option("--kernels", is_flag=True, help="Compiled code, not answers; the next start compiles.")
@click.option("--all", "everything", is_flag=True, help="Answers and compiled code.")
@click.option("--answers", is_flag=True, help="Answers.  [default]")
def clear(*, kernels: bool, everything: bool, answers: bool) -> None:
    """Remove answers, or compiled code; also while a service runs, which computes them again."""
    if kernels + everything + answers > 1:
        raise click.UsageError("Give one of --answers, --kernels and --all.")
    settings = _usable_settings()
    if not settings.cache.exists():
        click.echo(_nothing_kept(settings))
        return
    if not kernels:
        freed = _answers(settings).clear()
        noun = "entry" if freed.entries == 1 else "entries"
        click.echo(f"Removed {freed.entries} {noun} of answers: {_mb(freed.bytes)} MB freed.")
        if features := _features(settings).clear():
            noun = "file" if len(features) == 1 else "files"
            click.echo(f"Removed {len(features)} {noun} of features: {_mb(sum(features.values()))} MB freed.")
        if downloads := _downloads(settings).clear():
            noun = "file" if len(downloads) == 1 else "files"
            click.echo(f"Removed {len(downloads)} {noun} of downloads: {_mb(sum(downloads.values()))} MB freed.")
    if kernels or everything:
        sets = _kernels(settings)
        _remove_kernels(settings)
        noun = "set" if len(sets) == 1 else "sets"
        click.echo(f"Removed {len(sets)} {noun} of kernels: {_mb(sum(sets.values()))} MB freed.")


def _usable_settings() -> Settings:
    """Read the settings, and leave the cache as it was before we came; raises CacheError where it cannot be used."""
    leave_nothing_empty()
    settings = Settings.from_env()
    require_usable(settings.cache, ANSWERS_FOLDER)
    return settings


def _nothing_kept(settings: Settings) -> str:
    off = " and the cache of answers is switched off (GEOSERVICE_CACHE_MB=0)" if settings.cache_mb == 0 else ""
    return f"{settings.cache}: nothing is kept there{off}."


def _taken(usage: Usage) -> str:
    if usage.bound_bytes:
        return f"{_mb(usage.bytes)} of {usage.bound_bytes // MB:,} MB taken by answers"
    return f"switched off for answers (GEOSERVICE_CACHE_MB=0); {_mb(usage.bytes)} MB of before are still there"


def _answers(settings: Settings) -> DiskCache:
    """Give the cache, also where the settings switch it off: what lies there from before can still be seen."""
    return DiskCache(settings.cache / ANSWERS_FOLDER, settings.cache_mb * MB)


def _features(settings: Settings) -> MappedFiles:
    """Give the features written as GeoJSON, also where the settings switch them off."""
    return MappedFiles(settings.cache / FEATURES_FOLDER, settings.features_mb * MB)


def _downloads(settings: Settings) -> WholeFiles:
    """Give the downloads that are kept, also where the settings switch them off."""
    return WholeFiles(settings.cache / DOWNLOADS_FOLDER, settings.downloads_mb * MB)


def _kernels(settings: Settings) -> dict[str, int]:
    """Give the bytes of compiled code for each state of the sources that it was compiled from."""
    found: dict[str, int] = {}
    for file in _kernels_folder(settings).glob("*/**/*"):
        try:
            size = file.stat().st_size if file.is_file() else 0
        except FileNotFoundError:
            continue  # another process has replaced it just now
        state = file.relative_to(_kernels_folder(settings)).parts[0]
        found[state] = found.get(state, 0) + size
    return {state: size for state, size in found.items() if size}


def _remove_kernels(settings: Settings) -> None:
    try:
        shutil.rmtree(_kernels_folder(settings))
    except FileNotFoundError:
        return
    except OSError as error:
        raise CacheError(
            f"{_kernels_folder(settings)} cannot be removed: {error.strerror or error}.",
            advice="Remove it by hand.",
        ) from error


def _kernels_folder(settings: Settings) -> Path:
    return settings.cache / KERNELS_FOLDER


def _document(settings: Settings, usage: Usage, kernels: dict[str, int]) -> dict[str, object]:
    kinds = [
        {"kind": one.namespace, "entries": one.count, "bytes": one.bytes, "oldest_use": _moment(one.oldest)}
        for one in usage.entries
    ]
    features, downloads = _features(settings).sizes(), _downloads(settings).sizes()
    return {
        "folder": str(settings.cache),
        "bytes": usage.bytes,
        "bound_mb": settings.cache_mb,
        "kinds": kinds,
        "features": {"entries": len(features), "bytes": sum(features.values())},
        "downloads": {"entries": len(downloads), "bytes": sum(downloads.values())},
        "kernels": {"entries": len(kernels), "bytes": sum(kernels.values())},
    }


def _mb(size: int) -> str:
    return f"{size / MB:,.1f}"


def _moment(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s).astimezone().isoformat(sep=" ", timespec="seconds")
