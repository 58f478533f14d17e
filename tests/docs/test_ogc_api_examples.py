"""The addresses in docs/ogc-api.md work as they stand."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask

TEXT = (Path(__file__).resolve().parent.parent.parent / "docs" / "ogc-api.md").read_text(encoding="utf-8")
ADDRESSES = sorted(set(re.findall(r"`(/[^`\s{]*)`", TEXT)))
COMMANDS = re.findall(r"^ {4}(curl -G .*\\\n.*)", TEXT, re.MULTILINE)
POSTED = re.findall(r"^ {4}(curl -i -X POST .*\\\n.*)", TEXT, re.MULTILINE)


def test_there_are_examples() -> None:
    assert len(ADDRESSES) > 15
    assert (len(COMMANDS), len(POSTED)) == (2, 1)


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


@pytest.mark.parametrize("command", POSTED)
def test_a_posted_question_is_answered(hong_kong_app: Flask, command: str) -> None:
    words = shlex.split(command.replace("\\\n", " "))
    address = urlsplit(next(word for word in words if word.startswith("http"))).path
    given = {words[place]: words[place + 1] for place in range(1, len(words) - 1) if words[place] in ("-H", "--data")}
    client = hong_kong_app.test_client()
    name, _, value = given["-H"].partition(": ")
    response = client.post(address, data=given["--data"], headers={name: value})
    assert response.status_code in (200, 201), response.get_data(as_text=True)[:300]
    results = [link["href"] for link in response.get_json()["links"] if link["rel"].endswith("/results")]
    assert len(results) == 4
    for collection in results:
        assert client.get(f"{collection}/items?limit=2").get_json()["features"]
    client.delete(response.headers["Location"])
