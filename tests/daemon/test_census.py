"""The daemon counts by itself, and staff are told once what does not add up (R28)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailgate.config import Config, load
from mailgate.daemon.census import Census
from mailgate.daemon.letters import draft_of, templates
from mailgate.desk.census_taken import Findings, census_taken
from mailgate.desk.context import Desk, open_desk
from mailgate.outbox.compose import text_of
from mailgate.store import queries
from mailgate.store.database import Database
from mailgate.store.tables import Mail
from tests.rig.dovecot import Dovecot
from tests.rig.house import ANNA, COMPLAINTS, IVAN, KATE, SERGEY, House
from tests.rig.smtp import Sink

NOW = datetime.now(UTC)


@pytest.fixture
def house(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> House:
    return House(tmp_path, dovecot, sink)


@pytest.fixture
def database(house: House) -> Iterator[Database]:
    database = Database(house.database)
    database.upgrade()
    yield database
    database.dispose()


@pytest.fixture
def config(house: House) -> Config:
    return load(house.config, secrets=True)


@pytest.fixture
def desk(database: Database, config: Config) -> Desk:
    with database.write() as session:
        return open_desk(session, config)


def tell(database: Database, desk: Desk, found: Findings) -> bool:
    with database.write() as session:
        return census_taken(session, desk, found, NOW)


def test_what_has_just_arrived_is_no_finding_and_what_stays_is(
    house: House, database: Database, config: Config
) -> None:
    census = Census(database)
    house.write(IVAN, "Не открывается", "С утра.")

    first, look_again = census.look(config, (), NOW)
    second, _ = census.look(config, (), NOW)

    assert (first.untaken, look_again) == ({"support": 0, "complaints": 0}, True)
    assert second.untaken == {"support": 1, "complaints": 0}


def test_a_mailbox_in_other_hands_is_counted_there(house: House, database: Database, config: Config) -> None:
    found, _ = Census(database).look(config, {"support"}, NOW)

    assert set(found.untaken) == {"complaints"}


def test_a_mailbox_that_cannot_be_opened_is_a_finding(house: House, database: Database, config: Config) -> None:
    house.dovecot.set_password(house.users[COMPLAINTS], "changed")

    found, _ = Census(database).look(config, (), NOW)

    assert set(found.untaken) == {"support"}
    assert "was refused" in found.unseen["complaints"]


def test_what_is_undecided_for_long_is_a_finding(database: Database, config: Config) -> None:
    with database.write() as session:
        for number, minutes in enumerate((1, 11, 60)):
            taken_at = NOW - timedelta(minutes=minutes)
            session.add(Mail(sha256=str(number), size=1, taken_at=taken_at))

    found, _ = Census(database).look(config, (), NOW)

    assert (found.undecided, found.since) == (2, NOW - timedelta(hours=1))


def test_staff_are_told_once_until_it_changes(database: Database, desk: Desk) -> None:
    well = Findings(untaken={"support": 0, "complaints": 0})
    bad = Findings(untaken={"support": 3, "complaints": 0})
    worse = Findings(2, NOW, {"support": 3}, {"complaints": "the login was refused"})

    told = [tell(database, desk, found) for found in (well, bad, bad, worse, worse, well, well, bad)]

    assert told == [False, True, False, True, False, False, False, True]


def test_everybody_on_staff_reads_what_it_is(database: Database, desk: Desk) -> None:
    tell(database, desk, Findings(2, NOW, {"support": 3}, {"complaints": "the login was refused"}))

    with database.read() as session:
        notices = queries.notices(session)
    texts = [text_of(draft_of(desk, notice, NOW), templates(desk)) for notice in notices]
    assert {notice.reader for notice in notices} == {ANNA, SERGEY, KATE}
    for text in texts:
        assert all(part in text.replace("\xa0", " ") for part in ("support", "complaints", "refused", "3 ", "2 "))


def test_the_daemon_counts_by_itself(house: House) -> None:
    house.start(
        "from mailgate.daemon import terms, watcher; terms.CENSUS_AGAIN = 1\n"
        "watcher.Watcher._take_waiting = lambda *_: None"
    )
    house.write(IVAN, "Не открывается", "С утра.")

    letter = house.wait_letter(ANNA, "staff_census", 60)

    assert "mailgate census" in letter.text
    house.close()
