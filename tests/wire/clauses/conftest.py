"""A desk whose clock the test sets: it is Monday, 23.11.2026 10:05 in Minsk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig.dovecot import Dovecot
from tests.rig.play import MONDAY, Play
from tests.rig.smtp import Sink


@pytest.fixture
def play(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> Iterator[Play]:
    """The desk of the example configuration, on real servers."""
    desk = Play(tmp_path, dovecot, sink)
    desk.at(MONDAY)
    yield desk
    desk.close()
