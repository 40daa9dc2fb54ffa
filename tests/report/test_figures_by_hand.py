"""Every number of a report, worked out by hand for a November of ten requests and two complaints.

Working hours are 9:00-18:00, Monday to Friday; 2 November 2026 is a Monday. Promised: critical 1 h to the first answer
and 8 h to completion, high 2 h and 6 h, medium 4 h to the first answer.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailgate.config import Config, load
from mailgate.report import Figures, Month, figures_of
from mailgate.report.figures import Complaints, Kept, Spread, Tally
from mailgate.rules.vocabulary import OPEN, Event, Status
from mailgate.store import tables
from mailgate.store.database import Database
from tests.rig.house import ANNA, ROOT
from tests.rig.play import minsk

TARGETS = """
[targets]
critical = { answer = "1 working hour", completion = "8 working hours" }
high = { answer = "2 working hours", completion = "6 working hours" }
medium = { answer = "4 working hours" }
"""
HOUR = 3600
DECEMBER = minsk(3, 12, 12)
STAFF, CLIENT, ITSELF = f"staff:{ANNA}", "client:ivan.petrov@alfa.example", "mailgate"
E, S = Event, Status
Happened = tuple[datetime, Event, str, Status | None, str]


def started(*at: int) -> Happened:
    return minsk(*at), E.STARTED, STAFF, S.IN_PROGRESS, "4.5"


def completed(*at: int) -> Happened:
    return minsk(*at), E.COMPLETED, STAFF, S.AWAITING_CONFIRMATION, "5.1"


def asked(*at: int) -> Happened:
    return minsk(*at), E.INFO_ASKED, STAFF, S.AWAITING_INFO, "4.6"


def disagreed(*at: int) -> list[Happened]:
    return [(minsk(*at), E.DISAGREED, CLIENT, None, "5.1"), (minsk(*at), E.RESUMED, CLIENT, S.IN_PROGRESS, "5.1")]


def closed(by: str, clause: str, *at: int) -> Happened:
    return minsk(*at), E.CLOSED, by, S.CLOSED, clause


Shape = tuple[str, str, str | None, str]
HISTORIES: list[tuple[Shape, datetime, list[Happened]]] = [
    # 1. Answered after 1 h. Worked 10-12 on Monday, then asked until Tuesday 10:00, then 10-15: completed after 7 h.
    #    6 h were due at 16:00; with the 7 h of waiting, Tuesday 14:00: missed.
    (
        ("technical_support", "high", "alfa", "email"),
        minsk(2, 11, 10),
        [
            started(2, 11, 11),
            asked(2, 11, 12),
            (minsk(3, 11, 10), E.CLIENT_ANSWERED, CLIENT, S.IN_PROGRESS, "4.6"),
            completed(3, 11, 15),
            closed(CLIENT, "5.2", 4, 11, 9),
        ],
    ),
    # 2. Answered after 1 h of Wednesday and half an hour of Thursday: missed. Completed at 12:00 (4 h), disagreed with
    #    at 14:00, completed at 16:00: 6 h. 8 h were due on Thursday 16:00; with the 2 h of waiting 18:00: met.
    (
        ("service_request", "critical", "alfa", "portal"),
        minsk(4, 11, 17),
        [
            started(5, 11, 9, 30),
            completed(5, 11, 12),
            *disagreed(5, 11, 14),
            completed(5, 11, 16),
            closed(ITSELF, "5.1", 16, 11),
        ],
    ),
    # 3. Of October. Asked after 1 h of Friday and half an hour of Monday; rejected for want of an answer.
    (
        ("consultation", "low", "beta", "email"),
        minsk(30, 10, 17),
        [asked(2, 11, 9, 30), (minsk(5, 11, 18), E.REJECTED, ITSELF, S.REJECTED, "4.8")],
    ),
    # 4. Answered in December. 4 h are due on 1 December at 11:00: not decided in November.
    (("unclassified", "medium", None, "email"), minsk(30, 11, 16), [started(1, 12, 10)]),
    # 5. Never answered: both targets are missed, at 11:00 and at 15:00.
    (
        ("technical_support", "high", "beta", "phone"),
        minsk(10, 11, 9),
        [
            (minsk(10, 11, 11), E.ANSWER_OVERDUE, ITSELF, None, "3.9"),
            (minsk(10, 11, 15), E.COMPLETION_OVERDUE, ITSELF, None, "3.9"),
        ],
    ),
    # 6. Closed at once after 3 h: answered and completed.
    (("consultation", "medium", "alfa", "email"), minsk(12, 11, 9), [closed(STAFF, "5.2", 12, 11, 12)]),
    # 7. Merged after 1 h: answered and closed, but nothing was completed.
    (("unclassified", "medium", "alfa", "email"), minsk(13, 11, 9), [closed(STAFF, "3.6", 13, 11, 10)]),
    # 8. Rejected after half an hour, taken up again on Monday and completed after 1 h more. 6 h were due on Friday
    #    15:00; with the 8.5 h for which it was rejected, on Monday 14:30: met. What the client says in December changes
    #    nothing of November.
    (
        ("change_request", "high", "beta", "portal"),
        minsk(20, 11, 9),
        [
            (minsk(20, 11, 9, 30), E.REJECTED, STAFF, S.REJECTED, "4.8"),
            (minsk(23, 11, 9), E.RESUMED, STAFF, S.IN_PROGRESS, "4.8"),
            completed(23, 11, 10),
            *disagreed(2, 12, 10),
        ],
    ),
    # 9. Of October; only its closing is of November.
    (
        ("new_order", "planned", "alfa", "email"),
        minsk(20, 10, 9),
        [started(20, 10, 9), completed(30, 10, 17), closed(ITSELF, "5.1", 10, 11)],
    ),
    # 10. Of October, all of it: no part of November.
    (("new_order", "high", "alfa", "email"), minsk(1, 10, 9), [closed(STAFF, "5.2", 1, 10, 10)]),
]
COMPLAINTS: list[tuple[datetime, list[Happened]]] = [
    (
        minsk(2, 11, 10),
        [
            (minsk(16, 11, 10), E.COMPLAINT_ANSWERED, STAFF, None, "6.2"),
            closed(STAFF, "6.2", 16, 11, 10),
        ],
    ),
    (
        minsk(10, 11, 10),
        [
            (minsk(24, 11, 18), E.HOLDING_NOTICE_SENT, ITSELF, None, "6.3"),
            (minsk(26, 11), E.COMPLAINT_OVERDUE, ITSELF, None, "6.2"),
            (minsk(26, 11, 10), E.EXTENDED, STAFF, S.IN_PROGRESS, "6.3"),
        ],
    ),
]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    path = tmp_path / "config" / "mailgate.toml"
    path.write_text(path.read_text() + TARGETS)
    return load(path)


@pytest.fixture
def november(config: Config, database: Database) -> Figures:
    write_all(database)
    return report(config, database)


def report(
    config: Config, database: Database, month: str = "2026-11", client: str | None = None, now: datetime = DECEMBER
) -> Figures:
    wanted = Month.written(month)
    assert wanted is not None
    with database.read() as session:
        return figures_of(session, config, wanted, now, client)


def write_all(database: Database) -> None:
    """The rows as the desk writes them."""
    with database.write() as session:
        for (type, priority, client, channel), at, lines in HISTORIES:
            shape = {"type": type, "priority": priority, "client_id": client, "channel": channel, "mailbox": "support"}
            write(session, shape, at, lines)
        for at, lines in COMPLAINTS:
            write(session, {"kind": "complaints", "mailbox": "complaints"}, at, lines)


def write(session: Any, shape: dict[str, Any], at: datetime, lines: list[Happened]) -> None:
    history = [(at, E.REGISTERED, CLIENT, S.REGISTERED, "3.3"), *lines]
    moves = [(when, to) for when, _, _, to, _ in history if to is not None]
    status = moves[-1][1]
    request = tables.Request(
        number=f"{shape['mailbox']}-{at.isoformat()}", contact_addr="i@alfa.example", language="ru", registered_at=at,
        status=status, ended_at=None if status in OPEN else moves[-1][0], **shape,
    )  # fmt: skip
    session.add(request)
    session.flush()
    for when, event, by, to, clause in history:
        session.add(tables.Event(request_id=request.id, at=when, event=event, by=by, to=to, clause=clause))
        session.flush()


def test_what_came_and_what_became_of_it(november: Figures) -> None:
    # Registered: 1, 2, 4, 5, 6, 7, 8. Completed: 1, 2, 6, 8. Closed: 1, 2, 6, 7, 9. Rejected: 3; 8 was taken up again.
    assert november.total == Tally(registered=7, completed=4, closed=5, rejected=1)
    assert november.rejected_for_no_answer == 1
    assert november.disagreements == 1


def test_the_same_by_type_priority_client_and_channel(november: Figures) -> None:
    assert november.by["type"] == {
        "service_request": Tally(1, 1, 1, 0),
        "consultation": Tally(1, 1, 1, 1),
        "new_order": Tally(0, 0, 1, 0),
        "change_request": Tally(1, 1, 0, 0),
        "technical_support": Tally(2, 1, 1, 0),
        "unclassified": Tally(2, 0, 1, 0),
    }
    assert november.by["priority"] == {
        "critical": Tally(1, 1, 1, 0),
        "high": Tally(3, 2, 1, 0),
        "medium": Tally(3, 1, 2, 0),
        "low": Tally(0, 0, 0, 1),
        "planned": Tally(0, 0, 1, 0),
    }
    assert november.by["client"] == {
        "alfa": Tally(4, 3, 5, 0),
        "beta": Tally(2, 1, 0, 1),
        "": Tally(1, 0, 0, 0),
    }
    assert november.by["channel"] == {
        "email": Tally(4, 2, 4, 1),
        "portal": Tally(2, 2, 1, 0),
        "phone": Tally(1, 0, 0, 0),
    }
    assert list(november.by["client"]) == ["alfa", "beta", ""]


def test_time_to_the_first_answer(november: Figures) -> None:
    # Hours: 1 (1.), 1.5 (2.), 1.5 (3.), 3 (6.), 1 (7.), 0.5 (8.). In order 0.5 1 1 1.5 1.5 3: the middle lies between 1
    # and 1.5, and nine tenths of six are six.
    assert november.answer == {
        "all": Spread(6, 5 * HOUR // 4, 3 * HOUR),
        "critical": Spread(1, 3 * HOUR // 2, 3 * HOUR // 2),
        "high": Spread(2, 3 * HOUR // 4, HOUR),
        "medium": Spread(2, 2 * HOUR, 3 * HOUR),
        "low": Spread(1, 3 * HOUR // 2, 3 * HOUR // 2),
    }


def test_time_to_completion(november: Figures) -> None:
    # Hours: 7 (1.), 6 (2.), 3 (6.), 1.5 (8.). In order 1.5 3 6 7: the middle is 4.5, and nine tenths of four are four.
    assert november.completion == {
        "all": Spread(4, 9 * HOUR // 2, 7 * HOUR),
        "critical": Spread(1, 6 * HOUR, 6 * HOUR),
        "high": Spread(2, 17 * HOUR // 4, 7 * HOUR),
        "medium": Spread(1, 3 * HOUR, 3 * HOUR),
    }


def test_3_9_what_was_promised_and_kept(november: Figures) -> None:
    assert november.targets == {
        "critical": {"answer": Kept(0, 1), "completion": Kept(1, 0)},  # 2.
        "high": {"answer": Kept(2, 1), "completion": Kept(1, 2)},  # 1. and 8.; of 5. and 1. missed
        "medium": {"answer": Kept(2, 0), "completion": Kept(0, 0)},  # 6. and 7.
    }


def test_6_2_complaints_and_their_terms(november: Figures) -> None:
    assert november.complaints == Complaints(
        registered=2, answered=1, answered_in_time=1, extended=1, overdue=1, holding=1, open=1
    )


def test_6_3_a_term_whose_extension_was_taken_back_was_not_extended(config: Config, database: Database) -> None:
    extended = (minsk(20, 11, 10), E.EXTENDED, STAFF, S.IN_PROGRESS, "6.3")
    undone = (minsk(20, 11, 10, 1), E.UNDONE, STAFF, S.REGISTERED, "4.4")
    with database.write() as session:
        write(session, {"kind": "complaints", "mailbox": "complaints"}, minsk(10, 11, 10), [extended, undone])

    assert report(config, database).complaints == Complaints(registered=1, open=1)


def test_what_is_open_at_the_end_of_the_month(november: Figures) -> None:
    assert november.open == {"high": 2, "medium": 1}  # 5. and 8., and 4.


def test_the_days(november: Figures) -> None:
    told = {day: numbers for day, numbers in enumerate(november.days, 1) if any(numbers)}

    assert len(november.days) == 30
    assert told == {
        2: [1, 0],
        3: [0, 1],
        4: [1, 0],
        5: [0, 1],
        10: [1, 0],
        12: [1, 1],
        13: [1, 0],
        20: [1, 0],
        23: [0, 1],
        30: [1, 0],
    }


def test_one_client_alone(config: Config, database: Database) -> None:
    write_all(database)

    beta = report(config, database, client="beta")

    assert beta.total == Tally(2, 1, 0, 1)
    assert list(beta.by["client"]) == ["beta"]
    assert (beta.open, beta.complaints) == ({"high": 2}, Complaints())


def test_a_month_that_is_over_keeps_its_numbers(config: Config, database: Database, november: Figures) -> None:
    assert report(config, database, now=DECEMBER + timedelta(days=400)) == november


def test_what_is_of_december_is_in_december(config: Config, database: Database) -> None:
    write_all(database)

    december = report(config, database, "2026-12")

    # 4. answered after 2 h of Monday and 1 h of Tuesday, in time. 8. was completed with 4.5 h left; these began to run
    # again when the client disagreed on 2 December at 10:00, and were over at 14:30.
    assert (december.total, december.disagreements) == (Tally(), 1)
    assert december.answer["all"] == Spread(1, 3 * HOUR, 3 * HOUR)
    assert december.targets == {
        "high": {"answer": Kept(0, 0), "completion": Kept(0, 1)},
        "medium": {"answer": Kept(1, 0), "completion": Kept(0, 0)},
    }
    assert december.open == {"high": 2, "medium": 1}


def test_a_month_begins_at_midnight_of_the_desk(config: Config, database: Database) -> None:
    with database.write() as session:
        for at in (datetime(2026, 10, 31, 21, tzinfo=UTC), datetime(2026, 11, 30, 20, 59, 59, tzinfo=UTC)):
            write(session, {"mailbox": "support"}, at, [])
        for at in (datetime(2026, 10, 31, 20, 59, 59, tzinfo=UTC), datetime(2026, 11, 30, 21, tzinfo=UTC)):
            write(session, {"mailbox": "support"}, at, [])

    november = report(config, database)

    assert (november.total.registered, november.days[0], november.days[29]) == (2, [1, 0], [1, 0])


def test_a_month_that_lasts_is_told_until_now(config: Config, database: Database) -> None:
    write_all(database)

    now = report(config, database, now=minsk(10, 11, 12))

    assert now.total.registered == 3
    # The first answer to 5. is late since 11:00; its completion is due at 15:00 only.
    assert now.targets is not None
    assert now.targets["high"] == {"answer": Kept(1, 1), "completion": Kept(0, 1)}


def test_without_targets_nothing_is_told_of_them(config: Config, database: Database) -> None:
    write_all(database)
    path = config.path
    path.write_text(path.read_text().replace(TARGETS, ""))

    assert report(load(path), database).targets is None
