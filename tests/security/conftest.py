"""Attacks on a desk in hand, each with its figures; `--full` writes them into docs/security.md."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mailgate.store.database import Database
from tests.rig.dovecot import Dovecot
from tests.rig.hand import DeskInHand
from tests.rig.house import ROOT, House
from tests.rig.smtp import Sink
from tests.security import table

Figures = Callable[..., None]
Some = Callable[[Iterable[Any]], list[Any]]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The example configuration, to be changed by a test."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    return tmp_path / "config" / "mailgate.toml"


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """Who may do what does not depend on the database: SQLite is the quick one."""
    return sqlite_database


@pytest.fixture
def hand(config: Path, database: Database) -> DeskInHand:
    """The desk of the example configuration."""
    return DeskInHand(config, database)


@pytest.fixture
def house(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Iterator[House]:
    """The desk on real servers, its daemon a process of its own."""
    house = House(tmp_path, dovecot, sink)
    yield house
    house.close()


@pytest.fixture
def some(pytestconfig: pytest.Config) -> Some:
    """`some(cases)`: all of them with `--full`; every day each fifth."""
    step = 1 if pytestconfig.getoption("--full") else 5
    return lambda cases: list(cases)[::step]


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """`figures("S1", "forged From …", sent=…, through=…, limit="0", found="…")`: a row of the table."""

    def keep(attack: str, sent_what: str, *, sent: int, through: int | str, found: str = "") -> None:
        row = {"attack": attack, "what": sent_what, "sent": sent, "through": through, "found": found}
        request.node.user_properties.append(("attack", row))

    return keep


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The table, from whichever process the figures come."""
    passed = terminalreporter.stats.get("passed", ())
    rows = [value for report in passed for name, value in report.user_properties if name == "attack"]
    for row in sorted(rows, key=table.order):
        terminalreporter.write_line(" · ".join(str(part) for part in row.values() if part != ""))
    if rows and config.getoption("--full"):
        table.write(rows)
