"""What was read from one message: plain values, no behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What sort of mail a message is, by its own headers and words."""

    REQUEST = "request"
    REPLY = "reply"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    CALENDAR = "calendar"
    LIST = "list"
    OTHER = "other"


class BounceClass(StrEnum):
    """How final a failed delivery is (RFC 3463: 5.x.x, 4.x.x, still trying)."""

    HARD = "hard"
    SOFT = "soft"
    DELAYED = "delayed"


class Verdict(StrEnum):
    """Whether the sender is who the From header says (RFC 8601)."""

    PASS = "pass"
    FAIL = "fail"
    NONE = "none"


class Unread(StrEnum):
    """Why the words of a message are not here: what holds them is passed on whole and never opened."""

    TNEF = "tnef"
    """Outlook's own container."""
    SEALED = "sealed"
    """S/MIME or PGP: encrypted, or wrapped in its signature."""
    PARTIAL = "partial"
    """A piece of a message that was cut in pieces (RFC 2046 section 5.2.2)."""


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of an address header; `addr` is bare, lower-cased and NFKC-safe."""

    name: str
    addr: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attached part, decoded; `sha256` is of `content`, in hex."""

    name: str
    type: str
    inline: bool
    content: bytes
    sha256: str
    content_id: str | None = None
    place: tuple[int, int] | None = None
    """Of its base64 in the message (`tree.body_at`), where that can be passed on as it stands."""

    @property
    def size(self) -> int:
        """Bytes after decoding."""
        return len(self.content)


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message as it was read. Every text is safe to store: no NUL, no lone surrogate."""

    headers: tuple[tuple[str, str], ...]
    """Every header in order: (name as written, value unfolded and decoded)."""
    from_: tuple[Address, ...]
    """Every address of every From header, in order."""
    from_problem: str | None
    """Why From does not name exactly one sender that all parsers agree on, else None."""
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    subject: str
    message_id: str | None
    """Without angle brackets; None where absent or unusable."""
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    date: datetime | None
    """Aware; None where absent or unreadable."""
    text: str
    """The whole readable body; HTML turned to text where there is no plain text."""
    html: str | None
    """The HTML body as it came (not yet made safe), where there is one."""
    attachments: tuple[Attachment, ...]
    content_type: str
    """Of the whole message, lower-cased, e.g. `multipart/report`."""
    defects: tuple[str, ...] = ()
    parts: tuple[tuple[str, str], ...] = field(default=())
    """Text of the machine-readable parts, (content type, text): message/delivery-status,
    text/rfc822-headers, message/rfc822 (its headers), text/calendar, message/feedback-report."""
    unread: Unread | None = None
    """Where there is no readable text at all: what holds it."""
    _by_name: Mapping[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found: dict[str, list[str]] = {}
        for name, value in self.headers:
            found.setdefault(name.lower(), []).append(value)
        object.__setattr__(self, "_by_name", {name: tuple(values) for name, values in found.items()})

    def header(self, name: str) -> str | None:
        """The first header of that name, decoded."""
        found = self._by_name.get(name.lower())
        return found[0] if found else None

    def header_all(self, name: str) -> tuple[str, ...]:
        """Every header of that name, topmost first, decoded."""
        return self._by_name.get(name.lower(), ())


@dataclass(frozen=True, slots=True)
class Bounce:
    """A delivery report: whom it could not reach, how finally, and which message it speaks of."""

    recipients: tuple[str, ...]
    cls: BounceClass | None
    message_id: str | None
    """Message-ID of the message that was not delivered, without brackets."""
    said: str = ""
    """What the refusing server said (RFC 3464, 2.3.6), such as `550 5.1.1 User unknown`."""


@dataclass(frozen=True, slots=True)
class Fields:
    """3.2, 3.11: what the client wrote as `Name: value` lines or in the subject."""

    client: str | None = None
    service: str | None = None
    type: str | None = None
    subject: str | None = None
    urgency: str | None = None
    """`high`, `normal` or `low`; None where nothing readable was written."""
