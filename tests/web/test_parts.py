"""Parts of downloads (RFC 9110, section 14): the very bytes of the file, which stays the same between requests."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from geoservice.formats.downloads import DOWNLOADS
from geoservice.settings import Settings
from geoservice.web import create_app

PLAIN = {"Accept-Encoding": "identity"}


def asked(client: FlaskClient, suffix: str, part: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = client.get(f"/collections/people.{suffix}", headers={"Range": part, **named})
    return answer.status_code, answer.data, dict(answer.headers)


@pytest.mark.parametrize("suffix", DOWNLOADS)
def test_parts_put_together_are_the_file(client: FlaskClient, suffix: str) -> None:
    status, first, headers = asked(client, suffix, "bytes=0-999")
    assert status == 206
    size = int(headers["Content-Range"].rpartition("/")[2])
    assert headers["Content-Range"] == f"bytes 0-999/{size}"
    assert int(headers["Content-Length"]) == len(first) == 1000
    tag = headers["ETag"]
    assert not tag.startswith("W/")
    rest = asked(client, suffix, "bytes=1000-", If_Range=tag)
    assert (rest[0], rest[2]["ETag"]) == (206, tag)
    whole = client.get(f"/collections/people.{suffix}", headers=PLAIN)
    assert (whole.status_code, whole.headers["ETag"], whole.headers["Accept-Ranges"]) == (200, tag, "bytes")
    assert first + rest[1] == whole.data
    assert len(whole.data) == size == int(whole.headers["Content-Length"])
    assert asked(client, suffix, "bytes=-7")[1] == whole.data[-7:]
    assert asked(client, suffix, f"bytes=5-{10 * size}")[1] == whole.data[5:]


def test_a_part_is_not_packed_and_the_whole_is(client: FlaskClient) -> None:
    status, body, headers = asked(client, "geojson", "bytes=10-4009", Accept_Encoding="zstd, br, gzip")
    assert (status, len(body)) == (206, 4000)
    assert "Content-Encoding" not in headers
    assert "Accept-Encoding" in headers["Vary"]
    packed = client.get("/collections/people.geojson", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"


def test_a_part_beyond_the_end_is_416_and_says_how_large_the_file_is(client: FlaskClient) -> None:
    size = len(client.get("/collections/people.fgb").data)
    for part in (f"bytes={size}-", f"bytes={size + 5}-{size + 9}"):
        status, _, headers = asked(client, "fgb", part)
        assert (status, headers["Content-Range"]) == (416, f"bytes */{size}")


def test_more_than_there_is_from_the_end_is_the_whole_file(client: FlaskClient) -> None:
    """RFC 9110, 14.1.2; GDAL asks so for the end of a file of which it knows no size."""
    whole = client.get("/collections/posts.csv", headers=PLAIN).data
    answer = client.get("/collections/posts.csv", headers={"Range": f"bytes=-{len(whole) + 65_536}"})
    assert (answer.status_code, answer.data) == (206, whole)
    assert answer.headers["Content-Range"] == f"bytes 0-{len(whole) - 1}/{len(whole)}"
    empty = client.get("/collections/posts.geojsonl?bbox=0,0,1,1", headers={"Range": "bytes=-5"})
    assert (empty.status_code, empty.headers["Content-Range"]) == (416, "bytes */0")


def test_a_part_of_another_file_is_refused_and_never_given(client: FlaskClient) -> None:
    tag = asked(client, "csv", "bytes=0-9")[2]["ETag"]
    for match in ('"another"', f"W/{tag}", tag[:-1] + ':gzip"'):
        status, body, headers = asked(client, "csv", "bytes=10-", If_Match=match)
        assert (status, headers.get("Content-Range")) == (412, None), match
        assert b"PreconditionFailed" in body
    for match in (tag, "*", f'"another", {tag}'):
        assert asked(client, "csv", "bytes=10-", If_Match=match)[0] == 206, match


@pytest.mark.parametrize("encoding", ["zstd", "br", "gzip"])
@pytest.mark.parametrize("suffix", ["csv", "geojson", "kml"])
def test_a_kept_file_that_was_packed_is_known_again(client: FlaskClient, suffix: str, encoding: str) -> None:
    plain = asked(client, suffix, "bytes=0-9")[2]["ETag"]
    headers = {"Accept-Encoding": encoding}
    packed = client.get(f"/collections/people.{suffix}", headers=headers)
    tag = packed.headers["ETag"]
    assert (packed.headers["Content-Encoding"], tag) == (encoding, f'{plain[:-1]}:{encoding}"')
    for condition in (tag, f"W/{tag}", f'"other", {tag}'):
        again = client.get(f"/collections/people.{suffix}", headers=headers | {"If-None-Match": condition})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"].removeprefix("W/") == tag
    assert client.get(f"/collections/people.{suffix}", headers=headers | {"If-Match": tag}).status_code == 200


@pytest.mark.parametrize("part", ["bytes=0-1,5-6", "bytes=9-3", "bytes=a-b", "lines=0-3", "0-5", "bytes=", "bytes=--1"])
def test_what_is_no_single_part_gets_the_whole(client: FlaskClient, part: str) -> None:
    whole = client.get("/collections/people.fgb").data
    status, body, _ = asked(client, "fgb", part)
    assert (status, body) == (200, whole)


@pytest.mark.parametrize("tag", ['"another"', "W/{}", "Sat, 21 Nov 2026 00:00:00 GMT"])
def test_who_began_with_another_file_gets_the_whole(client: FlaskClient, tag: str) -> None:
    whole = client.get("/collections/people.gpkg")
    status, body, _ = asked(client, "gpkg", "bytes=0-9", If_Range=tag.format(whole.headers["ETag"]))
    assert (status, body) == (200, whole.data)


def test_head_tells_the_size_of_a_file_that_is_kept_and_writes_nothing(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = {
        suffix: int(asked(client, suffix, "bytes=0-0")[2]["Content-Range"].rpartition("/")[2]) for suffix in DOWNLOADS
    }
    for way in ("fill", "_write", "_export"):
        monkeypatch.setattr(f"geoservice.web.downloads.{way}", lambda *_: pytest.fail("written again"))
    for suffix, size in sizes.items():
        head = client.head(f"/collections/people.{suffix}", headers={"Range": "bytes=0-0", **PLAIN})
        assert (head.status_code, head.headers["Content-Length"], head.data) == (200, str(size), b""), suffix


def test_each_question_has_a_file_of_its_own(client: FlaskClient) -> None:
    low, high = (client.get(f"/collections/posts-gaps.fgb?case={case}") for case in ("low", "high"))
    cells, zones = (client.get(f"/collections/posts-gaps.fgb?pieces={pieces}") for pieces in ("cell", "zone"))
    assert len({answer.headers["ETag"] for answer in (low, high, cells, zones)}) == 4
    assert client.get("/collections/posts-gaps.fgb?case=low").data == low.data


@pytest.mark.parametrize("suffix", ["geojson", "gpkg"])
def test_where_nothing_is_kept_downloads_come_whole(city_folder: Path, suffix: str) -> None:
    settings = Settings.from_env({}, layers=city_folder, downloads_mb=0)
    answer = create_app(settings).test_client().get(f"/collections/people.{suffix}", headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.headers["Accept-Ranges"]) == (200, "none")
    assert len(answer.data) > 10_000


def test_a_folder_that_fails_later_costs_the_parts_and_not_the_download(
    city_folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache = tmp_path / "cache"
    client = create_app(Settings.from_env({}, layers=city_folder, cache=cache)).test_client()
    (cache / "downloads").rmdir()
    (cache / "downloads").write_text("in the way", encoding="utf-8")
    assert client.get("/collections/posts.gpkg").status_code == 200
    assert "A download is not kept" in caplog.text
