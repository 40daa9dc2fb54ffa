"""How the notices are set: every one in every language on every sample, in text and in HTML."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from jinja2 import Environment, nodes

from mailgate.assets import templates as stock
from mailgate.outbox.compose import Draft, environment, html_of, subject_of, text_of
from mailgate.outbox.samples import NAMES
from mailgate.outbox.variants import variants
from mailgate.rules.vocabulary import Language
from tests.rig import belarusian

TEMPLATES = environment(stock(), zone=ZoneInfo("Europe/Minsk"))
EVERY = [(name, str(language)) for name in NAMES for language in Language]
CYRILLIC = "[А-Яа-яЁёІіЎў]"
UNITS = "КБ|МБ|байт\\w*|bytes?|KB|MB|г\\.|ч|мин|гадз|хв|день|дня|дней|дзень|дні|дзён|days?|h|min|запрос\\w*|запыт\\w*"
SINS = {
    "straight quotes": rf"\"{CYRILLIC}|{CYRILLIC}\"",
    "a hyphen for a dash": r"\w - \w",
    "two hyphens for a dash": r"\w -- \w",
    "three dots for an ellipsis": r"\w\.\.\.",
    "a space before a sign": r"\w [,.;:!?](?:\s|$)",
    "a lower «вы»": r"\b(?<![.@])(?:вы|вас|вам|вами|ваш|ваша|ваше|ваши|вашу|вашей|вашего|вашему|вашым|вашай)\b",
    "an exclamation mark": rf"{CYRILLIC}!|[a-z]!(?:\s|$)",
    "a value that leaked": r"\bNone\b|\bUndefined\b|\bTrue\b|\bFalse\b|\[\]|\{\}|\{\{|\}\}|<built-in|&(?:amp|quot|lt);",
    "a word of the program": r"успешно|операци[яю]|паспяхова|аперацы[яю]|successfully|\boperation\b",
}
FOREIGN = {"ru": "[ІіЎў]", "be": "[ИиЩщЪъ]", "en": CYRILLIC}


@pytest.fixture(scope="module", params=EVERY, ids=lambda each: "/".join(each[::-1]))
def drafts(request: pytest.FixtureRequest) -> list[Draft]:
    """A notice in one language, with all its facts."""
    return list(variants(*request.param))


def test_nothing_is_set_badly(drafts: list[Draft]) -> None:
    for draft in drafts:
        for words in _ours(draft):
            for sin, pattern in SINS.items():
                found = re.search(pattern, words)
                assert found is None, f"{sin}: …{words[max(0, found.start() - 40) : found.end() + 20]}…"


def test_no_two_spaces_stand_together(drafts: list[Draft]) -> None:
    for draft in drafts:
        for line in _shown(html_of(draft, TEMPLATES), keep=True).splitlines():
            words = re.sub(r"^\d.*?\d\d:\d\d  |^ +", "", line)  # a moment of the history stands apart
            assert "  " not in words, line


def test_quotes_are_balanced(drafts: list[Draft]) -> None:
    for draft in drafts:
        for words in _ours(draft):
            assert words.count("«") == words.count("»"), words
            assert words.count("“") == words.count("”"), words
            assert words.count("(") == words.count(")"), words


def test_no_letter_of_another_language(drafts: list[Draft]) -> None:
    for draft in drafts:
        for words in _ours(draft):
            found = re.search(FOREIGN[draft.language], words.replace("экран.png", ""))
            assert found is None, words[max(0, found.start() - 30) : found.end() + 30]


def test_belarusian_is_written_as_the_state_writes_it(drafts: list[Draft]) -> None:
    for draft in drafts:
        assert draft.language != "be" or not [each for words in _ours(draft) for each in belarusian.sins(words)]


def test_a_number_is_never_parted_from_its_unit(drafts: list[Draft]) -> None:
    for draft in drafts:
        found = re.search(rf"\d (?:{UNITS})(?!\w)|\bп\. \d|№ \d", _shown(html_of(draft, TEMPLATES), keep=True))
        assert found is None or found[0] in _said(draft), found


def test_our_own_lines_are_at_most_72_columns(drafts: list[Draft]) -> None:
    for draft in drafts:
        said = _said(draft)
        for line in text_of(draft, TEMPLATES).splitlines():
            own = line.lstrip("> ")
            assert len(line) <= 72 or own.startswith("<mailto:") or own in said, line


def test_no_line_of_the_text_begins_with_a_dash_or_ends_with_a_space(drafts: list[Draft]) -> None:
    for draft in drafts:
        for line in text_of(draft, TEMPLATES).splitlines():
            assert line == "-- " or line == line.rstrip()
            assert not line.startswith("— ") or line.removeprefix("— ") in _said(draft)
        assert "\n\n\n" not in text_of(draft, TEMPLATES)


@pytest.mark.parametrize("language", Language)
def test_every_language_has_the_same_files(language: str) -> None:
    files = {path.name for path in (stock() / language).iterdir()}

    assert files == {path.name for path in (stock() / "ru").iterdir()}
    notices = {f"{name}.{part}.j2" for name in NAMES for part in ("subject", "txt", "html")}
    assert notices == {file for file in files if not file.startswith("_")}


@pytest.mark.parametrize("name", [*NAMES, "_words"])
def test_every_language_says_the_same_facts(name: str) -> None:
    said = {str(language): _named(stock() / language, name) for language in Language}

    assert said["be"] == said["ru"]
    assert said["en"] == said["ru"]


def _ours(draft: Draft) -> list[str]:
    """Subject, text and HTML on one line each, without what a person wrote and without links and addresses."""
    text, shown = text_of(draft, TEMPLATES), _shown(html_of(draft, TEMPLATES))
    words = [subject_of(draft, TEMPLATES), re.sub(r"<mailto:[^>]+>", "", text), shown]
    return [_without_theirs(each, draft) for each in words]


def _without_theirs(words: str, draft: Draft) -> str:
    body = words.replace("\n-- \n", "\n")
    joined = " ".join(re.sub(r"^> ?", "", body, flags=re.MULTILINE).split())
    for theirs in sorted(_said_by_people(draft), key=len, reverse=True):
        joined = joined.replace(" ".join(theirs.split()), "")
    return re.sub(r"  +", " ", joined).strip()


def _said_by_people(draft: Draft) -> list[str]:
    facts, detail = draft.facts, draft.facts["detail"]
    quoted = facts["quoted"]["text"] if facts["quoted"] else ""
    sent = detail["sent"] if isinstance(detail.get("sent"), dict) else {}
    lines = [line["line"] for line in (*detail.get("lines", ()), *detail.get("orders", ()))]
    shown = [each["text"] for each in (detail.get("show") or {}).get("messages", ())]
    found = [facts["text"], quoted, sent.get("text"), detail.get("text"), detail.get("doing"), *lines, *shown]
    return [each for each in found if each and len(each) > 1]


def _said(draft: Draft) -> str:
    """Everything that a fact says, as the lines of a text have it."""
    return "\n".join(_strings(draft.facts))


def _strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [each for inner in value.values() for each in _strings(inner)]
    if isinstance(value, (list, tuple)):
        return [each for inner in value for each in _strings(inner)]
    return [str(value)]


def _shown(html: str, *, keep: bool = False) -> str:
    """The words of an HTML part; with `keep`, its non-breaking spaces as they are."""
    body = re.sub(r"</?(?:strong|a|span|code)\b[^>]*>", "", html.partition("<body>")[2])
    words = unescape(re.sub(r"<[^>]+>", "\n", body))
    return words if keep else words.replace("\u00a0", " ")


def _named(folder: Path, name: str) -> set[str]:
    """Every fact that the templates of one notice name."""
    names: set[str] = set()
    for path in folder.glob(f"{name}.*j2"):
        tree = Environment().parse(path.read_text(encoding="utf-8"))
        for node in tree.find_all(nodes.Getattr):
            dotted, inner = [node.attr], node.node
            while isinstance(inner, nodes.Getattr):
                dotted, inner = [inner.attr, *dotted], inner.node
            if isinstance(inner, nodes.Name) and inner.name not in ("p", "say", "loop", "self"):
                names.add(".".join([inner.name, *dotted]))
    return names
