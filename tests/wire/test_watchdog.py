"""A daemon that works feeds systemd's watchdog; one of whose threads hangs does not, and says which."""

from __future__ import annotations

import json
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.daemon.test_listener import ask
from tests.rig.dovecot import Dovecot, free_port
from tests.rig.house import COMPLAINTS, IVAN, House
from tests.rig.smtp import Sink

STEP, FED_EVERY = 4.0, 0.3
HANGS_AT_POISON = f"""
import threading
import mailgate.daemon.pulse as pulse
import mailgate.daemon.signs as signs
import mailgate.daemon.watcher as watcher
signs.Signs.part.__defaults__ = ({STEP},)
pulse.WRITE_EVERY = 0.5
real = watcher.Watcher._take
def take(self, batch, hold):
    if any(b"poison" in message.raw for message in batch.messages):
        threading.Event().wait()
    return real(self, batch, hold)
watcher.Watcher._take = take
"""


class Systemd:
    """The socket at which a service manager hears of a daemon."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))

    def hears(self, words: str, within: float) -> bool:
        """Does it hear this in so many seconds? What it hears before is forgotten."""
        end = time.monotonic() + within
        while (left := end - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                if self._socket.recv(1000).decode() == words:
                    return True
            except TimeoutError:
                break
        return False


def test_what_hangs_starves_the_watchdog_and_what_works_feeds_it(
    tmp_path: Path, dovecot: Dovecot, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    systemd = Systemd(tmp_path)
    monkeypatch.setenv("NOTIFY_SOCKET", str(systemd.path))
    monkeypatch.setenv("WATCHDOG_USEC", str(int(FED_EVERY * 3 * 1e6)))
    house, port = House(tmp_path, dovecot, sink), free_port()
    house.configure(f'[metrics]\nlisten = "127.0.0.1:{port}"')
    house.start(HANGS_AT_POISON)

    assert systemd.hears("READY=1", 30)
    house.write(IVAN, "Портал", "Не открывается.")
    house.wait_letter(IVAN, "registered", timeout=30)
    for _ in range(int(2 * STEP / FED_EVERY)):
        assert systemd.hears("WATCHDOG=1", 10), "a daemon that works is fed all the time"
    assert ask(port)[0] == 200
    assert house.json("status")["wrong"] == []

    house.write(IVAN, "poison", "poison")
    assert systemd.hears("STATUS=hangs: mailbox support", 30)
    assert not systemd.hears("WATCHDOG=1", 10 * FED_EVERY)

    status, body = ask(port)
    assert status == 503
    assert json.loads(body)["hangs"] == ["mailbox support"]
    assert "no progress: mailbox support" in house.log()
    assert 'mailgate_part_hangs{part="mailbox support"} 1.0' in ask(port, "/metrics")[1]
    told = json.loads(house.cli("status", "--json", expect=1))
    assert any(line.startswith("mailbox support shows no progress") for line in told["wrong"])
    house.write(IVAN, "Жалоба", "Долго.", to=COMPLAINTS)
    assert house.wait_letter(IVAN, "complaint_registered", timeout=30), "the others work on"

    house.stop(signal.SIGABRT)
    assert "Fatal Python error: Aborted" in house.log(), "where it hung"
