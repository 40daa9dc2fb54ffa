"""Personal data erased: nothing of it is found again in any column, nor in the file; the bare history stays."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session, SQLModel

from mailgate.desk import journal
from mailgate.desk.digest import send_digest
from mailgate.desk.erasing import erase_person, erase_request
from mailgate.desk.holdings import held
from mailgate.desk.notice_settled import Settlement, Tried, notices_settled
from mailgate.store import queries
from mailgate.store.database import Database
from mailgate.store.tables import Entry, Event, Mail, Notice, Request
from tests.rig.hand import DeskInHand, written
from tests.rig.house import ANNA, DESK
from tests.rig.play import bounce, words

ZINA, YAN = "zina.kanareika@gamma.example", "yan.novik@gamma.example"
HERS, HIS = "SD-2026-000001", "SD-2026-000002"
BYTES = b"canary in a picture " * 3
CANARIES = (
    "zina.kanareika", "Канарейкина", "canary-subject", "canary-words", "canary-reasons", "canary-quarantined",
    "canary-note", "canary-answer", "canary-cc-words", "canary.png", "canary-service",
    base64.b64encode(BYTES).decode()[:40],
)  # fmt: skip
CLIENT = f"""
[[client]]
id = "gamma"
name = "ОДО «Гамма»"
[[client.contact]]
name = "Зинаида Канарейкина"
email = "{ZINA}"
[[client.contact]]
name = "Ян Новик"
email = "{YAN}"
"""


@pytest.fixture
def config(config: Path) -> Path:
    """The example configuration with a client whose contacts are Zina and Yan."""
    clients = config.parent / "clients.toml"
    clients.write_text(clients.read_text() + CLIENT)
    return config


@pytest.fixture
def hand(hand: DeskInHand) -> DeskInHand:
    """A desk in which Zina has one closed request, takes part in a closed one of Yan's, and is in quarantine."""
    hand.write(ZINA, "canary-subject", "Услуга: canary-service\n\ncanary-words", attachments=[("canary.png", BYTES)])
    hand.answer(hand.last(ANNA, "staff_new"), "!заметка\nЗвонила Зинаида Канарейкина: canary-note")
    hand.write(ANNA, f"[{HERS}]", f"!показать {HERS}\n!очередь")
    with hand.database.write() as session:
        send_digest(session, hand.now, hand.desk)
    hand.answer(hand.last(ANNA, "staff_new"), "!готово\nЗинаида, canary-answer")
    hand.answer(hand.last(ZINA, "completed"), "!не согласен: canary-reasons")
    hand.refuses[ZINA] = Settlement(False, error=f"550 no {ZINA}", address_is_dead=True)
    hand.answer(hand.last(ANNA, "staff_reply"), "!закрыть телефон\nДоговорились.")
    del hand.refuses[ZINA]
    hand.write(YAN, "Счёт", "Где счёт?", headers=[("Cc", ZINA)])
    hand.answer(hand.last(YAN, "registered"), "canary-cc-words", sender=ZINA)
    hand.answer(hand.last(ANNA, "staff_reply"), "!готово\nСчёт отправлен.")
    hand.answer(hand.last(YAN, "completed"), f"!подтверждаю\n\n> {ZINA}: canary-cc-words")
    hand.write(ZINA, "canary-subject", "canary-quarantined", proof="fail")
    return hand


def test_nothing_of_it_is_found_again_in_any_column(hand: DeskInHand) -> None:
    assert set(CANARIES) <= set(_found(hand.database))

    _erase(hand)

    assert _found(hand.database) == []


def test_nothing_of_it_is_found_again_in_the_bytes_of_the_file(hand: DeskInHand) -> None:
    if not hand.database.is_sqlite:
        pytest.skip("PostgreSQL keeps its own files")
    assert b"canary-words" in _file(hand.database)

    _erase(hand)
    assert hand.database.wipe_log()

    assert [canary for canary in CANARIES if canary.encode() in _file(hand.database)] == []


def test_the_bare_history_stays(hand: DeskInHand) -> None:
    before = hand.show(HERS)

    _erase(hand)

    after = hand.show(HERS)
    kept = ("number", "status", "type", "urgency", "priority", "client", "registered_at", "mailbox")
    assert [after[name] for name in kept] == [before[name] for name in kept]
    told = [(line["at"], line["event"], line["clause"], line["from"], line["to"]) for line in before["history"]]
    assert [(line["at"], line["event"], line["clause"], line["from"], line["to"]) for line in after["history"]][
        :-1
    ] == told
    assert len(after["messages"]) == len(before["messages"])
    assert {each["text"] for each in after["messages"]} == {""}


