"""Templates of an admin's: one file changes one notice in one language, and what is wrong with it is named."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine, replaced
from tests.rig.house import ROOT

LETTER = '{% extends "_letter.j2" %}\n'


@pytest.fixture
def own(cli: CommandLine) -> Path:
    """The folder of an admin's templates, named in the configuration."""
    replaced(cli.config, '# templates = "../templates" ', 'templates = "../own"')
    folder = cli.config.parents[1] / "own"
    (folder / "ru").mkdir(parents=True)
    return folder


def wrong(cli: CommandLine) -> dict[str, str]:
    """What `check` finds wrong with the templates."""
    found = cli.json("check", "--offline", expect=2)
    return {each["what"]: each["problem"] for each in found if not each["ok"]}


def test_the_subject_alone_is_changed_by_its_file_alone(cli: CommandLine, own: Path) -> None:
    (own / "ru" / "started.subject.j2").write_text("Взялись: {{ request.subject }}")

    after = cli("render", "started")

    assert after.startswith("Subject: [SD-2026-000042] Взялись: ")
    assert after.partition("\n\n")[2].startswith("Мы начали работу")
    assert cli.said.splitlines()[0] == f"from {own / 'ru' / 'started.subject.j2'}"
    assert cli.said.splitlines()[1].endswith("/templates/ru/started.txt.j2")
    assert "Взялись" not in cli("render", "started", "--language", "be")


def test_the_text_is_changed_in_both_parts_by_one_file(cli: CommandLine, own: Path) -> None:
    words = '{% block lead %}Взялись за {{ number }}, {{ say.person("Я", "a@b.example") }}.{% endblock %}'
    (own / "ru" / "started.txt.j2").write_text(LETTER + words)

    assert "Взялись за SD-2026-000042, Я, a@b.example." in cli("render", "started")
    assert "Взялись за" in cli("render", "started", "--html")
    assert cli.said.splitlines()[1] == f"from {own / 'ru' / 'started.txt.j2'}"


def test_the_html_alone_is_changed_by_its_file_alone(cli: CommandLine, own: Path) -> None:
    (own / "ru" / "started.html.j2").write_text(
        '{% extends "ru/started.txt.j2" %}{% block words %}Красота.{% endblock %}'
    )

    assert "Красота." in cli("render", "started", "--html")
    assert "Красота." not in cli("render", "started")


def test_one_block_of_the_built_in_template_is_changed_and_the_rest_follows_upgrades(
    cli: CommandLine, own: Path
) -> None:
    words = '{% extends "built-in/ru/completed.txt.j2" %}{% block lead %}Готово: {{ number }}.{% endblock %}'
    (own / "ru" / "completed.txt.j2").write_text(words)

    shown = cli("render", "completed")

    assert "Готово: SD-2026-000042." in shown
    assert "Подтвердите, пожалуйста," in shown


def test_check_finds_nothing_wrong_with_a_good_one(cli: CommandLine, own: Path) -> None:
    (own / "ru" / "started.txt.j2").write_text(
        LETTER + '{% import "_mine.j2" as mine %}{% block lead %}Да.{% endblock %}'
    )
    (own / "_mine.j2").write_text("{% macro hello() %}Привет{% endmacro %}")
    (own / "README.md").write_text("Ours.")

    cli("check", "--offline")


@pytest.mark.parametrize(
    ("name", "template", "line", "fault"),
    [
        ("started.txt.j2", "{% block lead %}\n{% if %}\n", 3, "Expected an expression"),
        ("started.txt.j2", "{% block lead %}\n{{ request.nubmer }}{% endblock %}", 3, "nubmer"),
        ("started.txt.j2", "\n{% block lead %}\n{{ 1 / 0 }}{% endblock %}", 4, "ZeroDivisionError"),
        ("started.txt.j2", "{# kind #}{% extends 'ru/started.txt.j2' %}", 2, 'replaces is "built-in/…"'),
        (
            "rejected.txt.j2",
            "{% block lead %}{% if not detail.no_answer %}\n{{ nubmer }}{% endif %}{% endblock %}",
            3,
            "",
        ),
        ("staff_done.txt.j2", "{% block lead %}{% if detail.help %}\n{{ nubmer }}{% endif %}{% endblock %}", 3, ""),
        ("started.txt.j2", "Работа.{% if request.kind == 'complaints' %}\n{{ nubmer }}{% endif %}", 3, ""),
        ("started.txt.j2", "{# kind #}Работа.{% if author %}\n{{ nubmer }}{% endif %}", 3, ""),
        ("report.txt.j2", "{# kind #}\n{{ detail.complaints.open }}", 3, "None"),
    ],
    ids=[
        "syntax",
        "an unknown fact",
        "a fault",
        "itself",
        "an answer",
        "help",
        "a complaint",
        "words of staff",
        "no complaints",
    ],
)
def test_a_mistake_is_named_with_file_and_line_in_whatever_branch(
    cli: CommandLine, own: Path, name: str, template: str, line: int, fault: str
) -> None:
    (own / "ru" / name).write_text(f"{LETTER if 'kind' not in template else chr(10)}{template}")

    found = wrong(cli)

    assert list(found) == [f"template ru/{name.partition('.')[0]}"]
    (said,) = found.values()
    assert said.startswith(f"{own / 'ru' / name}:{line}: ")
    assert (fault or "nubmer") in said


