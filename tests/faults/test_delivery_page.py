"""docs/delivery.md names the test of each of its lines, and each instant at which a daemon is killed."""

from __future__ import annotations

import re

from tests.faults.instants import INSTANTS
from tests.rig.house import ROOT

PAGE = (ROOT / "docs" / "delivery.md").read_text()
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)


def test_every_test_that_the_page_names_exists() -> None:
    missing = [f"{file}::{name}" for file, name in NAMED if f"def {name}(" not in (ROOT / file).read_text()]

    assert NAMED
    assert missing == []


def test_every_line_of_a_table_of_states_or_faults_names_its_test() -> None:
    lines = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| the process dies")]
    of_crashes = [line for line in lines if line.count("|") == 4]

    assert [
        line for line in lines if "tests/" not in line and line not in of_crashes and not line.endswith("| |")
    ] == []


def test_every_instant_stands_on_the_page() -> None:
    assert [instant for instant in INSTANTS if f"`{instant}`" not in PAGE] == []
