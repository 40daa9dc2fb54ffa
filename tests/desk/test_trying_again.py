"""What was taken and not decided is tried again, except by those whose work it is not."""

from __future__ import annotations

from mailgate.desk import journal
from mailgate.store.tables import Mail
from tests.rig.hand import DeskInHand


def test_what_another_thread_has_in_hand_is_left_to_it(hand: DeskInHand) -> None:
    copies = [
        journal.Copy("support", 1, uid, raw, len(raw))
        for uid, raw in enumerate((b"Subject: one\r\n\r\n1", b"Subject: two\r\n\r\n2"))
    ]
    with hand.database.write() as session:
        (in_hand, _), (left, _) = journal.take(session, copies, hand.now)

    assert journal.again(hand.database, hand.desk, hand.now, in_hand={in_hand}) == 1

    with hand.read() as session:
        assert session.get_one(Mail, left).decision is not None
        assert session.get_one(Mail, in_hand).decision is None
