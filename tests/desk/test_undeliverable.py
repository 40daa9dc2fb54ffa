"""3.7: where a notice goes when it cannot go where it should."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailgate.desk.notice_settled import Settlement, Tried, notices_settled
from mailgate.store import queries
from mailgate.store.database import Database
from mailgate.store.tables import DeadAddress
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN, JOHN, SERGEY, VOLHA, Letter
from tests.rig.play import bounce, minsk, words

AUTHORISED, OFFICIAL, OFFICE = "it@alfa.example", "info@alfa.example", "office@beta.example"
STRANGER = "jane@elsewhere.example"
DEAD = Settlement(False, address_is_dead=True, error="550 5.1.1 no such user")


def opened(hand: DeskInHand, sender: str = IVAN, **more: object) -> None:
    hand.write(sender, "Не открывается портал", "С утра.", **more)
    hand.send()  # what a refusal caused
    hand.send()


def order(hand: DeskInHand, text: str) -> None:
    hand.answer(hand.last(ANNA, "staff_new"), text)


def is_dead(hand: DeskInHand, addr: str) -> bool:
    with hand.read() as session:
        return queries.is_dead(session, addr)


def who_got(hand: DeskInHand, name: str) -> list[str]:
    return [letter.to for letter in hand.told(name=name)]


def test_3_7_a_notice_refused_by_the_server_goes_to_the_preferred_mailbox(hand: DeskInHand) -> None:
    hand.refuses[IVAN] = DEAD

    opened(hand)

    assert who_got(hand, "registered") == [AUTHORISED]
    assert AUTHORISED in hand.last(ANNA, "staff_undeliverable").text
    assert hand.events() == ["registered", "notice_bounced"]


def test_3_7_a_client_may_prefer_his_official_mailbox(hand: DeskInHand) -> None:
    hand.refuses[JOHN] = DEAD

    opened(hand, JOHN)

    assert who_got(hand, "registered") == [OFFICE]


def test_3_7_a_hard_bounce_sends_the_notice_again_to_the_fallback(hand: DeskInHand) -> None:
    opened(hand)

    hand.receive(bounce(hand.last(IVAN, "registered")))

    assert who_got(hand, "registered") == [IVAN, AUTHORISED]
    first, again = hand.told(name="registered")
    assert again["Message-ID"] != first["Message-ID"]
    assert "notice_bounced" in hand.events()


@pytest.mark.parametrize(
    ("status", "said", "reason"),
    [
        ("5.1.1", "550 5.1.1 User unknown", "550 5.1.1 User unknown"),
        ("5.1.1", "", "почтовая система вернула письмо: доставить его нельзя"),
        ("4.2.2", "", "почтовая система вернула письмо: сейчас доставить его не удалось"),
    ],
)
def test_3_7_staff_read_why_it_came_back(hand: DeskInHand, status: str, said: str, reason: str) -> None:
    opened(hand)

    hand.receive(bounce(hand.last(IVAN, "registered"), status, said))

    assert f"Причина: {reason}" in words(hand.last(ANNA, "staff_undeliverable"))


def test_3_7_what_follows_goes_straight_to_the_fallback(hand: DeskInHand) -> None:
    opened(hand)
    hand.receive(bounce(hand.last(IVAN, "registered")))

    order(hand, "Смотрим.")

    assert who_got(hand, "started") == [AUTHORISED]


def test_3_7_if_the_fallback_fails_too_the_other_mailbox_is_tried(hand: DeskInHand) -> None:
    hand.refuses[IVAN] = hand.refuses[AUTHORISED] = DEAD

    opened(hand)

    assert who_got(hand, "registered") == [OFFICIAL]


def test_4_11_if_nothing_works_staff_are_told_to_use_another_way(hand: DeskInHand) -> None:
    hand.refuses[JOHN] = hand.refuses[OFFICE] = DEAD
    opened(hand, JOHN)
    assert who_got(hand, "registered") == []
    assert "4.11" in hand.last(ANNA, "staff_undeliverable").text

    told = len(hand.told(ANNA, "staff_undeliverable"))
    order(hand, "Смотрим.")

    assert len(hand.told(ANNA, "staff_undeliverable")) == told + 1
    assert "Смотрим." in hand.last(ANNA, "staff_undeliverable").text
    assert hand.show()["status"] == "in_progress"


def test_4_11_an_order_whose_notice_reaches_nobody_is_one_order_all_the_same(hand: DeskInHand) -> None:
    hand.refuses[JOHN] = hand.refuses[OFFICE] = DEAD
    opened(hand, JOHN)
    told = len(hand.told(ANNA, "staff_undeliverable"))

    order(hand, "!готово\n\nСделано.")

    assert hand.events()[-1] == "completed"
    assert len(hand.told(ANNA, "staff_undeliverable")) == told + 1


@pytest.mark.parametrize("status", ["4.4.7", "5.2.2"])
def test_3_7_a_soft_bounce_goes_to_the_fallback_and_marks_nothing(hand: DeskInHand, status: str) -> None:
    opened(hand)

    hand.receive(bounce(hand.last(IVAN, "registered"), status))

    assert not is_dead(hand, IVAN)
    assert who_got(hand, "registered") == [IVAN, "it@alfa.example"]
    assert IVAN in hand.last(ANNA, "staff_undeliverable").text
    order(hand, "Смотрим.")
    assert who_got(hand, "started") == [IVAN]


def test_3_7_a_notice_that_was_given_up_is_told_to_staff(hand: DeskInHand) -> None:
    hand.refuses[IVAN] = Settlement(False, error="no connection for five days")

    opened(hand)

    assert "it@alfa.example" in hand.last(SERGEY, "staff_undeliverable").text
    assert who_got(hand, "registered") == ["it@alfa.example"]
    assert not is_dead(hand, IVAN)


def test_3_7_the_client_s_own_mailbox_answers_what_it_got(hand: DeskInHand) -> None:
    hand.refuses[IVAN] = Settlement(False, error="no connection for five days")
    opened(hand)
    order(hand, "!готово\n\nСделано.")
    hand.send()

    hand.answer(hand.last("it@alfa.example", "completed"), "!подтверждаю")

    assert hand.show()["status"] == "closed"


def test_3_7_a_message_that_no_server_takes_is_tried_nowhere_else(hand: DeskInHand) -> None:
    hand.refuses[IVAN] = Settlement(False, error="552 too large", hopeless=True)

    opened(hand)
    hand.send()

    assert who_got(hand, "registered") == []
    assert len(hand.told(SERGEY, "staff_undeliverable")) == 1


def test_3_7_a_delay_is_no_bounce(hand: DeskInHand) -> None:
    opened(hand)
    report = bounce(hand.last(IVAN, "registered"), "4.4.1").replace(b"Action: failed", b"Action: delayed")

    hand.receive(report)

    assert hand.events() == ["registered"]
    assert not hand.told(name="staff_undeliverable")


def forged(letter: Letter) -> dict[str, bytes]:
    """Reports that nobody should believe."""
    report, message_id = bounce(letter), letter["Message-ID"].encode()
    return {
        "another reader": report.replace(IVAN.encode(), VOLHA.encode()),
        "an unknown message": report.replace(message_id, b"<1.guess@desk.example>"),
    }


@pytest.mark.parametrize("how", ["another reader", "an unknown message"])
def test_s24_a_report_that_fits_no_notice_of_ours_is_not_believed(hand: DeskInHand, how: str) -> None:
    opened(hand)

    hand.receive(forged(hand.last(IVAN, "registered"))[how])

    assert hand.events() == ["registered"]
    assert not is_dead(hand, IVAN)
    assert not is_dead(hand, VOLHA)


def test_3_7_the_same_bounce_twice_is_one(hand: DeskInHand) -> None:
    opened(hand)
    report = bounce(hand.last(IVAN, "registered"))

    hand.receive(report)
    hand.receive(b"Received: from elsewhere\r\n" + report)

    assert who_got(hand, "registered") == [IVAN, AUTHORISED]
    assert hand.events().count("notice_bounced") == 1


def test_3_7_a_mailbox_marked_by_staff_gets_nothing(hand: DeskInHand) -> None:
    with hand.database.write() as session:
        session.add(DeadAddress(addr=IVAN, since=hand.now, reason="marked by staff"))
    hand.write(VOLHA, "Не открывается портал", "С утра.", headers=[("Cc", IVAN)])

    assert who_got(hand, "registered") == [VOLHA]


def test_3_7_mail_from_a_marked_mailbox_shows_that_it_works_again(hand: DeskInHand) -> None:
    opened(hand)
    hand.receive(bounce(hand.last(IVAN, "registered")))
    assert is_dead(hand, IVAN)

    hand.answer(hand.told(IVAN, "registered")[0], "Почта снова работает.")

    assert not is_dead(hand, IVAN)
    order(hand, "Смотрим.")
    assert who_got(hand, "started") == [IVAN]


def test_3_7_somebody_who_takes_part_and_cannot_be_reached_costs_the_sender_no_second_copy(hand: DeskInHand) -> None:
    opened(hand, headers=[("Cc", VOLHA)])
    assert who_got(hand, "registered") == [IVAN, VOLHA]

    hand.receive(bounce(hand.last(VOLHA, "registered")))

    assert who_got(hand, "registered") == [IVAN, VOLHA]
    order(hand, "Смотрим.")
    assert who_got(hand, "started") == [IVAN]


def test_3_7_the_sender_s_bounce_costs_those_who_take_part_no_second_copy(hand: DeskInHand) -> None:
    opened(hand, headers=[("Cc", VOLHA)])

    hand.receive(bounce(hand.last(IVAN, "registered")))

    assert who_got(hand, "registered") == [IVAN, VOLHA, AUTHORISED]


def test_3_7_what_staff_do_not_get_their_colleagues_hear_of(hand: DeskInHand) -> None:
    hand.refuses[ANNA] = DEAD

    opened(hand)

    assert who_got(hand, "staff_undeliverable") == [SERGEY]
    assert hand.events() == ["registered"]


def test_3_7_the_copy_to_the_fallback_carries_the_text_and_the_attachments(hand: DeskInHand) -> None:
    opened(hand)
    hand.answer(hand.last(ANNA, "staff_new"), "!готово\n\nСделано.", attachments=[("акт.pdf", b"%PDF-1.4 act")])

    hand.receive(bounce(hand.last(IVAN, "completed")))

    again = hand.last(AUTHORISED, "completed")
    assert "Сделано." in again.text
    assert [part.get_filename() for part in again.attachments] == ["акт.pdf"]


def test_3_10_a_stranger_s_bounce_concerns_no_request(hand: DeskInHand) -> None:
    hand.write(STRANGER, "Вопрос", "Сколько стоит?")

    mail = hand.receive(bounce(hand.last(STRANGER, "not_registered")))

    assert (mail.decision, mail.reason, mail.request_id) == ("ignore", "bounce", None)


# --- the client's own mailbox is that of somebody who takes part ------------------------------------------------------

THURSDAY = "2026-11-26T18:00:00+03:00"
LATER = Settlement(False, next_at=minsk(24, 11, 10), error="450 try later")


@pytest.fixture
def hers(config: Path, database: Database) -> DeskInHand:
    """The authorised mailbox of Ivan's client is Volha's own; she takes part in his request of Monday, 23.11.2026."""
    clients = config.parent / "clients.toml"
    clients.write_text(clients.read_text().replace(f'= "{AUTHORISED}"', f'= "{VOLHA}"'))
    hand = DeskInHand(config, database)
    opened(hand, headers=[("Cc", VOLHA)])
    return hand


def asked(hand: DeskInHand, refuses: dict[str, Settlement]) -> None:
    hand.refuses |= refuses
    order(hand, "!инфо\n\nПришлите номер договора.")
    for _ in range(3):  # what a refusal caused, and what that caused
        hand.send()


def stands(hand: DeskInHand) -> tuple[str, str | None]:
    return hand.show()["status"], hand.show()["deadline_at"]


def test_3_7_who_takes_part_and_has_the_notice_gets_no_second_copy_in_the_sender_s_place(hers: DeskInHand) -> None:
    asked(hers, {IVAN: DEAD})

    assert who_got(hers, "info_needed") == [VOLHA]
    assert stands(hers) == ("awaiting_info", THURSDAY)
    assert f"То же письмо получает и {VOLHA}" in words(hers.last(ANNA, "staff_undeliverable"))


def test_4_6_the_clock_starts_once_she_has_it_whose_mailbox_is_the_client_s(hers: DeskInHand) -> None:
    asked(hers, {IVAN: DEAD, VOLHA: LATER})
    assert stands(hers) == ("awaiting_info", None)

    hers.refuses.clear()
    hers.now = minsk(24, 11, 10)
    hers.send()

    assert who_got(hers, "info_needed") == [VOLHA]
    assert stands(hers) == ("awaiting_info", "2026-11-27T18:00:00+03:00")


@pytest.mark.parametrize("first", [IVAN, VOLHA])
def test_3_7_where_neither_can_be_reached_the_other_mailbox_is_tried(hers: DeskInHand, first: str) -> None:
    second = VOLHA if first == IVAN else IVAN
    asked(hers, {first: DEAD, second: LATER})
    hers.refuses[second] = DEAD
    hers.now = minsk(24, 11, 10)
    for _ in range(2):
        hers.send()

    assert who_got(hers, "info_needed") == [OFFICIAL]
    assert stands(hers) == ("awaiting_info", "2026-11-27T18:00:00+03:00")
    assert OFFICIAL in words(hers.last(ANNA, "staff_undeliverable"))


def test_3_7_her_mailbox_alone_out_of_order_costs_the_client_no_copy(hers: DeskInHand) -> None:
    asked(hers, {VOLHA: DEAD})

    assert who_got(hers, "info_needed") == [IVAN]
    assert stands(hers) == ("awaiting_info", THURSDAY)
    assert f"То же письмо получает и {IVAN}" in words(hers.last(ANNA, "staff_undeliverable"))


def test_4_6_a_late_report_leaves_the_clock_as_it_is_where_she_has_been_told(hers: DeskInHand) -> None:
    asked(hers, {})
    hers.now = minsk(25, 11, 12)

    hers.receive(bounce(hers.last(IVAN, "info_needed")))

    assert who_got(hers, "info_needed") == [IVAN, VOLHA]
    assert stands(hers) == ("awaiting_info", THURSDAY)


def test_4_8_a_rejection_stands_where_the_client_s_own_mailbox_had_been_asked_in_time(hers: DeskInHand) -> None:
    asked(hers, {})
    hers.travel(minsk(27, 11, 12))
    assert hers.show()["status"] == "rejected"

    hers.receive(bounce(hers.last(IVAN, "info_needed")))

    assert stands(hers) == ("rejected", None)
    assert "продвинулся" in words(hers.last(ANNA, "staff_undeliverable"))


@pytest.mark.parametrize("order_of_words", [1, -1])
def test_4_6_the_clock_starts_with_her_notice_though_both_words_come_at_once(
    hers: DeskInHand, order_of_words: int
) -> None:
    hers.refuses |= {IVAN: LATER, VOLHA: LATER}
    order(hers, "!инфо\n\nПришлите номер договора.")
    with hers.database.write() as session:
        pair = [each for each in queries.notices(session) if each.name == "info_needed"][::-1]
        assert [each.reader for each in pair] == [IVAN, VOLHA]
        session.expunge_all()
        said = (DEAD, Settlement(True))
        tried = [Tried(notice, what, hers.now) for notice, what in zip(pair, said, strict=True)]
        notices_settled(session, tried[::order_of_words], hers.desk)

    assert stands(hers) == ("awaiting_info", THURSDAY)


def test_4_11_staff_read_which_of_their_words_reached_nobody(hand: DeskInHand) -> None:
    opened(hand, JOHN)
    hand.refuses[JOHN] = hand.refuses[OFFICE] = DEAD

    order(hand, "!инфо\n\nWhich browser?")
    for _ in range(2):
        hand.send()

    told = hand.last(ANNA, "staff_undeliverable")
    assert "4.11" in told.text
    assert "Which browser?" in told.text
