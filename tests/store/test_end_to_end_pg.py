"""The real daemon on PostgreSQL, alone and as one of two."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig.dovecot import Dovecot
from tests.rig.house import ANNA, IVAN, SERGEY, VOLHA, House
from tests.rig.postgres import Postgres
from tests.rig.smtp import Sink
from tests.rig.warm import Forked

MAILS = 20


@pytest.fixture
def house(tmp_path: Path, dovecot: Dovecot, sink: Sink, postgres: Postgres) -> Iterator[House]:
    """A desk on a PostgreSQL without a schema; what staff write goes out at once."""
    desk = House(tmp_path, dovecot, sink, postgres.new_database(migrated=False))
    desk.configure('[outbox]\nhold = "0s"')
    yield desk
    desk.close()


@pytest.fixture
def another(house: House) -> Iterator[Forked]:
    """A daemon on the same desk, beside the one that the test starts."""
    process = house.start()
    yield process
    process.send_signal(signal.SIGKILL)
    process.wait(10)


def test_3_3_4_5_a_mail_and_its_answer_pass_through_postgresql(house: House) -> None:
    house.start()
    house.write(IVAN, "Не открывается портал", "Портал не открывается с утра 👩‍💻.")

    registered = house.wait_letter(IVAN, "registered")
    house.answer(house.wait_letter(ANNA, "staff_new"), "Проверяем, что с порталом.")
    started = house.wait_letter(IVAN, "started")

    assert "Проверяем, что с порталом." in started.text
    (request,) = house.requests()
    assert (request["status"], request["number"]) == ("in_progress", registered["X-Mailgate-Request"])
    assert house.show(request["number"])["messages"][0]["text"].strip() == "Портал не открывается с утра 👩‍💻."
    assert house.cli("db", "check").strip() == "sound"
    assert house.stop() == 0, house.log()


def test_two_daemons_share_one_database_and_send_nothing_twice(house: House, another: Forked) -> None:
    house.start()
    senders = [(IVAN, VOLHA)[number % 2] for number in range(MAILS)]
    for number, sender in enumerate(senders):
        house.write(sender, f"Вопрос {number}", f"Это вопрос {number}.")
        time.sleep(0.05)

    house.sink.wait_count(3 * MAILS, timeout=60)
    another.send_signal(signal.SIGTERM)
    codes = (another.wait(20), house.stop())

    letters = house.letters()
    assert Counter((letter.name, letter.to) for letter in letters) == Counter(
        [("registered", sender) for sender in senders] + [("staff_new", staff) for staff in (ANNA, SERGEY) * MAILS]
    )
    assert len({letter["Message-ID"] for letter in letters}) == 3 * MAILS
    year = letters[0]["X-Mailgate-Request"][:8]
    assert sorted(request["number"] for request in house.requests()) == [f"{year}{n:06}" for n in range(1, MAILS + 1)]
    assert house.json("census")["taken"] == MAILS
    assert codes == (0, 0), house.log()
    assert "Traceback" not in house.log()
