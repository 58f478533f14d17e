"""The documents tell the truth: links lead somewhere, words are translated, and the code knows no particular city."""

from __future__ import annotations

import ast
import re
import tokenize
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from geoservice.catalog.manifest import LayerManifest
from geoservice.catalog.region import NamedQuestion, Region, ZoneSystem
from geoservice.i18n import LANGUAGES, LOCALE_DIR, gettext
from geoservice.vocabulary import Access, Case, Status

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
PYTHON = sorted((ROOT / "geoservice").rglob("*.py"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_within_the_project_leads_to_a_file(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://")):
            assert (document.parent / target).exists(), target


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_python_knows_a_particular_city(path: Path) -> None:
    """No code of Hong Kong's grid, no count of its zones, no kind of zone by name: they come from the region."""
    with path.open("rb") as file:
        tokens = [
            t.string
            for t in tokenize.tokenize(file.readline)
            if t.type in (tokenize.NUMBER, tokenize.NAME, tokenize.STRING)
        ]
    strings = [n.value for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Constant)]
    texts = [s for s in strings if isinstance(s, str)]
    assert not [t for t in tokens if t in ("2326", "18") or re.search(r"(?i)district|hong.?kong|hk1?980", t)]
    assert not [t for t in texts if re.search(r"(?i)\bdistrict|hong kong|2326|hk1?980", t)]


def test_the_page_says_everything_in_chinese_too() -> None:
    extracted = {
        message if isinstance(message, str) else message[0]
        for _, _, message, _, _ in extract_from_dir(
            ROOT / "geoservice",
            method_map=[("**/templates/*.html", "jinja2"), ("**.py", "python")],
            keywords={"_": None, "words": None, "say": None, "message": None, "gettext": (2,)},
        )
    }
    with (LOCALE_DIR / "zh-Hant" / "messages.po").open("rb") as file:
        catalogue = read_po(file)
    vocabulary = {str(word).replace("_", " ") for words in (Status, Access, Case) for word in words}
    needed = extracted | vocabulary | {"error", "warning"}
    translated = {message.id for message in catalogue if message.id and message.string and not message.fuzzy}
    assert needed - translated == set()
    assert translated - needed == set()


def test_translations_keep_the_places_for_values() -> None:
    with (LOCALE_DIR / "zh-Hant" / "messages.po").open("rb") as file:
        for message in read_po(file):
            if message.id:
                places = [sorted(re.findall(r"%\(\w+\)s", str(text))) for text in (message.id, message.string)]
                assert places[0] == places[1], message.id


def test_messages_are_translated_with_their_values() -> None:
    assert gettext("zh", "Reach: %(range)s m, an assumption", range="1,000") == "服務距離：1,000 米（假設）"
    assert gettext("en", "Reach: %(range)s m, an assumption", range="1,000") == "Reach: 1,000 m, an assumption"
    assert set(LANGUAGES) == {"en", "zh"}


@pytest.mark.parametrize("model", [LayerManifest, Region, NamedQuestion, ZoneSystem], ids=lambda m: m.__name__)
def test_every_field_of_the_layers_is_documented(model: type) -> None:
    text = (ROOT / "docs" / "layers.md").read_text(encoding="utf-8")
    fields = model.model_fields  # type: ignore[attr-defined]
    written = [field.alias or name for name, field in fields.items()]
    assert [name for name in written if f"`{name}`" not in text] == []


def test_every_room_of_the_house_is_on_its_map() -> None:
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for path in (ROOT / "geoservice").iterdir():
        name = path.name if path.is_file() else f"{path.name}/"
        if path.suffix in (".py", "") and not name.startswith("_"):
            assert name in text, name


def test_every_code_of_a_problem_is_documented() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "geoservice" / "catalog").glob("*.py"))
    codes = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', source)) - {"utf-8", "utf-16", "utf-8-sig", "utf-16-le"}
    text = (ROOT / "docs" / "layers.md").read_text(encoding="utf-8")
    assert sorted(code for code in codes if f"`{code}`" not in text) == []
