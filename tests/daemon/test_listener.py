"""`/healthz` and the door at which it is answered."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial

import pytest

from mailgate.daemon.listener import Listener, Page, health
from mailgate.daemon.signs import Signs
from tests.rig.dovecot import free_port


def ask(port: int, path: str = "/healthz") -> tuple[int, str]:
    """Status and body of a page."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture
def signs() -> Signs:
    """Two parts, both well."""
    found = Signs()
    found.part("mailbox support")
    found.part("outbox")
    return found


@pytest.fixture
def listener(signs: Signs) -> Iterator[Listener]:
    """A door, closed yet."""

    def broken() -> Page:
        raise ValueError("canary")

    door = Listener({"/healthz": partial(health, signs), "/broken": broken})
    yield door
    door.close()


def test_all_is_well(listener: Listener, signs: Signs) -> None:
    port = free_port()
    listener.adjust(("127.0.0.1", port))

    status, body = ask(port)

    assert status == 200
    told = json.loads(body)
    assert (told["ok"], told["hangs"], set(told["parts"])) == (True, [], {"mailbox support", "outbox"})


def test_what_hangs_is_named(listener: Listener, signs: Signs, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    listener.adjust(("127.0.0.1", port))
    later = time.monotonic() + 3_600
    monkeypatch.setattr("mailgate.daemon.signs.time.monotonic", lambda: later)
    signs.part("outbox")

    status, body = ask(port)

    assert status == 503
    assert json.loads(body)["hangs"] == ["mailbox support"]


def test_other_pages_and_broken_ones(listener: Listener) -> None:
    port = free_port()
    listener.adjust(("127.0.0.1", port))

    assert ask(port, "/")[0] == 404
    assert ask(port, "/broken")[0] == 500
    assert "canary" not in ask(port, "/broken")[1]
    assert ask(port, "/healthz?verbose")[0] == 200


def test_it_moves_to_another_place_and_away(listener: Listener) -> None:
    first, second = free_port(), free_port()
    listener.adjust(("127.0.0.1", first))

    listener.adjust(("127.0.0.1", second))
    assert ask(second)[0] == 200
    with pytest.raises(OSError, match="refused"):
        ask(first)

    listener.adjust(None)
    with pytest.raises(OSError, match="refused"):
        ask(second)


def test_a_place_that_is_taken_leaves_the_old_one_open(listener: Listener) -> None:
    port = free_port()
    listener.adjust(("127.0.0.1", port))

    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(OSError, match=rf"127.0.0.1:{taken} cannot be used"):
            listener.adjust(("127.0.0.1", taken))

    assert ask(port)[0] == 200


def test_nobody_holds_the_door_by_saying_nothing(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailgate.daemon.listener._Answer.timeout", 0.2)
    port = free_port()
    listener.adjust(("127.0.0.1", port))

    with socket.create_connection(("127.0.0.1", port)) as silent:
        assert ask(port)[0] == 200
        silent.settimeout(10)
        assert silent.recv(100) == b""
