"""3.10: who left the address book gets nothing that still waits for him, and nobody misses what he would have got."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from mailgate.config import load
from mailgate.desk import quarantine
from mailgate.desk.context import open_desk
from mailgate.desk.digest import send_digest
from mailgate.desk.notice_settled import Settlement
from mailgate.store import queries
from mailgate.store.tables import Mail, Notice
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, COMPLAINTS, IVAN, JOHN, KATE, SERGEY, VOLHA

AT_CLIENT, STRANGER = "it@alfa.example", "mallory@nobody.example"
LATER = timedelta(minutes=1)


def without(hand: DeskInHand, file: str, *addrs: str) -> None:
    """These people are taken out of the address book, and it is read anew."""
    path = Path(hand.desk.config.path).parent / file
    people = re.split(r"\n(?=\[\[)", path.read_text())
    path.write_text("\n".join(each for each in people if not any(addr in each for addr in addrs)))
    with hand.database.write() as session:
        hand.desk = open_desk(session, load(hand.desk.config.path))


def waiting(hand: DeskInHand, *addrs: str) -> None:
    """Mail to these addresses does not go out for now."""
    hand.refuses |= {addr: Settlement(False, next_at=hand.now + LATER) for addr in addrs}


def later(hand: DeskInHand) -> None:
    """It would go out now."""
    hand.refuses, hand.now = {}, hand.now + LATER
    hand.send()


def states(hand: DeskInHand, reader: str) -> list[tuple[str, str]]:
    with hand.read() as session:
        found = session.scalars(select(Notice).where(Notice.reader == reader).order_by(Notice.id))
        return [(notice.name, notice.state) for notice in found]


def test_3_7_a_removed_contact_s_notice_goes_to_his_client_and_staff_are_told(hand: DeskInHand) -> None:
    waiting(hand, IVAN)
    hand.write(IVAN, "Вход", "Не пускает.")
    without(hand, "clients.toml", IVAN)

    later(hand)

    assert states(hand, IVAN) == [("registered", "withdrawn")]
    assert hand.last(AT_CLIENT, "registered")
    told = hand.last(ANNA, "staff_undeliverable").text
    assert AT_CLIENT in told
    assert "среди контактных лиц" in " ".join(told.split())


def test_4_6_the_clock_of_a_question_starts_with_the_notice_that_took_its_place(hand: DeskInHand) -> None:
    hand.write(IVAN, "Вход", "Не пускает.")
    waiting(hand, IVAN)
    hand.answer(hand.last(ANNA, "staff_new"), "!инфо\nКакая ошибка?")
    without(hand, "clients.toml", IVAN)
    assert hand.show()["deadline_at"] is None

    later(hand)

    assert hand.last(AT_CLIENT, "info_needed")
    assert hand.show()["deadline_at"] is not None


def test_where_the_whole_client_left_staff_are_asked_to_use_another_way(hand: DeskInHand) -> None:
    waiting(hand, JOHN)
    hand.write(JOHN, "Login", "It fails.")
    without(hand, "clients.toml", "beta.example")

    later(hand)

    assert states(hand, JOHN) == [("registered", "withdrawn")]
    assert "4.11" in hand.last(ANNA, "staff_undeliverable").text


def test_the_copy_of_one_who_took_part_falls_away_in_silence(hand: DeskInHand) -> None:
    hand.write(IVAN, "Вход", "Не пускает.", headers=[("Cc", VOLHA)])
    waiting(hand, VOLHA)
    hand.answer(hand.last(ANNA, "staff_new"), "Смотрим.")
    without(hand, "clients.toml", VOLHA)

    later(hand)

    assert states(hand, VOLHA)[-1] == ("started", "withdrawn")
    assert hand.told(name="staff_undeliverable") == []


def test_what_an_assignee_alone_was_told_goes_to_the_group(hand: DeskInHand) -> None:
    hand.write(IVAN, "Вход", "Не пускает.")
    hand.answer(hand.last(ANNA, "staff_new"), "!взять")
    waiting(hand, ANNA)
    hand.answer(hand.last(IVAN, "started"), "Вот снимок экрана.")
    without(hand, "staff.toml", ANNA)

    later(hand)

    assert states(hand, ANNA)[-1] == ("staff_reply", "withdrawn")
    assert "Вот снимок экрана." in hand.last(SERGEY, "staff_reply").text


def test_what_the_group_has_already_is_not_told_twice(hand: DeskInHand) -> None:
    waiting(hand, ANNA)
    hand.write(IVAN, "Вход", "Не пускает.")
    without(hand, "staff.toml", ANNA)

    later(hand)

    assert states(hand, ANNA) == [("staff_new", "withdrawn")]
    assert len(hand.told(SERGEY, "staff_new")) == 1


@pytest.mark.parametrize("who", ["a stranger", "a complainant", "somebody staff vouched for"])
def test_who_never_was_a_contact_still_gets_his_notice(hand: DeskInHand, who: str) -> None:
    waiting(hand, STRANGER)
    to = COMPLAINTS if who == "a complainant" else "support@desk.example"
    mail = hand.write(STRANGER, "Hello", "Please help.", to=to)
    if who == "somebody staff vouched for":
        _release(hand, mail.id)

    later(hand)

    assert {state for _, state in states(hand, STRANGER)} == {"accepted"}
    assert hand.told(KATE, "staff_undeliverable") == []


def _release(hand: DeskInHand, mail_id: int) -> None:
    with hand.database.write() as session:
        assert quarantine.release(session, session.get_one(Mail, mail_id), "alfa", hand.now, hand.desk)


# --- 6.4: who handles complaints no more ---------------------------------------------------------------------------


def moved_to_support(hand: DeskInHand, addr: str) -> None:
    """Whoever it is serves support alone from now on."""
    path = Path(hand.desk.config.path).parent / "staff.toml"
    people = re.split(r"\n(?=\[\[)", path.read_text())
    mine = re.compile(r"^groups = .*$", re.MULTILINE)
    path.write_text("\n".join(mine.sub('groups = ["support"]', each) if addr in each else each for each in people))
    hand.reconfigure(Path(hand.desk.config.path))


def news(hand: DeskInHand) -> None:
    hand.write(STRANGER, "Претензия", "Дважды обещали.", to=COMPLAINTS)


def held_mail(hand: DeskInHand) -> None:
    hand.write(STRANGER, "Претензия", "Дважды обещали.", to=COMPLAINTS, proof="fail")


def asked_for(what: str) -> Callable[[DeskInHand], None]:
    def ask(hand: DeskInHand) -> None:
        hand.write(KATE, "Question", what, to=COMPLAINTS)

    return ask


def digest(hand: DeskInHand) -> None:
    with hand.database.write() as session:
        assert send_digest(session, hand.now, hand.desk)
    hand.send()


@pytest.mark.parametrize(
    "tell",
    [news, held_mail, digest, asked_for("!show C-2026-000001"), asked_for("!queue")],
    ids=["news", "held_mail", "digest", "show", "queue"],
)
def test_6_4_who_handles_complaints_no_more_gets_none_that_still_waits(
    hand: DeskInHand, tell: Callable[[DeskInHand], None]
) -> None:
    news(hand)
    before = len(hand.told(KATE))
    waiting(hand, KATE)
    tell(hand)
    moved_to_support(hand, KATE)

    later(hand)

    assert states(hand, KATE)[-1][1] == "withdrawn"
    assert len(hand.told(KATE)) == before


def test_6_4_whom_a_complaint_was_assigned_to_and_no_more_hears_nothing_of_it(hand: DeskInHand) -> None:
    news(hand)
    waiting(hand, ANNA)
    hand.answer(hand.last(KATE, "staff_new"), "!assign Анна", to=COMPLAINTS)
    hand.answer(hand.last(KATE, "staff_new"), "!assign Kate", to=COMPLAINTS)

    later(hand)

    assert states(hand, ANNA) == [("staff_new", "withdrawn")]


def test_6_4_who_gives_a_complaint_away_is_told_that_he_did(hand: DeskInHand) -> None:
    news(hand)
    hand.answer(hand.last(KATE, "staff_new"), "!assign Анна", to=COMPLAINTS)

    hand.answer(hand.last(ANNA, "staff_new"), "!assign Kate", to=COMPLAINTS)

    assert hand.told(ANNA, "staff_done")


def test_who_moves_to_another_group_still_gets_what_is_no_complaint(hand: DeskInHand) -> None:
    waiting(hand, SERGEY)
    hand.write(IVAN, "Вход", "Не пускает.")
    hand.write(IVAN, "Вход", "Не пускает.", proof="fail")
    moved_to_support(hand, SERGEY)

    later(hand)

    assert [state for _, state in states(hand, SERGEY)] == ["accepted", "accepted"]


# --- 3.10: for whom somebody vouched -------------------------------------------------------------------------------


def of_the_portal(hand: DeskInHand) -> None:
    """Ivan's request, as the portal hands it over."""
    path = Path(hand.desk.config.path)
    path.write_text(path.read_text() + '\n[[gateway]]\naddress = "portal@lk.example"\nchannel = "portal"\n')
    hand.reconfigure(path)
    hand.write("portal@lk.example", "Вход", "Не пускает.", headers=[("X-Mailgate-Contact", IVAN)])


