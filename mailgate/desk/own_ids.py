"""The Message-IDs of our notices, and which request each tells of.

Why: a database that was restored from an older copy gives numbers once more. Who then answers a notice of the request
that is lost must not be taken to answer the one that has its number now: staff's words would go to somebody else's
client. So an identifier tells both apart by a mark of what was submitted; what is read again has the same mark.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Sequence

from mailgate.desk.context import Desk
from mailgate.message import thread
from mailgate.store.tables import Request

_OF_NONE = "desk"
"""Stands for the number in what tells of no request."""
_FIRST = "first"
_LONG = 7
"""Letters of a mark. Some programs break an identifier that is longer than a line, so it and the nonce are short."""


def first(desk: Desk, request: Request, reader: str, domain: str) -> str:
    """Under this every notice of a request to one staff member threads: it can be told at any time."""
    return _of(desk, request, _FIRST, reader, domain)


def new(desk: Desk, request: Request | None, reader: str, domain: str) -> str:
    """One that was never given before."""
    if request is None:
        return _made(desk, _OF_NONE, secrets.token_hex(8), reader, domain)
    return _of(desk, request, secrets.token_hex(4), reader, domain)


def are_of_another(desk: Desk, request: Request, cited: Sequence[str], domain: str) -> bool:
    """Whether whoever cites these means another request that bore the same number.

    What was erased has lost what its mark was made of; and identifiers from before there were marks tell nothing.
    """
    if request.erased_at is not None:
        return False
    stated = [found for each in cited if (found := thread.stated(each, domain))]
    marks = {nonce.rpartition("-")[0] for number, nonce in stated if number == request.number} - {""}
    return bool(marks) and _mark(desk, request) not in marks


def _of(desk: Desk, request: Request, nonce: str, reader: str, domain: str) -> str:
    return _made(desk, request.number, f"{_mark(desk, request)}-{nonce}", reader, domain)


def _made(desk: Desk, number: str, nonce: str, reader: str, domain: str) -> str:
    return thread.message_id(desk.key, number, nonce, reader, domain)


def _mark(desk: Desk, request: Request) -> str:
    """35 bits of who submitted what: enough for the few requests that may share a number."""
    digest = hmac.digest(desk.key, f"{request.contact_addr}\n{request.subject}".encode(), "sha256")
    return base64.b32encode(digest).decode("ascii")[:_LONG].lower()
