"""What a notice is composed of: where all of it stands in its row, nobody is waited for."""

from __future__ import annotations

from datetime import UTC, datetime
from unittest.mock import Mock

from sqlmodel import select

from mailgate.daemon.letters import is_at_hand, letter_of, templates
from mailgate.store.database import Database
from mailgate.store.tables import Notice
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def test_what_is_at_hand_is_composed_without_the_database_and_the_same(shared: DeskInHand) -> None:
    shared.write(IVAN, "Снимок", "Вот он.", attachments=[("экран.png", b"\x89PNG")])
    shared.write(IVAN, "Чужое", "Я это не писал.", proof="fail")
    shared.answer(shared.told(ANNA, "staff_new")[0], "!инфо 3 рабочих дня\n\nНомер договора?")
    nowhere = Mock(spec=Database)
    nowhere.read.side_effect = AssertionError("the database was asked")
    with shared.read() as session:
        notices = session.scalars(select(Notice)).all()

    for notice in notices:
        if is_at_hand(notice):
            without = letter_of(nowhere, shared.desk, templates(shared.desk), notice, NOW)
            assert without == letter_of(shared.database, shared.desk, templates(shared.desk), notice, NOW)
    waited_for = {notice.name for notice in notices if not is_at_hand(notice)}
    assert waited_for == {"staff_new", "staff_quarantine", "info_needed"}
    assert {"registered", "staff_new", "info_needed"} <= {each.name for each in notices if is_at_hand(each)}
