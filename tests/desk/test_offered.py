"""What a notice to staff says of an answer, and the commands that it offers, hold in whatever status (4.4, 4.7)."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest

from mailgate.desk.erasing import erase_request
from mailgate.rules.command_table import offered
from mailgate.rules.vocabulary import Purpose, Status
from mailgate.store import queries
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, COMPLAINTS, DESK, IVAN, KATE, Letter

LEADS: dict[Status, tuple[str, ...]] = {
    Status.REGISTERED: (),
    Status.IN_PROGRESS: ("!в работу",),
    Status.AWAITING_INFO: ("!инфо\nПришлите номер договора.",),
    Status.AWAITING_THIRD_PARTY: ("!третья сторона",),
    Status.AWAITING_CONFIRMATION: ("!готово\nИсправлено.",),
    Status.REJECTED: ("!отклонить\nЭто не к нам.",),
    Status.CLOSED: ("!закрыть телефон\nДоговорились.",),
}
"""What staff write to bring a request into each status."""
COMPLAINT = {Status.REGISTERED: (), Status.IN_PROGRESS: ("!в работу",), Status.CLOSED: ("!готово\nОтвечаем.",)}
CASES = [
    *((Purpose.REQUESTS, status, orders) for status, orders in LEADS.items()),
    *((Purpose.COMPLAINTS, status, orders) for status, orders in COMPLAINT.items()),
]
READERS = {Purpose.REQUESTS: ("клиенту", "client"), Purpose.COMPLAINTS: ("заявителю", "complainant")}
GOES = "Ответ на это письмо уйдёт {}.", "Your answer to this message goes to the {}."
DOES_NOT = "ответ на это письмо {} не уйдёт", "an answer to this message does not go to the {}"
NO_LONGER = "ответ на это письмо {} уже не уйдёт", "an answer to this message no longer goes to the {}"
each_status = pytest.mark.parametrize(("kind", "status", "orders"), CASES)


def test_every_status_is_tried() -> None:
    assert set(LEADS) == set(Status)


@each_status
def test_4_4_whatever_is_offered_can_be_carried_out(
    hand: DeskInHand, kind: Purpose, status: Status, orders: tuple[str, ...]
) -> None:
    told, who = _notice(hand, kind, status, orders)
    commands = [unquote(body).strip() for body in re.findall(r'href="mailto:[^"]*body=([^"]*)"', _html(told))]
    assert len(commands) == len(offered(kind, status))
    assert bool(commands) == (status is not Status.CLOSED)

    for command in commands:
        told, who = _notice(hand, kind, status, orders)
        hand.answer(told, f"{command}\nСообщаем.", to=COMPLAINTS if kind is Purpose.COMPLAINTS else DESK)
        assert not hand.told(who, "staff_error"), command


@each_status
def test_4_7_an_answer_does_what_the_notice_says_of_it(
    hand: DeskInHand, kind: Purpose, status: Status, orders: tuple[str, ...]
) -> None:
    told, who = _notice(hand, kind, status, orders)
    said = " ".join(told.text.split())
    before = len(hand.told(IVAN))

    hand.answer(told, "Проверяем, что случилось.")

    assert _says(said, kind, GOES) == (len(hand.told(IVAN)) > before)
    assert _says(said, kind, DOES_NOT) == (status is Status.REJECTED)
    assert _says(said, kind, NO_LONGER) == (status is Status.CLOSED)
    assert bool(hand.told(who, "staff_error")) == (status in {Status.REJECTED, Status.CLOSED})


def test_4_8_the_words_under_the_command_that_is_named_for_a_rejected_request_reach_the_client(
    hand: DeskInHand,
) -> None:
    told, _ = _notice(hand, Purpose.REQUESTS, Status.REJECTED, LEADS[Status.REJECTED])
    (command,) = re.findall(r"первой строкой (!\S+)", " ".join(told.text.split()))

    hand.answer(told, f"{command}\nВсё-таки к нам.")

    assert hand.show()["status"] == "in_progress"
    assert "Всё-таки к нам." in hand.last(IVAN, "resumed").text


@pytest.mark.parametrize(
    ("orders", "says"), [("!отклонить\nНе к нам.", "отклонён"), ("!закрыть телефон\nДа.", "уже закрыт")]
)
def test_5_2_who_writes_on_reads_how_his_request_ended(hand: DeskInHand, orders: str, says: str) -> None:
    hand.write(IVAN, "Портал", "С утра.")
    hand.answer(hand.last(ANNA, "staff_new"), orders)

    hand.answer(hand.last(IVAN, "registered"), "Но он всё ещё не открывается.")

    told = " ".join(hand.last(IVAN, "closed_is_final").text.split())
    assert f"Запрос SD-2026-000001 {says}; Ваше письмо зарегистрировано как новый запрос SD-2026-000002." in told
    assert ("не возобновляется" in told) == (says == "уже закрыт")


def _says(said: str, kind: Purpose, sentence: tuple[str, str]) -> bool:
    return any(words.format(reader) in said for words, reader in zip(sentence, READERS[kind], strict=True))


def _html(letter: Letter) -> str:
    part = letter.message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def _notice(hand: DeskInHand, kind: Purpose, status: Status, orders: tuple[str, ...]) -> tuple[Letter, str]:
    """A new request or complaint in that status: the answer to a note of who handles it, and him."""
    complains = kind is Purpose.COMPLAINTS
    who, to = (KATE, COMPLAINTS) if complains else (ANNA, DESK)
    hand.write(IVAN, "Портал", "С утра.", to=to)
    new = hand.last(who, "staff_new")
    for order in orders:
        hand.answer(new, order, to=to)
    hand.answer(new, "!заметка\nДля своих.", to=to)
    assert hand.show(hand.numbers()[-1])["status"] == status
    return hand.last(who, "staff_done"), who


def test_nothing_is_offered_in_what_was_erased(hand: DeskInHand) -> None:
    _notice(hand, Purpose.REQUESTS, Status.REJECTED, LEADS[Status.REJECTED])
    with hand.database.write() as session:
        request = queries.request_by_number(session, "SD-2026-000001")
        assert request is not None
        erase_request(session, request, "mailgate", hand.now)

    hand.write(ANNA, "", "!показать SD-2026-000001")

    shown = hand.last(ANNA, "staff_done")
    assert "SD-2026-000001" in shown.text
    assert "mailto:" not in _html(shown).replace('mailto:support@desk.example"', "")
    assert not _says(" ".join(shown.text.split()), Purpose.REQUESTS, DOES_NOT)
