"""A desk in hand, on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mailgate.store.database import Database
from tests.rig.hand import DeskInHand
from tests.rig.house import ROOT

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
