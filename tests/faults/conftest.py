"""The faults: short in the everyday run, at their full counts with `--full`, which writes docs/reliability.md."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults import table
from tests.faults.kit import Count, FaultyHouse
from tests.rig.dovecot import Dovecot
from tests.rig.postgres import Postgres
from tests.rig.proxy import Proxy
from tests.rig.smtp import Sink

FULL_TIMEOUT = 3 * 3600
HERE = Path(__file__).parent
Runs = Callable[[int, int], int]
Figures = Callable[..., None]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The full counts take longer than a test usually may."""
    if config.getoption("--full"):
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(pytest.mark.timeout(FULL_TIMEOUT))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The table, from whichever process the figures come."""
    reports = [one for how in ("passed", "failed") for one in terminalreporter.stats.get(how, ())]
    rows = [table.row(value, one) for one in reports for name, value in one.user_properties if name == "figures"]
    share = config.getoption("--full")
    if share and rows:
        table.write(rows, ("pytest", *config.invocation_params.args), share)
    for row in sorted(rows, key=table.order):
        terminalreporter.write_line(" · ".join(str(part) for part in row.values() if part != ""))


@pytest.fixture
def is_full(pytestconfig: pytest.Config) -> bool:
    """At the full counts?"""
    return bool(pytestconfig.getoption("--full"))


@pytest.fixture
def runs(pytestconfig: pytest.Config) -> Runs:
    """`runs(short, full)`: how often to do it; `--full=20` is a fifth of the full count, never less than the short."""
    share = pytestconfig.getoption("--full")
    return lambda short, full: max(short, full * share // 100) if share else short


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """`figures("R1", "SIGKILL …", found, runs=…, result=…)`: a row of the table, with what was counted and no more."""
    start = time.monotonic()

    def keep(fault: str, injected: str, found: Count | None = None, *, runs: int = 1, **counted: Any) -> None:
        row: dict[str, Any] = {"fault": fault, "injected": injected, "runs": runs}
        row |= {"lost": "", "duplicates": "", "copies": "", "result": ""}
        if found is not None:
            row |= {"lost": found.lost, "duplicates": found.duplicates, "copies": found.second_copies}
        request.node.user_properties.append(("figures", row | counted | {"seconds": round(time.monotonic() - start)}))

    return keep


@pytest.fixture
def house(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Iterator[FaultyHouse]:
    """The desk on SQLite."""
    house = FaultyHouse(tmp_path, dovecot, sink)
    yield house
    house.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def both(request: pytest.FixtureRequest, tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Iterator[FaultyHouse]:
    """The desk on each of the two databases."""
    url = request.getfixturevalue("postgres").new_database() if request.param == "postgresql" else None
    house = FaultyHouse(tmp_path, dovecot, sink, url)
    yield house
    house.close()


@pytest.fixture
def shared(tmp_path: Path, postgres: Postgres, dovecot: Dovecot, sink: Sink) -> Iterator[FaultyHouse]:
    """The desk on PostgreSQL."""
    house = FaultyHouse(tmp_path, dovecot, sink, postgres.new_database())
    yield house
    house.close()


@pytest.fixture
def cable(dovecot: Dovecot) -> Iterator[Proxy]:
    """What lies between the daemon and its mail server, for `FaultyHouse.through`."""
    between = Proxy(dovecot.port)
    yield between
    between.close()
