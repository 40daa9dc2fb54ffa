"""Sending: one letter to one reader over a few kept connections, and the whole of the failure policy, by scope.

A trouble of the session or the server concerns every notice alike: the outbox pauses (`schedule.Pause`) and no notice
is charged with a try. A trouble of the message or the recipient concerns one notice: it is tried again later
(`schedule.next_try`), or has failed for good. A cut after the final dot leaves the outcome unknown: the notice is
tried again under the same Message-ID, and its reader may get a second copy.

Why a 5xx to MAIL is only a deferral: it tells of our own set-up (a mailbox that may not send), so an admin can mend it
before the notice is too old.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mailgate.config import Security, Smtp
from mailgate.outbox.letter import Letter, mailbox
from mailgate.outbox.line import CLOSING
from mailgate.outbox.session import Reply, Session, SessionError, Step

IDLE_SECONDS = 30
TEXT_LIMIT = 500
_LONGEST_REPLY = 8_000
_TOO_LARGE = 552
"""RFC 1870 6.1."""
_WANTS_LOGIN = 530
"""RFC 4954 6, RFC 3207 4: login or TLS first."""
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")


class Result(StrEnum):
    """What became of one try."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Scope(StrEnum):
    """What the result says something about."""

    SESSION = "session"
    SERVER = "server"
    MESSAGE = "message"
    RECIPIENT = "recipient"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The outcome of one try; `code` is the server's (RFC 5321), `enhanced` its status code (RFC 3463)."""

    result: Result
    scope: Scope
    code: int | None
    enhanced: str | None
    text: str
    """One line, at most 500 characters."""

    @property
    def concerns_all(self) -> bool:
        """Any notice would have met it: all of them wait, and none is charged with a try."""
        return self.scope in (Scope.SESSION, Scope.SERVER)


def judge(reply: Reply) -> Delivery:
    """The failure policy applied to the reply at which a try ended."""
    result, scope = _verdict(reply.step, reply.code or 0)
    text = _one_line(reply.text)
    enhanced = _ENHANCED.match(text) if reply.code else None
    return Delivery(result, scope, reply.code, enhanced and enhanced[0], text)


def _verdict(step: Step, code: int) -> tuple[Result, Scope]:
    """`code` 0: the server said nothing that can be read."""
    kind = code // 100
    final = Result.DEFERRED if kind == 4 else Result.REFUSED
    match step:
        case Step.ADDRESS:
            return Result.REFUSED, Scope.RECIPIENT
        case Step.DOT if kind == 2:
            return Result.ACCEPTED, Scope.MESSAGE
        case Step.DOT if kind < 4:
            return Result.UNKNOWN, Scope.MESSAGE
        case Step.CONNECT | Step.LOGIN:
            return Result.DEFERRED, Scope.SERVER if kind == 4 else Scope.SESSION
        case _ if code == _WANTS_LOGIN:
            return Result.DEFERRED, Scope.SESSION
        case _ if code in (0, CLOSING):
            return Result.DEFERRED, Scope.SERVER
        case Step.MAIL if kind == 4:
            return Result.DEFERRED, Scope.SERVER
        case Step.MAIL if code != _TOO_LARGE:
            return Result.DEFERRED, Scope.MESSAGE
        case Step.RCPT:
            return final, Scope.RECIPIENT
        case _:
            return final, Scope.MESSAGE


def _one_line(text: str) -> str:
    """Printable text on one line; what the server sent outside UTF-8 becomes a question mark."""
    known = text[:_LONGEST_REPLY].encode("utf-8", "replace").decode()
    return " ".join("".join(char if char.isprintable() else " " for char in known).split())[:TEXT_LIMIT]


class Sender:
    """Up to `smtp.connections` sessions, opened when needed and kept for a while."""

    def __init__(self, smtp: Smtp) -> None:
        self._smtp = smtp
        self._tls = _tls(smtp)
        self._slots = asyncio.Semaphore(smtp.connections)
        self._idle: dict[Session, asyncio.TimerHandle] = {}
        self._closed = False

    async def send(self, envelope_from: str, recipient: str, message: bytes) -> Delivery:
        """One try for one reader; "" is the null sender. Raises nothing but cancellation."""
        try:
            letter = Letter.of(envelope_from, recipient, message)
        except ValueError as error:
            return judge(Reply(Step.ADDRESS, None, str(error)))
        async with self._slots:
            try:
                return judge(await self._transact(letter))
            except SessionError as error:
                return judge(error.reply)

    async def close(self) -> None:
        """Leaves every idle session; one that is still at work is left as soon as its letter is settled."""
        self._closed = True
        for session in list(self._idle):
            self._retire(session)
        await asyncio.sleep(0)

    async def _transact(self, letter: Letter) -> Reply:
        """A kept session that the server takes nothing more on carried nothing: the letter takes another."""
        while True:
            session = self._kept() or await Session.open(self._smtp, self._tls)
            reply = await session.transact(letter)
            if not session.spent(reply):
                self._keep(session)
                return reply
            session.leave()

    def _kept(self) -> Session | None:
        """The session used last, so that those which are not needed grow idle."""
        if not self._idle:
            return None
        session, timer = self._idle.popitem()
        timer.cancel()
        return session

    def _keep(self, session: Session) -> None:
        if session.usable and not self._closed:
            self._idle[session] = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._retire, session)
        else:
            session.leave()

    def _retire(self, session: Session) -> None:
        self._idle.pop(session).cancel()
        session.leave()


async def probe(smtp: Smtp, senders: Sequence[str]) -> list[str]:
    """What keeps mail of these senders from being sent and what to do about it; empty if nothing does."""
    try:
        session = await Session.open(smtp, _tls(smtp))
    except SessionError as error:
        return [f"{_one_line(error.reply.text)}: {error.advice}"]
    try:
        return [problem for sender in senders if (problem := await _problem(session, sender))]
    finally:
        session.leave()


async def _problem(session: Session, sender: str) -> str | None:
    try:
        reply = await session.asked(mailbox(sender))
    except ValueError as error:
        return str(error)
    if 200 <= (reply.code or 0) < 300:
        return None
    said = f"{reply.code or ''} {_one_line(reply.text)}".strip()
    return f"{sender} is not accepted as a sender ({said}): the login of [smtp] must be allowed to send as this mailbox"


def _tls(smtp: Smtp) -> ssl.SSLContext | None:
    return None if smtp.security is Security.NONE else ssl.create_default_context()