def let_in(hand: DeskInHand) -> None:
    """Ivan's request, unproven, as staff let it in."""
    hand.write(IVAN, "Вход", "Не пускает.", proof="fail")
    hand.answer(hand.last(ANNA, "staff_quarantine"), "!отпустить")


@pytest.mark.parametrize("came", [of_the_portal, let_in])
def test_3_10_nobody_vouches_for_a_contact_who_has_left(hand: DeskInHand, came: Callable[[DeskInHand], None]) -> None:
    came(hand)
    without(hand, "clients.toml", IVAN)

    hand.answer(hand.last(ANNA, "staff_new"), "Смотрим.")
    mail = hand.answer(hand.last(IVAN, "registered"), "Что нового?")

    assert (mail.decision, mail.reason) == ("not_registered", "revoked")
    assert [letter.to for letter in hand.told(name="started")] == [AT_CLIENT]


def test_3_10_whom_staff_let_in_for_a_client_reads_and_writes_on(hand: DeskInHand) -> None:
    hand.write(JOHN, "Вход", "Пишу за «Альфу».", proof="fail")
    hand.answer(hand.last(ANNA, "staff_quarantine"), "!отпустить alfa")

    hand.answer(hand.last(ANNA, "staff_new"), "Смотрим.")
    hand.answer(hand.last(JOHN, "started"), "Что нового?")

    assert hand.show()["client"] == "alfa"
    assert hand.events()[-1] == "client_wrote"


def test_5_2_staff_vouched_for_the_writer_of_the_closed_request_alone(hand: DeskInHand) -> None:
    hand.write(JOHN, "Вход", "Пишу за «Альфу».", proof="fail")
    hand.answer(hand.last(ANNA, "staff_quarantine"), "!отпустить alfa")
    hand.answer(hand.last(ANNA, "staff_new"), "!закрыть телефон\nПодтвердил.")

    hand.write(AT_CLIENT, "Re: [SD-2026-000001] Вход", "А почему так долго?")
    hand.write(JOHN, "Re: [SD-2026-000001] Вход", "И у меня вопрос.")

    with hand.read() as session:
        vouched = [(each.contact_addr, each.vouched) for each in queries.every_request(session)]
    assert vouched == [(JOHN, True), (AT_CLIENT, False), (JOHN, True)]
