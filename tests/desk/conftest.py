"""A desk in hand, on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mailgate.store.database import Database
from tests.rig.hand import DeskInHand
from tests.rig.house import IVAN, ROOT, VOLHA

CONFIG = ROOT / "config"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The example configuration, to be changed by a test."""
    folder = tmp_path / "config"
    shutil.copytree(CONFIG, folder)
    return folder / "mailgate.toml"


@pytest.fixture
def hand(config: Path, database: Database) -> DeskInHand:
    """The desk of the example configuration, on a new database of each kind."""
    return DeskInHand(config, database)


@pytest.fixture
def shared(hand: DeskInHand) -> DeskInHand:
    """Ivan's request was registered on Monday, 23.11.2026 at 10:05; Volha, who reads Belarusian, takes part in it."""
    hand.write(IVAN, "Не открывается портал", "С утра.", headers=[("Cc", VOLHA)])
    return hand
