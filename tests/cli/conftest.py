"""The command line on the example configuration, called in this process, with a desk in hand behind it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailgate.cli import main
from mailgate.store.database import Database
from tests.rig import sqlite
from tests.rig.hand import DeskInHand
from tests.rig.house import ROOT


class CommandLine:
    """Calls `mailgate --config …`; `said` is what the last call put on stderr."""

    def __init__(self, config: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.config, self._capture = config, capture
        self.said = ""

    def __call__(self, *words: str, expect: int = 0) -> str:
        """What a command prints; it must end with the exit code that is expected, and never with a traceback."""
        self._capture.readouterr()
        code = main(["--config", str(self.config), *words])
        printed, self.said = self._capture.readouterr()
        assert code == expect, f"exit {code}\n{printed}\n{self.said}"
        assert "Traceback" not in self.said
        return printed

    def json(self, *words: str, expect: int = 0) -> Any:
        """The same with --json, read."""
        return json.loads(self(*words, "--json", expect=expect))

    def error(self, *words: str, expect: int) -> str:
        """What a failing command says, on one line, with nothing on stdout."""
        assert self(*words, expect=expect) == ""
        assert self.said.startswith("mailgate: ")
        assert self.said.count("\n") == 1
        return self.said.removeprefix("mailgate: ").rstrip("\n")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The example configuration, to be changed by a test; its database is in a folder beside it."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    return tmp_path / "config" / "mailgate.toml"


@pytest.fixture
def cli(config: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line; without a database until `hand` or the test makes one."""
    return CommandLine(config, capsys)


@pytest.fixture
def hand(config: Path) -> Iterator[DeskInHand]:
    """A desk on the database that the configuration names."""
    file = config.parents[1] / "var" / "mailgate.db"
    sqlite.renew(file)
    database = Database(f"sqlite:///{file}")
    yield DeskInHand(config, database)
    database.dispose()


def replaced(config: Path, old: str, new: str) -> None:
    """Change one place of a configuration file."""
    text = config.read_text()
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {config}"
    config.write_text(text.replace(old, new))
