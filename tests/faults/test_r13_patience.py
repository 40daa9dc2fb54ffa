"""R12, R13, R14: a mailbox that refuses us is asked ever more seldom, on one connection, and the others go on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise

import pytest

from mailgate.inbox.errors import InboxError, LoginRefused, Pace, Throttled
from tests.faults.conftest import Figures
from tests.faults.kit import FaultyHouse
from tests.rig.scripted import GREETING, ScriptedServer, answers

HURRIED = Pace(0.3, 5)
HURRY = """
from mailgate.inbox.errors import InboxError, LoginRefused, Pace, Throttled
InboxError.pace = Throttled.pace = LoginRefused.pace = Pace(0.3, 5)
"""
WATCHED_FOR, WATCHED_FULL_FOR = 6, 280
"""Seconds; after 300 the census asks each mailbox once by itself."""
EARLY, LATE = 0.2, 1.5
"""Seconds by which a try may seem to come early or late on a busy machine."""
TOO_MANY = b"@tag NO [ALERT] Too many simultaneous connections. (Failure)\r\n"

REFUSALS: dict[str, tuple[str, type[InboxError], bytes, dict[str, bytes | None]]] = {
    "hangs up at login": ("R12", InboxError, GREETING, {"LOGIN": None}),
    "hangs up when it is waited for mail": ("R12", InboxError, GREETING, {"IDLE": None}),
    "refuses to be waited for mail": ("R12", InboxError, GREETING, {"IDLE": b"@tag NO not today\r\n"}),
    "greets with BYE: too many connections": ("R13", Throttled, b"* BYE Too many connections\r\n", {}),
    "says at login: too many simultaneous connections": ("R13", Throttled, GREETING, {"LOGIN": TOO_MANY}),
    "says after login: authenticated but not connected": (
        "R13", Throttled, GREETING, {"SELECT": b"@tag BAD User is authenticated but not connected.\r\n"},
    ),
    "refuses the password": (
        "R14", LoginRefused, GREETING, {"LOGIN": b"@tag NO [AUTHENTICATIONFAILED] Invalid credentials\r\n"},
    ),
}  # fmt: skip


@pytest.fixture
def refusing() -> Iterator[dict[str, ScriptedServer]]:
    """A server for each way to refuse."""
    servers = {how: ScriptedServer(greeting, answers(**said)) for how, (_, _, greeting, said) in REFUSALS.items()}
    yield servers
    for server in servers.values():
        server.close()


def test_r13_a_server_that_refuses_is_asked_ever_more_seldom(
    house: FaultyHouse, refusing: dict[str, ScriptedServer], is_full: bool, figures: Figures
) -> None:
    boxes = [f"box{number}" for number in range(len(refusing))]
    house.configure(
        "".join(
            house.mailbox(name, f"{name}@desk.example").replace(f"port = {house.dovecot.port}", f"port = {server.port}")
            for name, server in zip(boxes, refusing.values(), strict=True)
        )
    )
    house.start("" if is_full else HURRY)
    end = time.monotonic() + (WATCHED_FULL_FOR if is_full else WATCHED_FOR)
    house.submit()
    house.wait_settled()
    time.sleep(max(0.0, end - time.monotonic()))

    for how, server in refusing.items():
        fault, error, *_ = REFUSALS[how]
        tries = [each for each in server.tries if each < end]
        gaps = [late - early for early, late in pairwise(tries)]
        told = ", ".join(f"{gap:.0f}" if is_full else f"{gap:.1f}" for gap in gaps)
        figures(fault, f"a server that {how}", runs=len(tries), result=f"asked again after {told or '—'} s")
        for number, gap in enumerate(gaps):
            pause = pause_after(number, error.pace if is_full else HURRIED)
            assert 0.75 * pause - EARLY <= gap <= pause + LATE, how
        assert tries[-1] + pause_after(len(gaps), error.pace if is_full else HURRIED) + LATE > end, how
        assert server.at_once == 1, how
    assert [house.log().count(f"WARNING mailbox-{name}:") for name in boxes] == [1] * len(boxes), house.log()
    assert house.count().sound


def pause_after(failures: int, pace: Pace) -> float:
    """Seconds at most before the next try."""
    return float(min(pace.cap, pace.first * 2**failures))
