"""R15, R16, R17: what SMTP servers do to notices while the whole daemon sends them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from sqlmodel import col, select, update

from mailgate.store.database import Database
from mailgate.store.tables import Notice
from tests.faults.conftest import Figures, Runs
from tests.faults.kit import FaultyHouse
from tests.rig.house import ANNA, IVAN, JOHN, SERGEY, VOLHA

A_DAY = 86_400
"""Seconds."""


def let_a_minute_pass(house: FaultyHouse) -> None:
    """What waits for its next try is due."""
    database = Database(house.database)
    with database.write() as session:
        session.execute(update(Notice).where(col(Notice.state) == "waiting").values(next_at=datetime.now(UTC)))
    database.dispose()


def test_r15_a_lost_250_costs_one_second_copy_of_the_same_message_id(
    house: FaultyHouse, runs: Runs, figures: Figures
) -> None:
    count = runs(5, 333)
    for _ in range(count):
        house.submit()
    house.sink.faults.lose_replies = 3 * count
    house.run_once()
    for _ in range(3):
        let_a_minute_pass(house)
        house.run_once()

    came = Counter((letter["Message-ID"], letter.to) for letter in house.letters())
    second, lost = sum(times - 1 for times in came.values()), 3 * count - house.sink.faults.lose_replies
    figures(
        "R15",
        "the reply after the final dot is lost",
        runs=lost,
        copies=second,
        result=f"{second * 1000 // lost} second copies per 1,000 lost 250s, all of the same Message-ID",
    )
    assert lost == 3 * count
    assert house.settled()
    assert len(came) == 3 * count
    assert set(came.values()) <= {1, 2}
    with house.look() as session:
        assert sum(session.scalars(select(Notice.unknown))) >= second


def test_r16_only_what_failed_is_tried_again(house: FaultyHouse, figures: Figures) -> None:
    house.sink.faults.recipients = {
        IVAN: "450 4.2.1 later",
        JOHN: "550 5.1.1 no such user",
        ANNA: "452 4.5.3 too many",
        VOLHA: "421 4.3.2 closing",
    }
    for sender in (IVAN, JOHN, VOLHA):
        house.submit(sender)
    house.run_once()
    first = Counter(letter.to for letter in house.letters())
    house.sink.faults.recipients = {}
    let_a_minute_pass(house)

    house.run_once()

    came = Counter((letter["Message-ID"], letter.to) for letter in house.letters())
    figures("R16", "250, 421, 450, 452, 550 by recipient", runs=4, copies=sum(came.values()) - len(came))
    assert ANNA not in first
    assert IVAN not in first
    assert VOLHA not in first
    assert set(came.values()) == {1}
    assert len(house.letters(IVAN, "registered")) == len(house.letters(VOLHA, "registered")) == 1
    assert len(house.letters(ANNA, "staff_new")) == len(house.letters(SERGEY, "staff_new")) == 3
    assert house.letters(JOHN) == []
    assert len(house.letters("office@beta.example", "registered")) == 1
    assert house.letters(ANNA, "staff_undeliverable")


def test_r17_the_provider_gets_no_more_than_it_takes(house: FaultyHouse, runs: Runs, figures: Figures) -> None:
    minute, day, requests = runs(6, 30), runs(10, 500), runs(4, 200)
    limits = f"[smtp]\nper_minute = {minute}\nper_day = {day}\n"
    house.config.write_text(house.config.read_text().replace("[smtp]\n", limits))
    start, sent = datetime.now(UTC), Counter[int]()
    for _ in range(requests):
        house.submit()

    rounds = [300 * number for number in range(day // minute + 3)]
    for seconds in (0, 40, *rounds[1:], *(A_DAY - 10 + each for each in rounds)):
        house.at(start + timedelta(seconds=seconds))
        before = len(house.sink.received)
        house.run_once()
        sent[seconds] = len(house.sink.received) - before

    found = house.count()
    figures(
        "R17",
        f"{minute} a minute and {day} a day at most",
        found,
        runs=sent.total(),
        result=f"{sent.total()} notices went out, at most {max(sent.values())} in a round of a minute, "
        f"{sum(count for seconds, count in sent.items() if seconds < A_DAY - 10)} on the first day",
    )
    allowed = Counter[int]()
    for seconds in sent:
        lately = {span: sum(allowed[then] for then in allowed if seconds - span < then) for span in (60, A_DAY)}
        allowed[seconds] = min(minute - lately[60], day - lately[A_DAY], 3 * requests - allowed.total())
    assert sent == allowed
    assert sent.total() == 3 * requests
    assert found.sound