@pytest.mark.parametrize("kind", ["txt", "html", "subject"])
def test_a_template_that_says_nothing_is_named(cli: CommandLine, own: Path, kind: str) -> None:
    (own / "ru" / f"report.{kind}.j2").write_text("{# later #}\n")

    assert wrong(cli) == {"template ru/report": "a part of the mail would be empty"}


@pytest.mark.parametrize("words", [["run"], ["run", "--once"]])
def test_the_daemon_does_not_start_with_a_template_that_cannot_be_filled_in(
    cli: CommandLine, own: Path, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPPORT_PASSWORD", "secret")
    monkeypatch.setenv("COMPLAINTS_PASSWORD", "secret")
    monkeypatch.setattr("mailgate.daemon.run", lambda *_, **__: pytest.fail("it started"))
    (own / "ru" / "registered.txt.j2").write_text("{{ nubmer }}")

    said = cli.error(*words, expect=2)

    assert said.startswith(f"{own}: template ru/registered: {own / 'ru' / 'registered.txt.j2'}:1: 'nubmer'")


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("ru/registred.txt.j2", "ru/registered.txt.j2"),
        ("ru/staff_nw.subject.j2", "ru/staff_new.subject.j2"),
        ("ru/started.txt", "ru/started.txt.j2"),
        ("started.txt.j2", "started.txt.j2"),
    ],
)
def test_a_file_that_would_never_be_used_is_named_with_the_nearest_right_one(
    cli: CommandLine, own: Path, name: str, nearest: str
) -> None:
    (own / name).write_text("Здравствуйте.")

    (said,) = wrong(cli).values()

    assert nearest in said


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("\n{% block leed %}Да.{% endblock %}", 'line 2: nothing asks for a block "leed", .* did you mean "lead"[?]'),
        ("{% block greeting %}Да.{% endblock %}", "line 1: .* there are: buttons, enclosed, facts, lead, letter, .*"),
        ("\n\nЗдравствуйте!\n", "line 3: what stands outside of the blocks is never used; put it into one: .*"),
        ("{{ number }}", "line 1: what stands outside of the blocks is never used; .*"),
    ],
    ids=["a misspelt block", "a block of another kind", "words", "a fact"],
)
def test_what_a_template_says_where_nothing_asks_for_it_is_named(
    cli: CommandLine, own: Path, template: str, said: str
) -> None:
    file = own / "ru" / "started.txt.j2"
    file.write_text('{% extends "built-in/ru/started.txt.j2" %}' + template)

    assert re.fullmatch(said, wrong(cli)[f"template {file}"])


def test_a_template_that_extends_one_without_blocks_is_named(cli: CommandLine, own: Path) -> None:
    file = own / "ru" / "_words.j2"
    file.write_text('{% extends "built-in/ru/_words.j2" %}{% set request = "Обращение" %}')

    assert "begin with a copy" in wrong(cli)[f"template {file}"]


def test_a_block_within_another_and_one_that_the_template_asks_for_itself_are_used(cli: CommandLine, own: Path) -> None:
    (own / "ru" / "started.txt.j2").write_text(
        '{% extends "built-in/ru/started.txt.j2" %}\n{# Ours. #}\n{% set who = "Мы" %}\n'
        "{% block lead %}{{ who }}{% block ours %}!{% endblock %}{{ self.end() }}{% endblock %}\n"
        "{% block end %}.{% endblock %}\n"
    )

    cli("check", "--offline")


def test_the_built_in_templates_say_nothing_where_nothing_asks_for_it(cli: CommandLine, own: Path) -> None:
    shutil.copytree(ROOT / "templates", own, dirs_exist_ok=True)

    cli("check", "--offline")


def test_a_file_that_is_not_utf_8_is_named(cli: CommandLine, own: Path) -> None:
    file = own / "ru" / "started.txt.j2"
    file.write_bytes("Взялись".encode("cp1251"))

    assert wrong(cli)[f"template {file}"] == "text that is not UTF-8; save the file as UTF-8"


@pytest.mark.parametrize("closed", [".", "ru"])
def test_a_folder_that_may_not_be_looked_into_is_an_error_and_no_reason_for_built_in_ones(
    cli: CommandLine, own: Path, closed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, _: not Path(path).samefile(own / closed))

    said = cli.error("check", "--offline", expect=2)

    assert re.fullmatch(rf'{cli.config}:\d+: templates = "../own": .*/own(/ru)? cannot be read; .* may look into', said)


def test_the_facts_that_a_template_may_name_are_shown(cli: CommandLine) -> None:
    facts = json.loads(cli("render", "closed_is_final", "--facts"))

    assert facts["detail"] == {"new_number": "SD-2026-000043"}
    assert facts["request"]["number"] == "SD-2026-000042"