def test_the_history_says_how_much_went_and_on_whose_order(hand: DeskInHand) -> None:
    counts = _erase(hand)

    last = hand.show(HERS)["history"][-1]
    assert (last["event"], last["by"], last["clause"]) == ("erased", f"staff:{ANNA}", "")
    assert last["detail"]["attachments"] == 1
    assert last["detail"]["messages"] == len(hand.show(HERS)["messages"])
    assert counts["requests"] == 2
    assert hand.events(HIS)[-1] == "erased"


def test_one_pseudonym_stands_in_all_rows_and_no_mail_can_go_there(hand: DeskInHand) -> None:
    _erase(hand)

    shown = hand.show(HERS)
    pseudonym = shown["contact"]
    assert pseudonym.endswith("@invalid")
    assert {each["from"] for each in shown["messages"]} == {pseudonym, ANNA, DESK}
    assert {line["by"] for line in shown["history"]} == {f"client:{pseudonym}", f"staff:{ANNA}", "mailgate"}
    assert pseudonym in {each["from"] for each in hand.show(HIS)["messages"]}
    with hand.read() as session:
        assert {each.from_addr for each in session.scalars(select(Mail))} == {pseudonym, ANNA, YAN}


def test_what_others_newly_wrote_stays_in_their_request(hand: DeskInHand) -> None:
    _erase(hand)

    shown = hand.show(HIS)
    assert shown["contact"] == YAN
    assert shown["subject"] == "Счёт"
    words = [each["new_text"].strip() for each in shown["messages"] if each["from"] in (YAN, DESK)]
    assert words == ["Где счёт?", "", "Счёт отправлен.", "!подтверждаю", ""]


def test_who_was_only_told_is_not_named_in_a_request_of_others(hand: DeskInHand) -> None:
    name, file = "Зинаида Канарейкина", [("Зинаида Канарейкина.pdf", b"%PDF")]
    hand.write(YAN, f"Доступ: {ZINA}", f"Нужен доступ: {name}.", headers=[("Cc", ZINA)], attachments=file)
    hand.answer(hand.last(ANNA, "staff_new"), f"!заметка\nЗвонил Ян, {name} просит.")
    hand.answer(hand.last(YAN, "registered"), f"Ещё: {name} ждёт.")
    hand.answer(hand.last(ANNA, "staff_reply"), f"!закрыть телефон\n{name}, доступ есть.")

    _erase(hand)

    assert _found(hand.database) == []
    shown = hand.show("SD-2026-000003")
    assert shown["subject"] == f"Доступ: {(pseudonym := hand.show(HERS)['contact'])}"
    assert [each["text"].strip() for each in shown["messages"] if each["kind"] == "note"] == [
        f"Звонил Ян, {pseudonym} просит."
    ]


def test_another_whose_address_or_name_is_longer_keeps_it(hand: DeskInHand) -> None:
    name = "Зинаида Канарейкина"

    def said(addr: str, called: str) -> str:
        return f"Пишите на olga-{ZINA}.by, y.{ZINA}, не {addr}. Едут {called} и {name}с."

    hand.write(YAN, "Планы", said(ZINA, name), headers=[("Cc", ZINA)])
    hand.answer(hand.last(ANNA, "staff_new"), "!закрыть телефон\nДа.")
    _erase(hand)

    pseudonym = hand.show(HERS)["contact"]
    assert hand.show("SD-2026-000003")["messages"][0]["text"].strip() == said(pseudonym, pseudonym)


def test_the_same_message_is_known_when_it_comes_again(hand: DeskInHand) -> None:
    with hand.read() as session:
        raw = queries.raw_mail(session, 1)
    _erase(hand)

    with hand.database.write() as session:
        taken = journal.take(session, [journal.Copy("support", 1, 999_999, raw, len(raw))], hand.now)

    assert taken == [(1, False)]


def test_the_census_adds_up_as_before(hand: DeskInHand) -> None:
    with hand.read() as session:
        before = queries.outcomes(session, None)

    _erase(hand)

    with hand.read() as session:
        assert queries.outcomes(session, None) == before
        assert queries.count_taken(session, None)[0] == sum(messages for _, _, messages in before)


def test_quarantine_offers_it_no_more(hand: DeskInHand) -> None:
    _erase(hand)

    with hand.read() as session:
        assert queries.quarantined(session) == []


