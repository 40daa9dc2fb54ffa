"""The pages as they are read in the repository: no link leads nowhere, and the README names every command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts import command_line
from tests.test_house import MAY_USE

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md")) + sorted(ROOT.glob("*.md"))
_LINK = re.compile(r'\]\((?!https?:|mailto:)([^)\s]+)\)|src="([^"]+)"')
_CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def text_of(page: Path) -> str:
    """A page without its blocks of code."""
    return _CODE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    bare = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(text_of(page)))
    return {heading.strip().replace(" ", "-") for heading in bare}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path):
    for link in (first or second for first, second in _LINK.findall(text_of(page))):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), f"{page.name}: {link}"
        assert not anchor or anchor in anchors(target), f"{page.name}: {link}"


def test_the_readme_names_every_command():
    readme = text_of(ROOT / "README.md")
    table = readme[readme.index("## Commands") :]

    missing = [words for words in command_line.commands() if not re.search(words_in(words), table, re.MULTILINE)]

    assert missing == []


def test_the_architecture_says_who_imports_whom():
    rows = re.findall(r"^\| `(\w+)` \| ([^|;]+)", text_of(ROOT / "docs" / "architecture.md"), re.MULTILINE)

    assert {room: set(re.findall(r"`(\w+)`", used)) | {room} for room, used in rows} == MAY_USE


def test_each_decision_stands_once_and_what_proves_it_is_there():
    page = text_of(ROOT / "docs" / "decisions.md")
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    tests = {name for source in sources for name in re.findall(r"^\s*(?:async )?def (test_\w+)", source, re.MULTILINE)}
    headings = _HEADING.findall(page)
    named = re.findall(r"`(test_\w+)`", page)

    assert len(headings) == len(set(headings))
    assert named
    assert [name for name in named if name not in tests] == []
    assert [path for path in re.findall(r"`(tests/[\w/.]+)`", page) if not (ROOT / path).exists()] == []


def words_in(words: str) -> str:
    """A pattern for a command in a row of the table, where a row may name several of one group."""
    group, _, name = words.rpartition(" ")
    return rf"^\| `{group}\b[^|]*`{name}\b|^\| `{words}\b" if group else rf"^\| `{words}\b"
