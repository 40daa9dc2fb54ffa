"""Room 1, IMAP: take without losing. Raw messages are yielded, and settled once the journal has them.

    watch.py    Inbox: one mailbox, from connect to settle
    probe.py    what `mailgate check` asks of a mailbox
    count.py    what the census asks of it
    fetch.py    which messages go into one FETCH, and reading them whole
    idle.py     waiting for news without polling (RFC 2177)
    link.py     a connection that is safe to log in on
    login.py    logging in on it: password or access token
    folders.py  folder names as the server writes them, opening and creating
    errors.py   what can go wrong, in an admin's words, and how soon to try again

Why by UID: other people read the same mailbox; `\\Seen` says what they did, not what we took.
"""

from mailgate.inbox.count import untaken
from mailgate.inbox.errors import (
    Backoff,
    FolderMissing,
    InboxError,
    Insecure,
    LoginRefused,
    Throttled,
    Unreachable,
)
from mailgate.inbox.fetch import Batch, ImapRef, RawMessage
from mailgate.inbox.probe import probe
from mailgate.inbox.watch import Inbox

__all__ = [
    "Backoff",
    "Batch",
    "FolderMissing",
    "ImapRef",
    "Inbox",
    "InboxError",
    "Insecure",
    "LoginRefused",
    "RawMessage",
    "Throttled",
    "Unreachable",
    "probe",
    "untaken",
]