def test_3_10_staff_still_hear_of_waiting_mail_of_another_with_a_like_address(hand: DeskInHand) -> None:
    like = ZINA.removeprefix("zina.")
    hand.write(like, "Вопрос", "Я не из ваших.")

    with hand.database.write() as session:
        erase_person(session, held(session, like), f"staff:{ANNA}", hand.now)

    with hand.read() as session:
        told = [notice for notice in written(session) if notice.name == "staff_quarantine"]
    assert {(notice.facts["detail"]["from_addr"], notice.attached_mail is None) for notice in told} == {(ZINA, False)}


def test_3_10_what_staff_answered_about_his_quarantined_mail_goes_too(hand: DeskInHand) -> None:
    hand.answer(hand.last(ANNA, "staff_quarantine"), "!удалить")
    hand.write(ANNA, "Звонок", f"!телефон {ZINA} +375290000000 критический не-может-писать\n\ncanary-words")

    _erase(hand)

    assert _found(hand.database) == []
    with hand.read() as session:
        assert [queries.raw_mail(session, mail.id) for mail in session.scalars(select(Mail))][-2:] == [None, None]


def test_he_is_found_no_more_and_a_second_erasure_has_nothing_to_do(hand: DeskInHand) -> None:
    _erase(hand)

    with hand.read() as session:
        assert not held(session, ZINA)


def test_an_open_request_counts_as_one_and_so_does_one_of_others(hand: DeskInHand) -> None:
    hand.write(ZINA, "Ещё", "Новое.")
    hand.write(YAN, "И ещё", "Новое.", headers=[("Cc", ZINA)])

    with hand.read() as session:
        assert held(session, ZINA).open == ("SD-2026-000003", "SD-2026-000004")


@pytest.fixture
def followed(hand: DeskInHand) -> DeskInHand:
    """Zina also wrote to a closed request of Yan's in which she took no part: that became one of her own."""
    hand.write(YAN, "Вход", "Не пускает.")
    hand.answer(hand.last(ANNA, "staff_new"), "!закрыть телефон\nПодтвердил.")
    hand.write(ZINA, "Re: [SD-2026-000003] Вход", "canary-words, canary-late")
    hand.answer(hand.last(ANNA, "staff_new"), "!отклонить\nНет.")
    return hand


def test_5_2_what_was_written_to_a_closed_request_of_another_goes_too(followed: DeskInHand) -> None:
    _erase(followed)

    assert _found(followed.database) == []
    assert not any("canary-late" in value for value in _values(followed.database))
    assert followed.events("SD-2026-000003")[-1] == "erased"
    assert followed.show("SD-2026-000003")["contact"] == YAN


def test_5_2_nor_does_the_closed_request_name_the_writer_once_it_was_kept_long_enough(followed: DeskInHand) -> None:
    with followed.database.write() as session:
        for number in ("SD-2026-000003", "SD-2026-000004"):
            request = queries.request_by_number(session, number)
            assert request is not None
            erase_request(session, request, "mailgate", followed.now)

        acted = {event.by for event in session.scalars(select(Event)) if event.request_id in (3, 4)}
    assert not [by for by in acted if ZINA in by or YAN in by]


def test_a_late_report_of_an_erased_notice_changes_nothing(hand: DeskInHand) -> None:
    letter = hand.last(ZINA, "registered")
    _erase(hand)
    hand.letters.clear()

    hand.receive(bounce(letter))

    assert hand.events(HERS)[-1] == "erased"
    assert hand.letters == []


def test_what_is_erased_cannot_be_sent_again(hand: DeskInHand) -> None:
    _erase(hand)

    with hand.read() as session:
        notices = list(session.scalars(select(Notice).where(Notice.request_id == 1)))
    assert {notice.state for notice in notices} <= {"accepted", "withdrawn"}
    assert {tuple(notice.facts) for notice in notices} == {("request",)}


def test_what_is_erased_while_it_is_sent_comes_back_with_no_acceptance(hand: DeskInHand) -> None:
    with hand.database.write() as session:
        notice = next(each for each in written(session) if (each.reader, each.name) == (ZINA, "registered"))
        notice.state = "waiting"
    _erase(hand)

    with hand.database.write() as session:
        sent = Settlement(accepted=True, text="Здравствуйте, Зинаида!")
        notices_settled(session, [Tried(notice, sent, hand.now)], hand.desk)

    assert "Зинаида!" not in str(hand.show(HERS))


