"""3.10: mail in quarantine: how often staff hear of it, and how they let it in or drop it by mail."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mailgate.desk import quarantine
from mailgate.desk.digest import send_digest
from mailgate.store.database import Database
from mailgate.store.tables import Mail
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, COMPLAINTS, DESK, IVAN, JOHN, KATE, SERGEY

STRANGER = "m.sidorova@gamma.example"


@pytest.fixture
def holding(config: Path, database: Database) -> DeskInHand:
    """A desk for which much honest mail cannot be proven."""
    config.write_text(config.read_text().replace('policy = "require" ', 'policy = "hold" '))
    return DeskInHand(config, database)


def freed(hand: DeskInHand, mail: Mail) -> str | None:
    with hand.read() as session:
        return session.get_one(Mail, mail.id).freed


def test_3_10_unproven_mail_in_one_name_is_told_once_a_day(hand: DeskInHand) -> None:
    hand.write(IVAN, "Портал", "Первое.", proof="fail")
    hand.write(IVAN, "Портал", "Второе.", proof="fail")
    hand.write(JOHN, "Portal", "Another name.", proof="fail")

    told = hand.told(ANNA, "staff_quarantine")

    assert [IVAN in letter.text for letter in told] == [True, False]
    assert "сегодня сообщений не будет" in " ".join(told[0].text.split())


def test_3_10_the_next_day_staff_are_told_anew_and_how_many_wait(hand: DeskInHand) -> None:
    for _ in range(3):
        hand.write(IVAN, "Портал", "Ещё одно.", proof="fail")
    hand.now += timedelta(days=1)

    hand.write(IVAN, "Портал", "И ещё.", proof="fail")

    assert len(hand.told(ANNA, "staff_quarantine")) == 2
    assert "прежние письма от этого имени: 3" in " ".join(hand.last(ANNA, "staff_quarantine").text.split())


def test_3_10_where_the_policy_is_hold_staff_are_told_of_each_with_the_mail_attached(holding: DeskInHand) -> None:
    holding.write(IVAN, "Портал", "Первое.", proof="none")
    holding.write(IVAN, "Портал", "Второе.", proof="none")

    told = holding.told(ANNA, "staff_quarantine")

    assert len(told) == 2
    assert all(letter.attachments for letter in told)
    assert not any("сообщений не будет" in letter.text for letter in told)
    assert holding.numbers() == []


@pytest.mark.parametrize("named", ["beta", "Beta", "BETA.", "«beta»", "bеta"])
def test_3_10_a_client_is_named_as_people_type(hand: DeskInHand, named: str) -> None:
    mail = hand.write(STRANGER, "Вопрос", "Помогите.", proof="none")

    hand.write(ANNA, f"[quarantine {mail.id}]", f"!отпустить {named}")

    assert hand.show()["client"] == "beta"


@pytest.mark.parametrize("command", ["!release", "!отпустить", "!адпусціць"])
def test_3_10_staff_let_a_mail_in_by_answering_its_notice(hand: DeskInHand, command: str) -> None:
    mail = hand.write(IVAN, "Портал", "Не открывается.", proof="fail")

    hand.answer(hand.last(ANNA, "staff_quarantine"), command)

    shown = hand.show()
    assert (shown["contact"], shown["client"], shown["subject"]) == (IVAN, "alfa", "Портал")
    assert shown["history"][0]["detail"]["released_by"] == f"staff:{ANNA}"
    assert freed(hand, mail) == "released"
    assert hand.told(IVAN, "registered")
    assert "SD-2026-000001" in hand.last(ANNA, "staff_done")["Subject"]


@pytest.mark.parametrize("command", ["!drop", "!удалить", "!выдаліць"])
def test_3_10_staff_drop_a_mail_by_answering_its_notice(hand: DeskInHand, command: str) -> None:
    mail = hand.write(IVAN, "Портал", "Не открывается.", proof="fail")

    hand.answer(hand.last(ANNA, "staff_quarantine"), command)

    assert freed(hand, mail) == "dropped"
    assert hand.numbers() == []
    assert command in hand.last(ANNA, "staff_done").text


def test_3_10_a_link_cites_nothing_and_finds_the_mail_by_its_subject(hand: DeskInHand) -> None:
    mail = hand.write(IVAN, "Портал", "Не открывается.", proof="fail")
    html = hand.last(ANNA, "staff_quarantine").message.get_body(("html",))
    assert html is not None
    assert f"quarantine%20{mail.id}%5D" in html.get_content()

    hand.write(ANNA, f"Re: [quarantine {mail.id}]", "!отпустить")

    assert freed(hand, mail) == "released"


def test_3_10_a_stranger_s_mail_is_let_in_for_the_client_named_and_taken_at_once(hand: DeskInHand) -> None:
    mail = hand.write(STRANGER, "Вопрос", "Можно спросить?")

    hand.write(ANNA, f"[quarantine {mail.id}]", "!отпустить beta\n!взять")

    assert (hand.show()["client"], hand.show()["assignee"]) == ("beta", ANNA)


@pytest.mark.parametrize(
    ("commands", "why"),
    [("!отпустить gamma", "gamma"), ("!отпустить\n!удалить", "!удалить"), ("!drop alfa", "alfa")],
)
def test_3_10_what_cannot_be_done_leaves_the_mail_where_it_is(hand: DeskInHand, commands: str, why: str) -> None:
    mail = hand.write(IVAN, "Портал", "Не открывается.", proof="fail")

    hand.answer(hand.last(ANNA, "staff_quarantine"), commands)

    assert why in hand.last(ANNA, "staff_error").text
    assert (freed(hand, mail), hand.numbers()) == (None, [])


def test_3_10_a_mail_is_let_in_once(hand: DeskInHand) -> None:
    hand.write(IVAN, "Портал", "Не открывается.", proof="fail")
    notice = hand.last(ANNA, "staff_quarantine")
    hand.answer(notice, "!отпустить")

    hand.answer(notice, "!отпустить", SERGEY)

    assert "уже приняли" in hand.last(SERGEY, "staff_error").text
    assert len(hand.numbers()) == 1


def test_3_10_an_order_without_such_a_notice_lets_nothing_in(hand: DeskInHand) -> None:
    held = hand.write(IVAN, "Портал", "Не открывается.", proof="fail")
    hand.write(JOHN, "Portal", "It is broken.")

    hand.answer(hand.last(ANNA, "staff_new"), "!отпустить")

    assert hand.told(ANNA, "staff_error")
    assert freed(hand, held) is None


def test_3_10_nobody_but_staff_lets_a_mail_in(hand: DeskInHand) -> None:
    held = hand.write(IVAN, "Портал", "Не открывается.", proof="fail")

    hand.answer(hand.last(ANNA, "staff_quarantine"), "!отпустить", JOHN)
    hand.answer(hand.last(ANNA, "staff_quarantine"), "!отпустить", ANNA, proof="fail")

    assert freed(hand, held) is None


def test_3_10_a_mail_without_a_single_sender_is_not_let_in(hand: DeskInHand) -> None:
    held = hand.receive(b"From: a@x.example\nFrom: b@x.example\nSubject: two\n\nText\n")

    hand.answer(hand.last(ANNA, "staff_quarantine"), "!отпустить")

    assert "одного ясного отправителя" in " ".join(hand.last(ANNA, "staff_error").text.split())
    assert freed(hand, held) is None


def test_5_2_a_held_answer_that_is_let_in_goes_to_its_request(holding: DeskInHand) -> None:
    holding.write(IVAN, "Портал", "Не открывается.")
    holding.answer(holding.last(ANNA, "staff_new"), "!готово\nПочинили.")
    holding.answer(holding.last(IVAN, "completed"), "Подтверждаю", proof="none")
    assert holding.show()["status"] == "awaiting_confirmation"

    holding.answer(holding.last(ANNA, "staff_quarantine"), "!отпустить")

    assert holding.numbers() == ["SD-2026-000001"]
    assert holding.show()["status"] == "closed"


@pytest.mark.parametrize(
    ("command", "more"),
    [
        ("!отпустить", {"headers": [("Precedence", "bulk")]}),
        ("!отпустить", {"headers": [("List-Id", "<all.alfa.example>")]}),
        ("!отпустить alfa", {"proof": "none"}),
    ],
)
def test_4_6_a_held_answer_is_an_answer_however_it_was_held_and_let_in(
    holding: DeskInHand, command: str, more: dict[str, Any]
) -> None:
    holding.write(IVAN, "Портал", "Не открывается.")
    holding.answer(holding.last(ANNA, "staff_new"), "!инфо\nКакой браузер?")
    holding.answer(holding.last(IVAN, "info_needed"), "Firefox 130.", **more)

    holding.answer(holding.last(ANNA, "staff_quarantine"), command)

    shown = holding.show()
    assert (holding.numbers(), shown["status"], shown["deadline_at"]) == (["SD-2026-000001"], "registered", None)
    assert shown["history"][-1]["detail"]["released_by"] == f"staff:{ANNA}"


def test_6_1_a_held_answer_in_a_complaint_is_no_second_one(hand: DeskInHand) -> None:
    hand.write(STRANGER, "Претензия", "Дважды обещали.", to=COMPLAINTS)
    answered = hand.last(STRANGER, "complaint_registered")
    hand.answer(answered, "Ещё факты.", to=COMPLAINTS, headers=[("List-Id", "<x.gamma.example>")])

    hand.answer(hand.last(KATE, "staff_quarantine"), "!release", to=COMPLAINTS)

    assert hand.numbers() == ["C-2026-000001"]
    assert "Ещё факты." in hand.last(KATE, "staff_reply").text


def test_3_10_an_answer_that_is_let_in_for_another_client_is_a_request_of_that_client(holding: DeskInHand) -> None:
    holding.write(IVAN, "Портал", "Не открывается.")
    holding.answer(holding.last(IVAN, "registered"), "И у «Беты» тоже.", proof="none")

    holding.answer(holding.last(ANNA, "staff_quarantine"), "!отпустить beta")

    assert [holding.show(number)["client"] for number in holding.numbers()] == ["alfa", "beta"]


@pytest.mark.parametrize("sender", [ANNA, DESK])
@pytest.mark.parametrize("command", ["!отпустить", "!отпустить alfa"])
def test_3_10_nothing_is_let_in_in_the_name_of_staff_or_of_the_desk(
    hand: DeskInHand, sender: str, command: str
) -> None:
    hand.write(IVAN, "Портал", "Не открывается.")
    before = hand.show()["messages"]
    held = hand.answer(hand.last(ANNA, "staff_new"), "!заметка\n\nСекрет.", sender, proof="")
    told = hand.last(SERGEY, "staff_quarantine")

    hand.answer(told, command)

    assert all(word in hand.last(SERGEY, "staff_error").text for word in (sender, "!удалить"))
    assert (freed(hand, held), hand.numbers(), hand.show()["messages"]) == (None, ["SD-2026-000001"], before)
    assert not hand.told(sender, "registered")
    assert "!отпустить" not in told.text
    assert "mailgate quarantine release" not in told.text
    hand.answer(told, "!удалить")
    assert freed(hand, held) == "dropped"


def test_3_10_nothing_is_offered_for_what_nobody_can_let_in(hand: DeskInHand) -> None:
    held = hand.receive(f"From: {IVAN}, {JOHN}\r\nTo: {DESK}\r\nMessage-ID: <1@two>\r\n\r\nПривет\r\n".encode())

    told = hand.last(ANNA, "staff_quarantine")
    hand.answer(told, "!удалить")

    assert held.reason == "sender_unclear"
    assert "!отпустить" not in told.text
    assert "ответьте отправителю сами" in " ".join(told.text.split())
    assert freed(hand, held) == "dropped"


def test_3_10_what_two_let_in_at_once_is_registered_once(hand: DeskInHand) -> None:
    mail = hand.write(STRANGER, "Вопрос", "Можно спросить?")
    have_looked, found = threading.Barrier(2), []

    def let_in() -> None:
        with hand.database.write() as session:
            held = quarantine.waiting(session, mail.id, to_free=True)
            with suppress(threading.BrokenBarrierError):  # who has to wait for the other does not come so far
                have_looked.wait(0.5)
            found.append(held and quarantine.release(session, held, "beta", hand.now, hand.desk))

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(let_in) for _ in range(2)]:
            done.result(60)

    assert hand.numbers() == ["SD-2026-000001"]
    assert found.count(None) == 1


def test_4_1_the_digest_says_how_many_mails_wait(hand: DeskInHand) -> None:
    hand.write(IVAN, "Портал", "Первое.", proof="fail")
    hand.write(IVAN, "Портал", "Второе.", proof="fail")
    hand.now = hand.now.replace(hour=9, minute=0) + timedelta(days=1)

    with hand.database.write() as session:
        send_digest(session, hand.now, hand.desk)
    hand.send()

    assert "В карантине 2 письма ждут решения" in " ".join(hand.last(ANNA, "staff_digest").text.split())
