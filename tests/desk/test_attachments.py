"""What a client attached reaches staff whole: passed on as it stands where it can be, else encoded anew."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from sqlmodel import select

from mailgate.daemon.letters import letter_of, templates
from mailgate.message import parse
from mailgate.store.database import Database
from mailgate.store.tables import Notice
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN, Letter
from tests.rig.play import words

LARGE, SMALL = bytes(range(256)) * 200, b"a few bytes"


def _lines(content: bytes, width: int) -> str:
    signs = base64.b64encode(content).decode()
    return "\r\n".join(signs[start : start + width] for start in range(0, len(signs), width))


def _sent(hand: DeskInHand, width: int) -> Letter:
    """The notice to staff of a mail with a large and a small file, in lines of so many signs."""
    parts = "".join(
        f"--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\n{_lines(content, width)}\r\n'
        for name, content in (("large.bin", LARGE), ("small.bin", SMALL))
    )
    raw = (
        "Authentication-Results: mx.desk.example; dmarc=pass header.from=alfa.example\r\n"
        f"From: {IVAN}\r\nTo: support@desk.example\r\nSubject: Portal\r\nMessage-ID: <1@alfa.example>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        f"--b\r\nContent-Type: text/plain\r\n\r\nSee the files.\r\n{parts}--b--\r\n"
    )
    hand.receive(raw.encode())
    return hand.last(ANNA, "staff_new")


def _files(letter: Letter) -> list[tuple[str | None, bytes]]:
    return [(part.get_filename(), part.get_content()) for part in letter.attachments]


@pytest.mark.parametrize(("width", "goes_as"), [(72, 72), (76, 76), (80, 76)])
def test_lines_of_at_most_76_signs_go_as_they_came(hand: DeskInHand, width: int, goes_as: int) -> None:
    letter = _sent(hand, width)

    assert _lines(LARGE, goes_as).encode() in letter.raw
    assert _files(letter) == [("large.bin", LARGE), ("small.bin", SMALL)]


def test_what_is_passed_on_as_it_stands_is_not_read_again(hand: DeskInHand, monkeypatch: pytest.MonkeyPatch) -> None:
    _sent(hand, 76)
    notice = _notice(hand)
    notice.facts["attachments"] = [each for each in notice.facts["attachments"] if each["name"] == "large.bin"]
    monkeypatch.setattr(parse, "tree_of", None)

    assert _files(_composed(hand, notice)) == [("large.bin", LARGE)]


def test_a_notice_of_before_that_names_no_place_is_sent_whole(hand: DeskInHand) -> None:
    letter = _sent(hand, 76)
    notice = _notice(hand)
    for each in notice.facts["attachments"]:
        del each["place"]

    assert _files(_composed(hand, notice)) == _files(letter)


def _notice(hand: DeskInHand) -> Notice:
    with hand.read() as session:
        return session.exec(select(Notice).where(Notice.name == "staff_new", Notice.reader == ANNA)).one()


def _composed(hand: DeskInHand, notice: Notice) -> Letter:
    return Letter(letter_of(hand.database, hand.desk, templates(hand.desk), notice, hand.now).content, ANNA)


def test_4_7_staff_are_told_which_of_their_files_go_to_the_client_and_which_are_too_large(
    config: Path, database: Database
) -> None:
    config.write_text(config.read_text().replace('# size_limit = "25 MiB"', 'size_limit = "100 KiB"'))
    hand = DeskInHand(config, database)
    hand.write(IVAN, "Портал", "Не открывается.")
    files = [("план.pdf", SMALL), ("архив.zip", LARGE * 3)]

    hand.answer(hand.last(ANNA, "staff_new"), "!инфо\nЗаполните план.", attachments=files)
    hand.answer(hand.last(ANNA, "staff_new"), "!заметка\nДля своих.", attachments=files)

    asked, noted = (words(letter) for letter in hand.told(ANNA, "staff_done"))
    assert "Вложения: план.pdf (11 байт)." in asked
    assert "Не поместились в письмо и хранятся в запросе: архив.zip (154 КБ)." in asked
    assert [name for name, _ in _files(hand.last(IVAN, "info_needed"))] == ["план.pdf"]
    assert hand.last(ANNA, "staff_done").attachments == []
    assert "план.pdf" not in noted
