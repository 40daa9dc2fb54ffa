"""A whole desk of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig.dovecot import Dovecot
from tests.rig.house import House
from tests.rig.smtp import Sink


@pytest.fixture
def house(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Iterator[House]:
    """A desk on SQLite; a daemon that a test leaves running is ended."""
    desk = House(tmp_path, dovecot, sink)
    yield desk
    desk.close()
