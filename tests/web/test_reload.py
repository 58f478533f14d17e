"""The running service takes up what has changed in its folder of layers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from flask import Flask

from geoservice.settings import Settings
from geoservice.web import create_app
from geoservice.web.reload import Follower, fingerprint
from geoservice.web.service import service


@pytest.fixture
def app(own_city: Path) -> Flask:
    return create_app(Settings.from_env({}, layers=own_city))


def settled(follower: Follower) -> bool:
    """Look twice, as a change must have come to rest."""
    return follower.look() or follower.look()


def test_a_new_layer_is_taken_up(app: Flask, own_city: Path) -> None:
    follower, client = Follower(app), app.test_client()
    assert client.get("/collections/more").status_code == 404
    shutil.copytree(own_city / "posts", own_city / "more")
    manifest = own_city / "more" / "layer.toml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('id = "posts"', 'id = "more"'), encoding="utf-8")
    assert not follower.look()  # it may be half written yet
    assert follower.look()
    assert not follower.look()
    assert client.get("/collections/more/items").get_json(force=True)["numberMatched"] == 3


def test_changed_rows_change_the_answer_and_its_tag(app: Flask, own_city: Path) -> None:
    follower, client = Follower(app), app.test_client()
    before = client.get("/collections/posts-zones/items")
    path = own_city / "posts" / "posts.csv"
    path.write_text("\n".join(path.read_text(encoding="utf-8").splitlines()[:2]), encoding="utf-8")
    assert settled(follower)
    after = client.get("/collections/posts-zones/items")
    assert before.headers["ETag"] != after.headers["ETag"]
    counted = [
        sum(f["properties"]["sources_inside"] for f in response.get_json(force=True)["features"])
        for response in (before, after)
    ]
    assert counted == [3, 1]


def test_a_removed_layer_is_gone(app: Flask, own_city: Path) -> None:
    follower, client = Follower(app), app.test_client()
    shutil.rmtree(own_city / "people")
    assert settled(follower)
    assert client.get("/healthz").get_json()["broken_layers"].keys() == {"people"}


def test_a_folder_that_cannot_be_opened_leaves_the_old_state_and_says_why(app: Flask, own_city: Path) -> None:
    follower, client = Follower(app), app.test_client()
    region = own_city / "region.toml"
    text = region.read_text(encoding="utf-8")
    region.write_text(text[:40], encoding="utf-8")
    assert not settled(follower)
    assert client.get("/zones").status_code == 200
    health = client.get("/healthz").get_json()
    assert health["status"] == "degraded"
    assert health["reload_problem"].startswith("region.toml")
    region.write_text(text, encoding="utf-8")
    assert settled(follower)
    assert "reload_problem" not in client.get("/healthz").get_json()


def test_what_begins_with_a_dot_is_not_looked_at(own_city: Path) -> None:
    before = fingerprint(own_city)
    (own_city / ".adding-x").mkdir()
    (own_city / ".adding-x" / "file").write_text("x", encoding="utf-8")
    assert fingerprint(own_city) == before


def test_a_request_keeps_the_state_that_it_began_with(app: Flask, own_city: Path) -> None:
    follower = Follower(app)
    with app.test_request_context("/zones"):
        first = service()
        shutil.rmtree(own_city / "people")
        assert settled(follower)
        assert service() is first
    with app.test_request_context("/zones"):
        assert service() is not first
