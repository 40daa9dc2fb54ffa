"""`render`: a look at a template."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailgate.cli import main
from tests.cli.conftest import CommandLine, replaced


def test_a_notice_is_shown_as_it_would_be_sent(cli: CommandLine) -> None:
    shown = cli("render", "registered")

    assert shown.startswith("Subject: [SD-2026-000042] ")
    assert "SD-2026-000042" in shown.partition("\n\n")[2]


@pytest.mark.parametrize(("language", "word"), [("ru", "запрос"), ("be", "запыт"), ("en", "request")])
def test_in_every_language_and_as_html(cli: CommandLine, language: str, word: str) -> None:
    assert word in cli("render", "registered", "--language", language)
    assert cli("render", "registered", "--language", language, "--html").lstrip().lower().startswith("<!doctype html")


def test_names_that_do_not_exist_are_answered_with_those_that_do(cli: CommandLine) -> None:
    assert "staff_queue" in cli.error("render", "registred", expect=2)
    assert "ru, be, en" in cli.error("render", "registered", "--language", "de", expect=2)


def test_a_template_of_the_admin_s_comes_first_and_its_mistakes_are_named(cli: CommandLine) -> None:
    replaced(cli.config, '# templates = "../templates" ', 'templates = "../own"')
    own = cli.config.parents[1] / "own" / "en" / "registered.subject.j2"
    own.parent.mkdir(parents=True)
    own.write_text("We have it: {{ request.subject }}")
    assert cli("render", "registered", "--language", "en").startswith("Subject: [SD-2026-000042] We have it: ")

    broken = cli.config.parents[1] / "own" / "en" / "closed.txt.j2"
    broken.write_text("Closed\n{% if %}\n")
    assert cli.error("render", "closed", "--language", "en", expect=1).startswith(f"{broken}:2: ")


def test_it_needs_no_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MAILGATE_CONFIG", raising=False)

    assert main(["render", "completed", "--language", "be"]) == 0
    assert "SD-2026-000042" in capsys.readouterr().out