def test_who_writes_again_gets_a_new_request_and_no_link_tells_whose_the_old_one_was(hand: DeskInHand) -> None:
    letter = hand.told(ZINA, "completed")[0]
    _erase(hand)
    hand.letters.clear()

    hand.answer(letter, "Снова не работает.")

    assert hand.numbers() == [HERS, HIS, "SD-2026-000003"]
    assert hand.show("SD-2026-000003")["links"] == hand.show(HERS)["links"] == []
    assert [letter.name for letter in hand.told(ZINA)] == ["registered"]


@pytest.mark.parametrize("kept_as", ["client", "staff"])
def test_the_history_still_says_what_staff_did_who_were_away_meanwhile(hand: DeskInHand, kept_as: str) -> None:
    hand.answer(hand.last(ANNA, "staff_new"), "Я в отпуске.", headers=[("Auto-Submitted", "auto-replied")])
    with hand.database.write() as session:  # an earlier version took it for the client's
        for event in session.scalars(select(Event).where(Event.event == "auto_reply_kept")):
            event.by = f"{kept_as}:{ANNA}"
        for entry in session.scalars(select(Entry).where(Entry.kind == "auto_reply")):
            entry.internal = kept_as == "staff"
    before = [line["by"] for line in hand.show(HIS)["history"] if ANNA in line["by"]]

    with hand.database.write() as session:
        erase_request(session, session.get_one(Request, 2), f"staff:{ANNA}", hand.now)

    assert f"{kept_as}:{ANNA}" in before
    assert [line["by"] for line in hand.show(HIS)["history"] if ANNA in line["by"]][: len(before)] == before


ORDERS = ["!возобновить\n\ncanary-again", "canary-again", "!заметка\n\ncanary-again"]


@pytest.mark.parametrize("said", ORDERS)
def test_4_8_nothing_is_done_in_what_was_erased(hand: DeskInHand, said: str) -> None:
    hand.write(ZINA, "Портал", "Не открывается.")
    new = hand.last(ANNA, "staff_new")
    hand.answer(new, "!отклонить\n\nНе к нам.")
    _erase(hand)
    before = hand.show("SD-2026-000003")

    hand.answer(new, said)
    hand.answer(new, "canary-again", headers=[("Auto-Submitted", "auto-replied")])
    hand.write(ANNA, "Вопрос", "!показать SD-2026-000003")

    assert "!показать SD-2026-000003" in words(hand.last(ANNA, "staff_error"))
    assert hand.show("SD-2026-000003") == before
    assert "SD-2026-000003" in hand.last(ANNA, "staff_done").text
    with hand.read() as session:
        notices = session.scalars(select(Notice).where(Notice.request_id == 3))
        assert not [notice for notice in notices if "canary-again" in str(notice.facts)]


@pytest.mark.parametrize("tie", ["связать", "объединить"])
def test_3_6_nothing_is_tied_to_what_was_erased(hand: DeskInHand, tie: str) -> None:
    _erase(hand)
    hand.write(ZINA, "Портал", "Не открывается.")

    hand.answer(hand.last(ANNA, "staff_new"), f"!{tie} {HERS}\n\nТо же самое.")

    assert hand.show("SD-2026-000003")["links"] == []
    assert HERS in hand.last(ANNA, "staff_error").text


def test_a_lost_race_erases_nothing(hand: DeskInHand) -> None:
    if hand.database.is_sqlite:
        pytest.skip("SQLite lets nobody else write meanwhile")

    with pytest.raises(StaleDataError):
        _erase(hand, meanwhile=lambda another: setattr(another.get_one(Request, 1), "urgency", "low"))

    assert set(CANARIES) <= set(_found(hand.database))


def _erase(hand: DeskInHand, meanwhile: Callable[[Session], None] | None = None) -> dict[str, int]:
    with hand.database.write() as session:
        found = held(session, ZINA)
        if meanwhile:
            with hand.database.write() as another:
                meanwhile(another)
        return erase_person(session, found, f"staff:{ANNA}", hand.now + timedelta(days=1))


def _found(database: Database) -> list[str]:
    """The canaries that stand in any column of any table."""
    values = "\n".join(_values(database))
    return [canary for canary in CANARIES if canary in values]


def _values(database: Database) -> Iterator[str]:
    with database.read() as session:
        for table in SQLModel.metadata.sorted_tables:
            for row in session.execute(select(table)):
                for value in row:
                    yield value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _file(database: Database) -> bytes:
    """The bytes of the database, and of its write-ahead log."""
    path = Path(str(database.url.database))
    log = path.with_name(path.name + "-wal")
    return path.read_bytes() + (log.read_bytes() if log.exists() else b"")
