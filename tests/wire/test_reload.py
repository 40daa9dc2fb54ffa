"""SIGHUP: the configuration is read anew, or left alone with a word."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from tests.rig.dovecot import Dovecot
from tests.rig.house import IVAN, House
from tests.rig.smtp import Sink


def wait_for(house: House, words: str) -> None:
    end = time.monotonic() + 15
    while words not in house.log():
        assert time.monotonic() < end, f"the log never said {words!r}:\n{house.log()}"
        time.sleep(0.05)


def test_sighup_takes_over_new_contacts_and_a_new_mailbox(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> None:
    house = House(tmp_path, dovecot, sink)
    house.start()
    wait_for(house, "watching support, complaints")
    clients = house.folder / "clients.toml"
    clients.write_text(clients.read_text().replace("john.smith@beta.example", "jane.smith@beta.example"))
    text = house.config.read_text().replace('name = "complaints"', 'name = "claims"\nstaff_group = "complaints"')
    house.config.write_text(text)

    assert house._daemon is not None
    house._daemon.send_signal(signal.SIGHUP)
    wait_for(house, "watching support, claims")
    house.write("jane.smith@beta.example", "Hello", "I am new here.")

    assert house.wait_letter("jane.smith@beta.example", "registered")
    assert house.stop() == 0


def test_a_bad_file_leaves_what_is_in_force_and_says_where(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> None:
    house = House(tmp_path, dovecot, sink)
    house.start()
    wait_for(house, "watching support, complaints")
    house.config.write_text(house.config.read_text() + "\n[desq]\n")

    assert house._daemon is not None
    house._daemon.send_signal(signal.SIGHUP)
    wait_for(house, "what was in force stays")
    house.write(IVAN, "Портал", "Не открывается.")

    assert "desq" in house.log()
    assert house.wait_letter(IVAN, "registered")
    assert house.stop() == 0
