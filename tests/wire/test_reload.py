"""Changed files and SIGHUP: the configuration is read anew, or left alone with a word to the log, systemd and staff."""

from __future__ import annotations

import signal
import socket
import time
from pathlib import Path

from tests.rig.dovecot import PASSWORD, Dovecot
from tests.rig.house import ANNA, COMPLAINTS, IVAN, House
from tests.rig.play import words
from tests.rig.smtp import Sink

LOOKS_OFTEN = "import mailgate.daemon.reloading\nmailgate.daemon.reloading.LOOK_EVERY = 0.2"
LOOKS_SELDOM = "import mailgate.daemon.reloading\nmailgate.daemon.reloading.LOOK_EVERY = 3600.0"


def wait_for(house: House, words: str, times: int = 1) -> None:
    end = time.monotonic() + 30
    while house.log().count(words) < times:
        assert time.monotonic() < end, f"the log never said {words!r}:\n{house.log()}"
        time.sleep(0.05)


def test_sighup_takes_over_new_contacts_and_a_new_mailbox(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> None:
    house = House(tmp_path, dovecot, sink)
    house.start(LOOKS_SELDOM)
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


def test_a_bad_file_is_told_to_the_log_to_systemd_and_to_staff_and_so_is_the_good_one(
    tmp_path: Path, dovecot: Dovecot, sink: Sink, supervisor: socket.socket
) -> None:
    house = House(tmp_path, dovecot, sink)
    good = house.config.read_text()
    house.start(LOOKS_OFTEN)
    wait_for(house, "watching support, complaints")

    house.config.write_text(good + "\n[desq]\n")
    wait_for(house, "what was in force stays")
    told = house.wait_letter(ANNA, "staff_configuration", timeout=30)
    house.write(IVAN, "Портал", "Не открывается.")
    assert house.wait_letter(IVAN, "registered", timeout=30)
    heard = [supervisor.recv(1000).decode() for _ in range(3)]

    assert "desq" in house.log()
    assert "desq" in told.text
    assert heard[:2] == ["READY=1", "STATUS=watching support, complaints"]
    assert heard[2].startswith(f"STATUS=the new configuration is not used: {house.config}")
    house.config.write_text(good)
    wait_for(house, "the configuration was read anew")
    sink.wait_for(
        lambda each: ANNA in each.recipients and (each.raw != told.raw and b"staff_configuration" in each.raw), 30
    )
    assert "исправлена" in words(house.letters(ANNA, "staff_configuration")[-1])
    assert supervisor.recv(1000) == b"STATUS=watching support, complaints"
    assert house.stop() == 0
    assert supervisor.recv(1000) == b"STOPPING=1"


def test_a_password_that_was_put_right_is_tried_at_once(
    tmp_path: Path, dovecot: Dovecot, sink: Sink, supervisor: socket.socket
) -> None:
    """R14's pause of minutes is for a password that stays wrong; until then `systemctl status` says what is wrong."""
    house = House(tmp_path, dovecot, sink)
    password = house.folder / "complaints.password"
    password.write_text("wrong")
    before, box, after = house.config.read_text().rpartition('name = "complaints"')
    house.config.write_text(
        before + box + after.replace(f'password = "{PASSWORD}"', f'password_file = "{password.name}"')
    )
    house.start(LOOKS_OFTEN)
    wait_for(house, "was refused")
    heard = [supervisor.recv(1000).decode() for _ in range(3)]
    assert heard[2].startswith("STATUS=watching support, complaints; mailbox complaints: ")
    assert "was refused" in heard[2]

    password.write_text(PASSWORD)
    house.write(IVAN, "Жалоба", "Долго не отвечаете.", to=COMPLAINTS)

    assert house.wait_letter(IVAN, "complaint_registered", timeout=30)
    assert supervisor.recv(1000) == b"STATUS=watching support, complaints"
    assert house.stop() == 0
