"""Reading messages whole: which of them go into one FETCH, and proof that nothing was cut off (R10, S19)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

BATCH_MESSAGES = 50
"""They are decided in one transaction: so long do the other mailboxes and the outbox wait for SQLite's one writer."""
BATCH_BYTES = 3 * 2**20
"""A link of 2 Mbit/s brings so much before others take a mailbox for abandoned."""
LARGE_BYTES = 2 * 2**20
"""Above it a message is read alone and in pieces: a FETCH of it whole takes several times its size in memory."""
PIECE_BYTES = 512 * 2**10
HEADER_BYTES = 256 * 2**10
"""So much of the header of a message that is not read; more no honest one has."""

_HEADER_END = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class ImapRef:
    """Where a message lies on its server, for as long as the folder keeps its UIDVALIDITY (RFC 3501, 2.3.1.1)."""

    mailbox: str
    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A message as the server has it. `raw` is None where it is above the size limit, or where the server tells of
    the message and will not give it; then it stays on the server until it is settled."""

    ref: ImapRef
    size: int
    """Bytes: of `raw`, and without it what the server says (RFC822.SIZE)."""
    raw: bytes | None
    header: bytes
    """Up to and without the empty line."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What to take in one transaction, and which messages, taken before, are only to be settled."""

    messages: tuple[RawMessage, ...] = ()
    known: tuple[ImapRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """A message that the server tells of: UID and RFC822.SIZE."""

    uid: int
    size: int


def listed(client: IMAPClient, uids: Sequence[int]) -> list[Listed]:
    """The sizes of messages, oldest first; those that are gone meanwhile are left out."""
    answers = client.fetch(uids, ["RFC822.SIZE"]) if uids else {}
    return [Listed(uid, answers[uid][b"RFC822.SIZE"]) for uid in uids if b"RFC822.SIZE" in answers.get(uid, {})]


def portions(messages: Iterable[Listed]) -> Iterator[list[Listed]]:
    """Cut a backlog into what is held in memory at one time; a large message is a portion of its own."""
    portion: list[Listed] = []
    filled = 0
    for message in messages:
        full = len(portion) == BATCH_MESSAGES or filled + message.size > BATCH_BYTES
        if portion and (full or message.size > LARGE_BYTES or portion[0].size > LARGE_BYTES):
            yield portion
            portion, filled = [], 0
        portion.append(message)
        filled += message.size
    if portion:
        yield portion


def read(
    client: IMAPClient, portion: Sequence[Listed], ref: Callable[[int], ImapRef], limit: int, alive: Callable[[], None]
) -> list[RawMessage]:
    """The messages of a portion without those that are gone; above `limit` bytes only the header is read.

    `ref` gives the place of a UID; `alive` is called before each piece of a large message.
    """
    texts = _texts(client, portion, limit, alive)
    found = []
    for message in portion:
        raw = texts.get(message.uid)
        if raw is not None:
            found.append(RawMessage(ref(message.uid), len(raw), raw, _head(raw)))
        elif client.search(["UID", str(message.uid)]):
            found.append(RawMessage(ref(message.uid), message.size, None, _header(client, message.uid)))
    return found


def _texts(client: IMAPClient, portion: Sequence[Listed], limit: int, alive: Callable[[], None]) -> Mapping[int, bytes]:
    """UID -> whole text, of those that may be read and that the server gives."""
    wanted = [message for message in portion if message.size <= limit]
    if any(message.size > LARGE_BYTES for message in wanted):
        return _apart(client, wanted, alive)
    try:
        answers = client.fetch([message.uid for message in wanted], ["BODY.PEEK[]"])
    except IMAPClientAbortError:
        raise
    except IMAPClientError:  # one of them is gone or broken; the others are not to wait for it
        return _apart(client, wanted, alive)
    whole = {one.uid: raw for one in wanted if len(raw := _body(answers, one.uid)) == one.size}
    return whole | _apart(client, [message for message in wanted if message.uid not in whole], alive)


def _apart(client: IMAPClient, messages: Iterable[Listed], alive: Callable[[], None]) -> dict[int, bytes]:
    found = {}
    for message in messages:
        raw = _in_pieces(client, message.uid, alive)
        if len(raw) != message.size:  # some servers only guess RFC822.SIZE: what comes twice alike is whole
            raw = raw if raw == _in_pieces(client, message.uid, alive) else b""
        if raw:
            found[message.uid] = raw
    return found


def _in_pieces(client: IMAPClient, uid: int, alive: Callable[[], None]) -> bytes:
    """The text read bit by bit up to its end; empty where the server refuses it."""
    text = io.BytesIO()
    while len(piece := _piece(client, uid, "BODY.PEEK[]", text.tell(), PIECE_BYTES)) == PIECE_BYTES:
        text.write(piece)
        alive()
    text.write(piece)
    return text.getvalue()


def _header(client: IMAPClient, uid: int) -> bytes:
    return _head(_piece(client, uid, "BODY.PEEK[HEADER]", 0, HEADER_BYTES))


def _piece(client: IMAPClient, uid: int, section: str, offset: int, count: int) -> bytes:
    try:
        return _body(client.fetch([uid], [f"{section}<{offset}.{count}>"]), uid)
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        return b""


def _body(answers: Mapping[int, Mapping[bytes, Any]], uid: int) -> bytes:
    """What a FETCH gave of one message, under whichever BODY section; empty where it gave nothing."""
    answer = answers.get(uid, {})
    return next((value for key, value in answer.items() if key.startswith(b"BODY[") and value), b"")


def _head(raw: bytes) -> bytes:
    end = _HEADER_END.search(raw)
    return raw[: end.start()] if end else raw


def chunks(uids: Sequence[int], size: int) -> Iterator[list[int]]:
    """Pieces of a list of UIDs that fit into one command line."""
    rest = iter(uids)
    while piece := list(islice(rest, size)):
        yield piece
