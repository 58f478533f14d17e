"""The addresses in docs/ogc-api.md work as they stand."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask

TEXT = (Path(__file__).resolve().parent.parent.parent / "docs" / "ogc-api.md").read_text(encoding="utf-8")
ADDRESSES = sorted(set(re.findall(r"`(/[^`\s]*)`", TEXT)))
COMMANDS = re.findall(r"^ {4}(curl .*\\\n.*)", TEXT, re.MULTILINE)


def test_there_are_examples() -> None:
    assert len(ADDRESSES) > 15
    assert len(COMMANDS) == 2


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_answered(hong_kong_app: Flask, address: str) -> None:
    response = hong_kong_app.test_client().get(address)
    assert response.status_code == 200, response.get_data(as_text=True)[:300]
    if "/items?" in address:
        assert response.get_json(force=True)["features"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_answered(hong_kong_app: Flask, command: str) -> None:
    words = shlex.split(command.replace("\\\n", " "))
    query = dict(word.split("=", 1) for word in words if "=" in word and not word.startswith("http"))
    address = urlsplit(next(word for word in words if word.startswith("http"))).path
    response = hong_kong_app.test_client().get(address, query_string=query)
    assert response.status_code == 200, response.get_data(as_text=True)[:300]
    assert response.get_json(force=True)["features"]
