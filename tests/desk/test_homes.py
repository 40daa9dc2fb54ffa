"""6.4: in which mailbox a request lives when the configuration is changed under it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mailgate.desk import configuration_read
from mailgate.desk.term_ended import end_one_term, mailboxes_to_read
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, COMPLAINTS, DESK, IVAN, KATE, SERGEY
from tests.rig.play import minsk, words

JANE, SECRET = "jane@elsewhere.example", "Анна мне нагрубила."
FIRST = "C-2026-000001"
BOX = 'name = "complaints"\naddress = "complaints@desk.example"\npurpose = "complaints"'


def change(hand: DeskInHand, old: str, new: str, file: str = "mailgate.toml") -> None:
    config = Path(hand.desk.config.path)
    path = config.parent / file
    before = path.read_text()
    assert old in before
    path.write_text(before.replace(old, new))
    hand.reconfigure(config)


def renamed(hand: DeskInHand) -> str:
    change(hand, BOX, BOX.replace('name = "complaints"', 'name = "pretenzii"'))
    return COMPLAINTS


def moved(hand: DeskInHand) -> str:
    new = BOX.replace('name = "complaints"', 'name = "pretenzii"').replace(COMPLAINTS, "pretenzii@desk.example")
    change(hand, BOX, new)
    return "pretenzii@desk.example"


def for_requests_now(hand: DeskInHand) -> str:
    """The same name and address are there, for something else; nothing is for complaints."""
    change(hand, BOX, BOX.replace('purpose = "complaints"', 'purpose = "requests"\nstaff_group = "support"'))
    return DESK


def taken_out(hand: DeskInHand) -> str:
    text = Path(hand.desk.config.path).read_text()
    start = text.index(f"[[mailbox]]\n{BOX}")
    change(hand, text[start : text.index("[smtp]")], "")
    return DESK


Changed = Callable[[DeskInHand], str]
CHANGES: list[Changed] = [renamed, moved, for_requests_now, taken_out]
"""What an admin does to the mailbox for complaints; gives from where its notices go out then."""


@pytest.mark.parametrize("changed", CHANGES)
def test_6_4_a_complaint_stays_with_its_group_whatever_becomes_of_its_mailbox(
    hand: DeskInHand, changed: Changed
) -> None:
    hand.write(JANE, "Претензия", "Дважды обещали.", to=COMPLAINTS)
    address = changed(hand)

    hand.answer(hand.last(KATE, "staff_new"), "We look into it.", to=address)
    progress = hand.last(JANE, "complaint_progress")
    hand.answer(progress, SECRET, to=address)
    hand.write(ANNA, "Вопрос", f"!показать {FIRST}\n!очередь")
    hand.write(ANNA, f"[{FIRST}]", "Разбираемся.")

    assert f"<{address}>" in progress["From"]
    assert hand.numbers() == [FIRST]
    assert SECRET in hand.last(KATE, "staff_reply").text
    assert {letter.name for letter in hand.told(ANNA)} == {"staff_error"}
    assert all(KATE in letter.text and SECRET not in letter.text for letter in hand.told(ANNA))


@pytest.mark.parametrize("changed", CHANGES)
def test_5_2_what_follows_such_a_complaint_is_one_too(hand: DeskInHand, changed: Changed) -> None:
    hand.write(JANE, "Претензия", "Дважды обещали.", to=COMPLAINTS)
    address = changed(hand)
    hand.answer(hand.last(KATE, "staff_new"), "!done\n\nYou are right.", to=address)

    hand.answer(hand.last(JANE, "complaint_answered"), "А почему так долго?", to=address)

    assert hand.numbers() == [FIRST, "C-2026-000002"]
    assert not hand.told(ANNA)


@pytest.mark.parametrize("changed", [renamed, moved, taken_out])
def test_6_4_what_waits_in_quarantine_of_a_complaints_mailbox_waits_for_its_group(
    hand: DeskInHand, changed: Changed
) -> None:
    mail = hand.write(JANE, "Претензия", "Дважды обещали.", to=COMPLAINTS, proof="fail")
    address = changed(hand)

    hand.write(ANNA, f"Re: [quarantine {mail.id}]", "!отпустить")
    assert (hand.numbers(), "6.4" in words(hand.last(ANNA, "staff_error"))) == ([], True)

    hand.answer(hand.last(KATE, "staff_quarantine"), "!release", to=address)
    assert hand.numbers() == [FIRST]


def test_a_request_of_a_mailbox_that_was_renamed_lives_in_the_first_for_requests(hand: DeskInHand) -> None:
    hand.write(IVAN, "Портал", "Не открывается.")
    change(hand, 'name = "support"\naddress', 'name = "help"\nstaff_group = "complaints"\naddress')

    hand.answer(hand.last(IVAN, "registered"), "И почта.")

    assert hand.numbers() == ["SD-2026-000001"]
    assert {letter.to for letter in hand.told(name="staff_reply")} == {KATE, SERGEY}


def test_4_8_no_term_ends_while_the_mailbox_that_was_renamed_may_hold_the_answer(hand: DeskInHand) -> None:
    hand.write(IVAN, "Портал", "Не открывается.")
    hand.answer(hand.last(ANNA, "staff_new"), "!инфо\n\nНомер договора?")
    change(hand, 'name = "support"\naddress', 'name = "help"\nstaff_group = "support"\naddress')
    is_over = minsk(30, 11, 12, 0)
    unread = {box.name: is_over for box in hand.desk.config.mailboxes} | {"help": None}

    with hand.database.write() as session:
        ended = end_one_term(session, is_over, hand.desk, unread | {"help": minsk(23, 11, 12, 0)})
        assert (ended, mailboxes_to_read(session, is_over, hand.desk, unread)) == (False, ["help"])
        assert mailboxes_to_read(session, is_over, hand.desk, dict.fromkeys(unread, is_over)) == []

        while end_one_term(session, is_over, hand.desk, dict.fromkeys(unread, is_over)):
            pass
    assert hand.show()["status"] == "rejected"


def test_4_8_a_term_ends_also_where_no_mailbox_for_requests_is_left(hand: DeskInHand) -> None:
    hand.write(IVAN, "Портал", "Не открывается.")
    hand.answer(hand.last(ANNA, "staff_new"), "!инфо\n\nНомер договора?")
    text = Path(hand.desk.config.path).read_text()
    change(hand, text[text.index('[[mailbox]]\nname = "support"') : text.index(f"[[mailbox]]\n{BOX}")], "")
    is_over = minsk(30, 11, 12, 0)

    with hand.database.write() as session:
        while end_one_term(session, is_over, hand.desk, {"complaints": is_over}):
            pass

    assert hand.show()["status"] == "rejected"


def test_the_admin_is_told_of_requests_whose_mailbox_is_no_more(hand: DeskInHand) -> None:
    hand.write(JANE, "Претензия", "Дважды обещали.", to=COMPLAINTS)
    hand.write(IVAN, "Портал", "Не открывается.")
    with hand.read() as session:
        assert configuration_read.left_behind(session, hand.desk) == []
    renamed(hand)
    change(hand, ', "complaints"]', "]", "staff.toml")
    change(hand, '["complaints"]', '["support"]', "staff.toml")

    with hand.read() as session:
        (found,) = configuration_read.left_behind(session, hand.desk)

    assert (found.mailbox, found.count, found.home.name, found.is_served) == ("complaints", 1, "pretenzii", False)
    assert all(word in str(found) for word in ('"complaints"', "1 open complaints", COMPLAINTS))
