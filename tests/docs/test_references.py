"""The references say what the models and tables say, and a setting or a command without words does not pass."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from types import ModuleType

import pytest

from mailgate.rules.command_table import COMMANDS
from mailgate.rules.terms import Term, parse_term
from scripts import command_line, commands, configuration
from scripts.configuration import Setting

SETTINGS = configuration.settings()
EXAMPLES = (configuration.ROOT / "config").glob("*.toml")
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("script", [configuration, commands, command_line], ids=lambda script: script.__name__)
def test_the_page_is_what_the_script_writes(script: ModuleType):
    written = script.PAGE.read_text(encoding="utf-8")

    assert written == script.page(), f"run {script.__name__.replace('.', '/')}.py"


@pytest.mark.parametrize(("table", "setting"), SETTINGS, ids=lambda each: getattr(each, "key", each))
def test_every_setting_has_words(table: str, setting: Setting):
    assert setting.means, f"{setting.key} of {table} has no docstring"
    assert setting.written, f"{setting.key} of {table} does not say what is written there"


def test_every_setting_stands_in_the_examples():
    text = "\n".join(path.read_text(encoding="utf-8") for path in EXAMPLES)

    missing = [f"{table} {setting.key}" for table, setting in SETTINGS if not re.search(rf"\b{setting.key}\b", text)]

    assert missing == []


def test_every_term_of_the_commands_page_is_one():
    written = re.findall(r"`([^`]+)`", commands._TERMS)

    assert written
    assert all(isinstance(parse_term(each, NOW, UTC), Term) for each in written)


def test_every_command_stands_on_its_page_in_three_languages():
    page = commands.page()

    assert [form for row in COMMANDS for form in map(row.form, commands.COLUMNS) if f"| `{form}` |" not in page] == []
