"""The version of a layer: it changes with any byte of its files, also of those in folders of its own."""

from __future__ import annotations

from pathlib import Path

from city import write_layer
from spoil import feature_toml, features, hamlet, post

from geoservice.catalog import open_catalog
from geoservice.catalog.layer import version_of


def tree(folder: Path, **files: str) -> str:
    """Write files, `__` standing for the slash of a path, and give the folder's version."""
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return version_of(folder)


def test_every_byte_and_name_of_a_layers_files_counts(tmp_path: Path) -> None:
    same = tree(tmp_path / "a", data="1", posts__a="x", posts__deep__b="y")
    assert tree(tmp_path / "b", data="1", posts__a="x", posts__deep__b="y") == same
    others = [
        tree(tmp_path / "c", data="2", posts__a="x", posts__deep__b="y"),
        tree(tmp_path / "d", data="1", posts__a="z", posts__deep__b="y"),
        tree(tmp_path / "e", data="1", posts__a="x", posts__deep__b="z"),
        tree(tmp_path / "f", data="1", posts__a="x", posts__other__b="y"),
        tree(tmp_path / "g", data="1", posts__a="x"),
    ]
    assert len({same, *others}) == 6


def test_a_geodatabase_that_changes_is_another_version_of_the_catalogue(own_city: Path) -> None:
    town = hamlet(own_city)
    path = write_layer(town, "posts", "facility", "posts.gdb", feature_toml())
    (path / "posts.csv").unlink()
    seen = []
    for x in (1000, 1001):
        features(post(x)).to_file(path / "posts.gdb", driver="OpenFileGDB")
        catalog = open_catalog(town)
        assert list(catalog.layers["posts"].features["id"]) == ["p1"]
        seen.append((catalog.version, catalog.layers["posts"].version))
    assert seen[0][0] != seen[1][0]
    assert seen[0][1] != seen[1][1]
