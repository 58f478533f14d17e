"""The settings: declared once, read from the environment, refused by name when they cannot be used."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from geoservice.errors import SettingsError
from geoservice.settings import PREFIX, Settings

VARIABLES = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]


def test_without_any_variable_the_layers_and_files_of_the_service_are_taken(root: Path) -> None:
    settings = Settings.from_env({})
    assert (settings.layers, settings.static) == (root / "layers", root / "static")
    assert (settings.default_limit, settings.max_limit, settings.cached_answers) == (100, 10_000, 32)
    assert settings.background is None
    assert settings.background_attribution == ""


def test_variables_of_other_programs_are_not_looked_at() -> None:
    environ = {"PATH": "/bin", "LAYERS": "/x", "MY_GEOSERVICE_LAYERS": "/x", "geoservice_layers": "/x"}
    assert Settings.from_env(environ) == Settings.from_env({})


@pytest.mark.parametrize(
    ("variable", "value", "name", "read"),
    [
        ("GEOSERVICE_LAYERS", "/srv/my city", "layers", Path("/srv/my city")),
        ("GEOSERVICE_STATIC", "static", "static", Path("static")),
        ("GEOSERVICE_DEFAULT_LIMIT", "1", "default_limit", 1),
        ("GEOSERVICE_MAX_LIMIT", "100000", "max_limit", 100_000),
        ("GEOSERVICE_CACHED_ANSWERS", "64", "cached_answers", 64),
        ("GEOSERVICE_CACHE", "/var/cache/coverage", "cache", Path("/var/cache/coverage")),
        ("GEOSERVICE_CACHE_MB", "0", "cache_mb", 0),
        ("GEOSERVICE_FEATURES_MB", "64", "features_mb", 64),
        ("GEOSERVICE_ANALYSES", "10000", "analyses", 10_000),
        ("GEOSERVICE_ANALYSES_KEEP_S", "60", "analyses_keep_s", 60),
        ("GEOSERVICE_TRUSTED_PROXIES", "2", "trusted_proxies", 2),
        ("GEOSERVICE_BACKGROUND", "city.mbtiles", "background", "city.mbtiles"),
        ("GEOSERVICE_BACKGROUND_ATTRIBUTION", "© 地圖", "background_attribution", "© 地圖"),
    ],
)
def test_each_setting_is_read_from_its_variable(variable: str, value: str, name: str, read: Any) -> None:
    assert getattr(Settings.from_env({variable: value}), name) == read


@pytest.mark.parametrize("variable", VARIABLES)
def test_an_empty_variable_is_like_none(variable: str) -> None:
    assert Settings.from_env({variable: ""}) == Settings.from_env({})


def test_the_command_line_goes_before_the_environment() -> None:
    environ = {"GEOSERVICE_LAYERS": "/from/the/environment"}
    assert Settings.from_env(environ, layers=Path("/from/the/command/line")).layers == Path("/from/the/command/line")
    assert Settings.from_env(environ, layers=None).layers == Path("/from/the/environment")


def test_the_environment_of_the_process_is_read_when_no_other_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEOSERVICE_CACHED_ANSWERS", "7")
    assert Settings.from_env().cached_answers == 7


@pytest.mark.parametrize("variable", ["GEOSERVICE_LAYER", "GEOSERVICE_", "GEOSERVICE_PORT", "GEOSERVICE_Layers"])
def test_an_unknown_variable_is_named_with_those_that_are_known(variable: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({variable: "x"})
    assert caught.value.reason == f"There is no setting {variable}."
    assert caught.value.advice is not None
    assert all(known in caught.value.advice for known in VARIABLES)


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("GEOSERVICE_DEFAULT_LIMIT", "0", "must be at least 1."),
        ("GEOSERVICE_DEFAULT_LIMIT", "-5", "must be at least 1."),
        ("GEOSERVICE_DEFAULT_LIMIT", "10001", "must be at most 10000."),
        ("GEOSERVICE_DEFAULT_LIMIT", "many", "must be a whole number."),
        ("GEOSERVICE_MAX_LIMIT", "0", "must be at least 1."),
        ("GEOSERVICE_MAX_LIMIT", "100001", "must be at most 100000."),
        ("GEOSERVICE_MAX_LIMIT", "1.5", "must be a whole number."),
        ("GEOSERVICE_MAX_LIMIT", "1e3", "must be a whole number."),
        ("GEOSERVICE_MAX_LIMIT", "nan", "must be a whole number."),
        ("GEOSERVICE_CACHE_MB", "-1", "must be at least 0."),
        ("GEOSERVICE_CACHED_ANSWERS", "0", "must be at least 1."),
        ("GEOSERVICE_CACHED_ANSWERS", "all", "must be a whole number."),
    ],
)
def test_a_value_that_cannot_be_used_is_told_with_its_variable(variable: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({variable: value})
    assert caught.value.reason.startswith(f"{variable} cannot be '{value}': ")
    assert says in caught.value.reason
    assert "\n" not in str(caught.value)


def test_a_long_value_is_not_told_in_full() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"GEOSERVICE_MAX_LIMIT": "9" * 5000})
    assert len(str(caught.value)) < 500


def test_an_unknown_setting_from_the_command_line_is_refused_too() -> None:
    with pytest.raises(SettingsError, match="GEOSERVICE_PORT"):
        Settings.from_env({}, port=80)


def test_settings_cannot_be_changed_once_read() -> None:
    settings = Settings.from_env({})
    with pytest.raises(ValidationError, match="frozen"):
        settings.max_limit = 5  # type: ignore[misc]


def test_every_setting_is_in_the_documents_with_its_default_and_none_that_is_not(root: Path) -> None:
    text = (root / "docs" / "settings.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\bGEOSERVICE_[A-Z_]+\b", text)) == set(VARIABLES)
    for name, field in Settings.model_fields.items():
        row = next((line for line in text.splitlines() if f"| `{PREFIX}{name.upper()}` |" in line), "")
        assert row, f"{name} has no row in the table"
        if isinstance(field.default, int):
            assert f"| {field.default} |" in row


def test_every_setting_says_what_it_is() -> None:
    assert all(field.description and field.description.endswith(".") for field in Settings.model_fields.values())
