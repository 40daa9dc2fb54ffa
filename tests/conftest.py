"""Servers that many tests share. Each is real; a missing one fails the test and says how to install it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rig.dovecot import Dovecot
from tests.rig.smtp import Sink


@pytest.fixture(scope="session")
def dovecot_server() -> Iterator[Dovecot]:
    """One server for the whole run; tests ask for `dovecot`."""
    server = Dovecot()
    yield server
    server.close()


@pytest.fixture
def dovecot(dovecot_server: Dovecot) -> Dovecot:
    """The shared server, running whatever a test before did to it; take users from `new_user()`."""
    dovecot_server.start()
    return dovecot_server


@pytest.fixture
def sink() -> Iterator[Sink]:
    """An SMTP server of the test's own."""
    server = Sink().start()
    yield server
    server.stop()
