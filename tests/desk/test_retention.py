"""What was kept for its term is erased by itself, and nothing else."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from mailgate.config import load
from mailgate.desk.context import open_desk
from mailgate.desk.notice_settled import Settlement
from mailgate.desk.retention import erase_next, is_night
from mailgate.store import queries
from mailgate.store.tables import DeadAddress, Mail, Notice, RawMail
from tests.rig.hand import MONDAY, DeskInHand
from tests.rig.house import ANNA, DESK, IVAN, JOHN
from tests.rig.play import minsk

OURS, THEIRS, NEXT = "SD-2026-000001", "SD-2026-000002", "SD-2026-000003"
STRANGER = "mallory@nobody.example"


@pytest.fixture
def hand(hand: DeskInHand) -> DeskInHand:
    """A request of Ivan's (alfa) and one of John's (beta), both closed on Monday; a stranger's mail; staff's own."""
    for sender in (IVAN, JOHN):
        hand.write(sender, "Вопрос", "Как войти?")
        hand.answer(hand.last(ANNA, "staff_new"), "!закрыть телефон\nРассказали.")
    hand.write(STRANGER, "Offer", "Buy this.")
    hand.write(STRANGER, "Offer", "Buy this, unproven.", proof="fail")
    hand.write(ANNA, "!очередь", "!очередь")
    return hand


def test_nothing_is_erased_unless_the_configuration_says_so(hand: DeskInHand) -> None:
    hand.now = MONDAY + timedelta(days=36_500)

    assert _erase(hand) == 0


def test_requests_go_when_their_term_is_over_and_not_before(hand: DeskInHand) -> None:
    _keep(hand, 'ended = "1 year"')
    hand.now = minsk(23, 11, 10, 0, year=2027)
    assert _erase(hand) == 0

    hand.now = minsk(23, 11, 10, 6, year=2027)
    assert _erase(hand) == 2

    shown = hand.show(OURS)
    assert (shown["subject"], shown["history"][-1]["by"]) == ("", "mailgate")
    assert IVAN not in str(shown)
    assert _erase(hand) == 0


def test_3_7_who_only_read_it_in_the_sender_s_place_stands_nowhere_either(hand: DeskInHand) -> None:
    hand.refuses[IVAN] = Settlement(False, error="550 5.1.1 User unknown", address_is_dead=True)
    hand.write(IVAN, "Ещё", "Как выйти?")
    hand.answer(hand.last(ANNA, "staff_new"), "!закрыть телефон\nРассказали.")
    read = {each for message in hand.show(NEXT)["messages"] for each in message["to"]} - {IVAN, DESK}
    assert read == {hand.desk.people.clients["alfa"].authorised_mailbox}
    _keep(hand, 'ended = "1 year"')
    hand.now = minsk(23, 11, 10, 6, year=2027)

    assert _erase(hand) == 3

    assert not any(addr in str(hand.show(NEXT)) for addr in read)
    with hand.database.read() as session:
        assert not session.scalars(select(Notice).where(Notice.reader.in_(read))).all()


def test_a_client_may_have_a_term_of_its_own_shorter_or_longer(hand: DeskInHand) -> None:
    _keep(hand, 'ended = "1 year"', alfa="60 days")
    hand.now = MONDAY + timedelta(days=61)
    assert (_erase(hand), hand.events(OURS)[-1], hand.events(THEIRS)[-1]) == (1, "erased", "closed")

    _keep(hand, 'ended = "90 days"', beta="2 years")
    hand.now = MONDAY + timedelta(days=400)
    assert (_erase(hand), hand.events(THEIRS)[-1]) == (0, "closed")


def test_an_open_request_is_kept_however_old(hand: DeskInHand) -> None:
    hand.write(IVAN, "Ещё", "Вопрос открыт.")
    _keep(hand, 'ended = "30 days"')
    hand.now = MONDAY + timedelta(days=4000)

    assert _erase(hand) == 2
    assert hand.show("SD-2026-000003")["subject"] == "Ещё"


def test_4_8_what_a_late_answer_may_resume_is_kept_until_then(hand: DeskInHand) -> None:
    _keep(hand, 'ended = "30 days"', resume="60 calendar days")
    hand.now = MONDAY + timedelta(days=45)
    assert _erase(hand) == 0

    hand.now = MONDAY + timedelta(days=62)
    assert _erase(hand) == 2


def test_mail_of_no_request_has_a_term_of_its_own(hand: DeskInHand) -> None:
    with hand.database.write() as session:
        session.add(DeadAddress(addr=STRANGER, since=hand.now))
    _keep(hand, 'unregistered = "90 days"')
    hand.now = MONDAY + timedelta(days=89)
    _erase(hand)
    assert _about(hand, STRANGER)

    hand.now = MONDAY + timedelta(days=91)
    _erase(hand)

    assert not _about(hand, STRANGER)
    with hand.read() as session:
        kept = session.scalars(select(Mail).join(RawMail, RawMail.mail_id == Mail.id)).all()
        assert {mail.from_addr for mail in kept} == {IVAN, JOHN, ANNA}
        assert queries.quarantined(session) == []
        assert session.get(DeadAddress, STRANGER) is None


@pytest.mark.parametrize(
    ("moment", "night"),
    [
        (minsk(23, 11, 10, 5), False),
        (minsk(23, 11, 18, 0), True),
        (minsk(24, 11, 3, 0), True),
        (minsk(22, 11, 12, 0), True),
    ],
    ids=["at work", "after hours", "at night", "on Sunday"],
)
def test_it_is_done_outside_working_hours(hand: DeskInHand, moment, night) -> None:
    assert is_night(moment, hand.desk) is night


def _erase(hand: DeskInHand) -> int:
    """All that is due; gives how many requests."""
    before = sum(hand.events(number).count("erased") for number in hand.numbers())
    while True:
        with hand.database.write() as session:
            if not erase_next(session, hand.now, hand.desk):
                break
    return sum(hand.events(number).count("erased") for number in hand.numbers()) - before


def _keep(hand: DeskInHand, retention: str, resume: str = "10 calendar days", **clients: str) -> None:
    """Read the configuration anew with these terms."""
    path = hand.desk.config.path
    text = re.sub(r"\[retention\]\n(\w.*\n)*", f"[retention]\n{retention}\n", path.read_text())
    path.write_text(re.sub(r'(resume_rejected_within = )".*"', rf'\1"{resume}"', text))
    people = path.parent / "clients.toml"
    plain = re.sub(r'\nretention = ".*"', "", people.read_text())
    for client, term in clients.items():
        plain = plain.replace(f'id = "{client}"', f'id = "{client}"\nretention = "{term}"')
    people.write_text(plain)
    with hand.database.write() as session:
        hand.desk = open_desk(session, load(Path(path)))


def _about(hand: DeskInHand, addr: str) -> int:
    with hand.read() as session:
        mails = [mail for mail in session.scalars(select(Mail)) if addr == mail.from_addr]
        notices = [notice for notice in session.scalars(select(Notice)) if addr in f"{notice.reader} {notice.facts}"]
        return len(mails) + len(notices)
