"""`run` as a service manager sees it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from mailgate.daemon.supervisor import tell
from tests.rig.dovecot import Dovecot
from tests.rig.house import COMPLAINTS, IVAN, House
from tests.rig.smtp import Sink


def test_the_supervisor_hears_when_everything_stands(
    tmp_path: Path, dovecot: Dovecot, sink: Sink, supervisor: socket.socket
) -> None:
    house = House(tmp_path, dovecot, sink)
    house.start()

    with supervisor:
        assert supervisor.recv(100) == b"READY=1"
    house.write(IVAN, "Портал", "С утра.")
    house.wait_letter(IVAN, "registered")
    assert house.stop() == 0


def test_3_9_the_holidays_are_read_before_any_mail(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> None:
    """The first complaint would else read them in its transaction."""
    house = House(tmp_path, dovecot, sink)
    house.start(
        "import sys\n"
        "from mailgate.daemon import watcher\n"
        "from mailgate.rules import calendar\n"
        "calendar._decreed.cache_clear()\n"
        "run = watcher.Watcher.run\n"
        "def told(self):\n"
        "    sys.stderr.write(f'years: {calendar._decreed.cache_info().currsize}\\n')\n"
        "    run(self)\n"
        "watcher.Watcher.run = told\n"
    )
    house.write(IVAN, "Портал", "С утра.")
    house.wait_letter(IVAN, "registered")

    assert house.stop() == 0
    said = (house.folder / "daemon.log").read_text()
    assert said.count("years:") == said.count("years: 1") == 2


def test_a_supervisor_in_the_abstract_namespace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    name = f"mailgate-{tmp_path.name}"
    monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0" + name)
        tell("READY=1")
        assert listener.recv(100) == b"READY=1"


def test_without_a_supervisor_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)

    tell("READY=1")


def test_once_prints_one_line_of_counts(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> None:
    house = House(tmp_path, dovecot, sink)
    house.write(IVAN, "Портал", "С утра.")

    assert house.run_once() == "taken 1, terms ended 0, notices sent 3, not sent 0\n"


def test_once_names_a_mailbox_that_could_not_be_read_and_serves_the_others(
    tmp_path: Path, dovecot: Dovecot, sink: Sink
) -> None:
    house = House(tmp_path, dovecot, sink)
    dovecot.set_password(house.users[COMPLAINTS], "changed")
    house.write(IVAN, "Портал", "С утра.")

    printed = house.cli("run", "--once", expect=1)

    assert "taken 1, " in printed
    assert "mailgate: mailbox complaints: " in printed
    assert f'"{house.users[COMPLAINTS]}" was refused' in printed
    assert len(house.letters(IVAN, "registered")) == 1
