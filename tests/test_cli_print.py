"""`geoservice print` gives what the web service gives, and says no before any work."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from geoservice.cli import main

pytestmark = pytest.mark.usefixtures("only_our_settings")


def run(city_folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["print", *words, "--layers", str(city_folder)])


def test_it_prints_a_page_as_asked(city_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "posts.pdf"
    done = run(
        city_folder,
        *("posts", "-o", str(path), "--size", "A3", "--orientation", "portrait", "--zone", "SW", "--scale", "20000"),
        *("--layer", "posts", "--no-labels", "--at", "2026-03-01", "--language", "zh"),
    )
    assert (done.exit_code, done.stderr.endswith(f"kB: {path}\n")) == (0, True)
    page = pypdfium2.PdfDocument(path)[0]
    text = page.get_textpage().get_text_range()
    assert page.get_width() < page.get_height()
    assert page.get_width() == pytest.approx(297 / 25.4 * 72, abs=0.1)
    assert "1:20,000" in text
    assert "2026 年 3 月 1 日" in text
    assert "South West" not in text


def test_places_can_be_left_out_and_a_figure_be_shaded(city_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "posts.pdf"
    words = ("--hide", "posts/owner:Feetville", "--layer", "posts", "--layer", "gap_area_m2")
    assert run(city_folder, "posts", "-o", str(path), *words).exit_code == 0
    text = pypdfium2.PdfDocument(path)[0].get_textpage().get_text_range()
    assert "posts (0)" in text
    assert "Ward: Area not covered" in text


def test_it_draws_a_picture_as_asked(city_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "posts.png"
    assert run(city_folder, "posts", "-o", str(path), "--pixels", "1200x700").exit_code == 0
    with Image.open(path) as image:
        assert image.size == (1200, 700)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("posts", "-o", "posts.svg"), "neither in .pdf nor in .png"),
        (("posts", "-o", "nowhere/posts.pdf"), "there is no folder nowhere"),
        (("nothing", "-o", "x.pdf"), "There is no question 'nothing'"),
        (("posts", "-o", "x.pdf", "--zone", "XX"), "'zone' cannot be 'XX'"),
        (("posts", "-o", "x.pdf", "--layer", "XX"), "'layers' cannot be 'XX'"),
        (("posts", "-o", "x.pdf", "--hide", "posts"), "'hidden' cannot be 'posts'"),
        (("posts", "-o", "x.pdf", "--hide", "posts/owner:X"), "'hidden' cannot be 'X'"),
        (("posts", "-o", "x.pdf", "--bbox", "1,2,3"), "west,south,east,north"),
        (("posts", "-o", "x.pdf", "--bbox", "1,2,3,4"), "'bbox' cannot be"),
        (("posts", "-o", "x.pdf", "--size", "A5"), "'A5' is not one of"),
        (("posts", "-o", "x.png", "--pixels", "big"), "no size such as 1920x1080"),
        (("posts", "-o", "x.png", "--pixels", "10x10"), "'width' cannot be '10'"),
    ],
)
def test_it_says_what_is_wrong(
    city_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(city_folder, *words)
    assert done.exit_code == 2
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []
