"""What the census asks of a mailbox."""

from __future__ import annotations

import socket
from contextlib import closing
from typing import TYPE_CHECKING

from mailgate.inbox.watch import Inbox, Known

if TYPE_CHECKING:
    from mailgate.config.models import Mailbox


def untaken(mailbox: Mailbox, known: Known) -> frozenset[int]:
    """UIDs of the messages that lie in a mailbox and that the journal does not know. Raises InboxError."""
    bell, rope = socket.socketpair()
    with bell, rope, closing(Inbox(mailbox, size_limit=0, wake=bell)) as inbox:
        inbox.connect()
        return inbox.untaken(known)
