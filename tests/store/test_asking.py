"""Questions find what was collected, write no more of it than they need, and give what SQLAlchemy would give."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event
from sqlmodel import Session, col, select

from mailgate.store import queries
from mailgate.store.asking import any_of, ask, given
from mailgate.store.database import Database
from mailgate.store.tables import Event, Mail, Notice, Participant
from mailgate.store.writing import row_of, write
from tests.store.conftest import NOW

IVAN, OLGA = "ivan.petrov@alfa.example", "olga@alfa.example"


def test_a_question_finds_the_rows_in_hand_that_answer_it(database: Database, request_id: int) -> None:
    with database.write() as session:
        write(session, Participant, request_id=request_id, addr=OLGA, since=NOW)
        write(session, Event, request_id=request_id, at=NOW, event="noted", by="mailgate", clause="4.4")

        assert queries.participants(session, request_id) == (OLGA,)
        assert [each[1] for each in queries.last_events(session, request_id)] == ["noted"]


def test_rows_in_hand_that_cannot_answer_stay_in_hand(database: Database, request_id: int) -> None:
    with database.write() as session:
        written: list[str] = []
        event.listen(session.connection(), "before_cursor_execute", lambda *given: written.append(given[2]))
        write(session, Participant, request_id=request_id, addr=OLGA, since=NOW)

        assert queries.participants(session, request_id + 1) == ()
        assert not [sql for sql in written if "INSERT" in sql]
        assert queries.participants(session, request_id) == (OLGA,)
        assert [sql for sql in written if "INSERT" in sql]


@pytest.mark.parametrize("cited", ["notice@desk.example", "mail@alfa.example"])
def test_a_citation_finds_what_the_same_transaction_wrote(database: Database, request_id: int, cited: str) -> None:
    with database.write() as session:
        queries.add_mails(session, [row_of(Mail, sha256="1" * 64, size=1, taken_at=NOW)])
        (mail,) = queries.undecided_of(session, [queries.same_mail(session, "1" * 64, None)])
        mail.message_id, mail.request_id, mail.decision = "mail@alfa.example", request_id, "append"
        queries.keep_decision(session, mail)
        _write_notice(session, request_id, "notice@desk.example")

        assert [each.request.id for each in queries.cited(session, ["unknown@alfa.example", cited])] == [request_id]


def test_values_are_converted_on_their_way(database: Database, request_id: int) -> None:
    in_auckland = (NOW + timedelta(microseconds=1)).astimezone(ZoneInfo("Pacific/Auckland"))
    with database.write() as session:
        _write_notice(session, request_id, "notice@desk.example")

        assert queries.told_since(session, IVAN, "registered", NOW.astimezone(ZoneInfo("Pacific/Auckland")))
        assert not queries.told_since(session, IVAN, "registered", in_auckland)


_MOMENTS = select(col(Event.at), col(Event.detail)).where(col(Event.request_id) == given("request_id"))
_ANY = select(col(Mail.id)).where(col(Mail.id).in_(any_of("ids")))


def test_columns_are_converted_and_lists_have_any_length(database: Database, request_id: int) -> None:
    with database.write() as session:
        write(
            session, Event, request_id=request_id, at=NOW, event="noted", by="mailgate", clause="4.4", detail={"a": 1}
        )

        assert ask(session, _MOMENTS, request_id=request_id).all() == [(NOW, {"a": 1})]
        for ids in ([], [1], [1, 2, 3]):
            assert ask(session, _ANY, ids=ids).all() == []


def _write_notice(session: Session, request_id: int, message_id: str) -> None:
    write(
        session,
        Notice,
        name="registered",
        request_id=request_id,
        mailbox="support",
        reader=IVAN,
        domain="alfa.example",
        role="contact",
        language="ru",
        message_id=message_id,
        created_at=NOW,
        next_at=NOW,
    )


class TakenBackError(Exception):
    """The savepoint is to be rolled back."""


def test_what_a_savepoint_wrote_is_remembered_no_more_when_it_is_rolled_back(
    database: Database, request_id: int
) -> None:
    with database.write() as session:
        assert queries.participants(session, request_id) == ()
        assert (queries.is_dead(session, OLGA), queries.is_dead(session, IVAN)) == (False, False)
        with suppress(TakenBackError), session.begin_nested():
            queries.take_part(session, request_id, OLGA, NOW)
            queries.mark_dead(session, OLGA, NOW, "gone")
            assert (queries.participants(session, request_id), queries.is_dead(session, OLGA)) == ((OLGA,), True)
            raise TakenBackError

        assert (queries.participants(session, request_id), queries.is_dead(session, OLGA)) == ((), False)
        assert queries.take_part(session, request_id, OLGA, NOW)
        assert not queries.take_part(session, request_id, OLGA, NOW)


def test_numbers_that_a_savepoint_gave_are_given_again_when_it_is_rolled_back(database: Database) -> None:
    def two(session: Session) -> list[int]:
        return [queries.next_number(session, "requests", 2026) for _ in range(2)]

    with database.write() as session:
        with session.begin_nested():
            assert two(session) == [1, 2]
        with suppress(TakenBackError), session.begin_nested():
            assert two(session) == [3, 4]
            raise TakenBackError
        with session.begin_nested():
            assert two(session) == [3, 4]
    with database.write() as session:
        assert two(session) == [5, 6]


def test_a_request_whose_number_another_has_is_not_added(database: Database, request_id: int) -> None:
    with database.write() as session:
        values = {"mailbox": "support", "contact_addr": IVAN, "language": "ru", "registered_at": NOW}

        assert queries.add_request(session, number="SD-2026-000001", **values) is None
        added = queries.add_request(session, number="SD-2026-000002", **values)

        assert added is not None
        assert added.id != request_id


def test_a_mailbox_that_works_again_is_asked_for_no_more(database: Database) -> None:
    with database.write() as session:
        queries.mark_dead(session, OLGA, NOW, "gone")
    with database.write() as session:
        queries.look_up_dead(session, [OLGA, IVAN])
        assert (queries.is_dead(session, OLGA), queries.is_dead(session, IVAN)) == (True, False)
        queries.unmark_dead(session, OLGA)
        queries.mark_dead(session, IVAN, NOW, "gone")
        queries.unmark_dead(session, IVAN)  # before anything of it was written

        assert (queries.is_dead(session, OLGA), queries.is_dead(session, IVAN)) == (False, False)
    with database.read() as session:
        assert (queries.is_dead(session, OLGA), queries.is_dead(session, IVAN)) == (False, False)


def test_what_belonged_to_nothing_when_many_were_asked_about_is_asked_for_again(
    database: Database, request_id: int
) -> None:
    with database.write() as session:
        _write_notice(session, request_id, "early@desk.example")
        queries.look_up_cited(session, ["early@desk.example", "late@desk.example"])
        _write_notice(session, request_id, "late@desk.example")

        both = queries.cited(session, ["late@desk.example", "early@desk.example", "unknown@desk.example"])

        assert [(each.message_id, each.notice, each.request.id) for each in both] == [
            ("late@desk.example", "registered", request_id),
            ("early@desk.example", "registered", request_id),
        ]


def test_an_id_of_ours_belongs_to_the_notice_whatever_mail_bears_it_too(database: Database, request_id: int) -> None:
    with database.write() as session:
        values = {"mailbox": "support", "contact_addr": OLGA, "language": "ru", "registered_at": NOW}
        other = queries.add_request(session, number="SD-2026-000002", **values)
        assert other is not None
        queries.add_mails(session, [row_of(Mail, sha256="1" * 64, size=1, taken_at=NOW)])
        (mail,) = queries.undecided_of(session, [queries.same_mail(session, "1" * 64, None)])
        mail.message_id, mail.request_id, mail.decision = "notice@desk.example", other.id, "register"
        queries.keep_decision(session, mail)
        _write_notice(session, request_id, "notice@desk.example")

        (found,) = queries.cited(session, ["notice@desk.example"])

        assert (found.notice, found.request.id) == ("registered", request_id)


def test_who_takes_part_in_many_requests_is_asked_once(database: Database, request_id: int) -> None:
    with database.write() as session:
        queries.take_part(session, request_id, OLGA, NOW)
        queries.take_part(session, request_id, IVAN, NOW + timedelta(seconds=1))
    with database.write() as session:
        queries.look_up_participants(session, [request_id, request_id + 1])
        asked: list[str] = []
        event.listen(session.connection(), "before_cursor_execute", lambda *given: asked.append(given[2]))

        both = queries.participants(session, request_id), queries.participants(session, request_id + 1)

        assert both == ((OLGA, IVAN), ())
        assert asked == []
