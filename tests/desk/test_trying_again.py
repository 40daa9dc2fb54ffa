"""What was taken and not decided is tried again, except by those whose work it is not."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

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


def test_a_crash_counts_once_however_many_threads_look_at_what_was_left(hand: DeskInHand) -> None:
    """Each mailbox's thread does; the slower one meets the message while the other decides it."""
    raw = b"Subject: one\r\n\r\n1"
    with hand.database.write() as session:
        ((mail_id, _),) = journal.take(session, [journal.Copy("support", 1, 1, raw, len(raw))], hand.now)

    def by_another_thread(_: int) -> AbstractContextManager[bool]:
        return nullcontext(False)

    tried = journal.again(hand.database, hand.desk, hand.now, alone=by_another_thread, after_crash=True)

    assert tried == 0
    with hand.read() as session:
        assert session.get_one(Mail, mail_id).attempts == 0
