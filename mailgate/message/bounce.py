"""Delivery reports: whom a message could not reach, how finally, and which message it was.

Why: RFC 3464 reports say all this in fields; older and stranger systems say it in words, for which flufl.bounce knows
many dialects and a few patterns here the rest. A report is one only if a machine sent it: people quote reports too.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from email.message import Message

from mailgate.message.bounce_phrases import (
    ALONE,
    ANGLED,
    ANYWHERE,
    DAEMON,
    DAEMON_NAME,
    DELAYED,
    FINAL,
    NAMED,
    ORIGINAL,
    PASSING,
    PERSONAL_PROGRAM,
    SUBJECT,
)
from mailgate.message.headers import identifiers
from mailgate.message.model import Bounce, BounceClass, IncomingMessage

logging.getLogger("flufl.bounce").disabled = True  # it would write hostile text to the log

_LONGEST = 100_000
_LONGEST_DIALECT = 30_000
_LONGEST_SENDER = _LONGEST_SUBJECT = 2_000
_MOST_RECIPIENTS = 200
_LONGEST_DIAGNOSIS = 300
_STATUS_PARTS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_ORIGINALS = frozenset({"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"})

_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY_CODE = re.compile(r"(?<![\d.:-])([45])(\d\d)(?:[- ]|$)(?!\d)", re.MULTILINE)
_RECIPIENT_FIELDS = re.compile(rb"^(?:final|original)-recipient:(?:[^\r\n]+\r?\n)+", re.IGNORECASE | re.MULTILINE)
_ORIGINAL_ID = re.compile(r"^[ \t>]*message-id[ \t]*:[ \t]*(<[^\n<>]{3,400}>)", re.IGNORECASE | re.MULTILINE)


def bounce(message: IncomingMessage) -> Bounce | None:
    """The delivery report that this message is, else None."""
    reports = [text for kind, text in message.parts if kind in _STATUS_PARTS]
    if not reports and not _from_machine(message):
        return None
    groups = [group for text in reports or _wrapped_reports(message) for group in _groups(text)]
    failed = [group for group in groups if _concerns(group)]
    if groups and not failed and not _from_machine(message):
        return None
    words = _explanation(message)
    recipients = _from_groups(failed) or _from_header(message) or _from_words(message, words)
    if not groups and not recipients and not SUBJECT.search(message.subject[:_LONGEST_SUBJECT]):
        return None
    cls = _class_of(failed, message.subject[:_LONGEST_SUBJECT], words)
    diagnosis = _diagnosis(failed) or (_said_of(recipients[0], words) if recipients else "")
    return Bounce(tuple(recipients)[:_MOST_RECIPIENTS], cls, _original_id(message), diagnosis)


def is_report(message: IncomingMessage) -> bool:
    """Whether the message carries an RFC 3464 delivery report at all, also of a success."""
    return any(kind in _STATUS_PARTS for kind, _ in message.parts)


def _from_machine(message: IncomingMessage) -> bool:
    """Whether a mail system sent it: its name is in From, or nobody is to be answered and the subject says so."""
    if message.header("X-Failed-Recipients"):
        return True
    if not SUBJECT.search(message.subject[:_LONGEST_SUBJECT]):
        return False
    sender = message.from_[0] if message.from_ else None
    named = sender is not None and bool(DAEMON.match(sender.addr) or DAEMON_NAME.search(sender.name))
    raw = (message.header("From") or "")[:_LONGEST_SENDER]
    daemon = named or bool(DAEMON.search(raw)) or (not message.from_ and bool(DAEMON_NAME.search(raw)))
    program = f"{message.header('User-Agent')} {message.header('X-Mailer')}"
    if "daemon" not in raw.lower() and PERSONAL_PROGRAM.search(program):
        return False
    null_path = (message.header("Return-Path") or "").strip() == "<>"
    return daemon or null_path or not message.from_


def _wrapped_reports(message: IncomingMessage) -> list[str]:
    """Reports within an attached message: some virus scanners wrap what they let through."""
    enclosed = (attachment.content for attachment in message.attachments if attachment.type == "message/rfc822")
    found = (_RECIPIENT_FIELDS.search(content[:_LONGEST]) for content in enclosed)
    return [match[0].decode("ascii", "replace").replace("\r\n", "\n") for match in found if match]


def _groups(report: str) -> list[dict[str, str]]:
    """RFC 3464 section 2.1: groups of fields, of which each but the first concerns one recipient."""
    groups = []
    for block in re.split(r"\n[ \t]*\n", report[:_LONGEST]):
        fields: dict[str, str] = {}
        for line in re.sub(r"\n[ \t]+", " ", block).split("\n"):
            name, colon, value = line.partition(":")
            if colon:
                fields.setdefault(name.strip().lower(), value.strip())
        if fields:
            groups.append(fields)
    return groups


def _concerns(group: dict[str, str]) -> bool:
    """Whether a group names a recipient who did not get the message (section 2.3.3)."""
    if not ("final-recipient" in group or "original-recipient" in group):
        return False
    action = group.get("action", "").split(" ")[0].strip("();").lower()
    return action not in {"delivered", "relayed", "expanded"}


def _from_groups(groups: Iterable[dict[str, str]]) -> list[str]:
    found: list[str] = []
    for group in groups:
        for name in ("original-recipient", "final-recipient"):
            address = _typed_address(group.get(name, ""))
            if address and address not in found:
                found.append(address)
                break
    return found


def _typed_address(value: str) -> str | None:
    """`rfc822; user@host`, also with comments, brackets or without the type."""
    address = value.rpartition(";")[2].strip()
    match = ANYWHERE.search(address)
    return match[1].lower() if match else None


def _from_header(message: IncomingMessage) -> list[str]:
    values = message.header_all("X-Failed-Recipients")
    return _unique(address for value in values for address in ANYWHERE.findall(value[:_LONGEST]))


def _from_words(message: IncomingMessage, words: str) -> list[str]:
    """Recipients in reports without fields: by the dialects of flufl.bounce, then where an address stands out."""
    known = _by_dialect(message)
    if known:
        return known
    ours = {address.addr for address in (*message.to, *message.from_)}
    for pattern in (NAMED, ALONE, ANGLED, ANYWHERE):
        found = [address for address in _unique(pattern.findall(words)) if address not in ours]
        if found:
            return found if pattern is not ANYWHERE else found[:1]
    return []


def _by_dialect(message: IncomingMessage) -> list[str]:
    """What flufl.bounce reads, given the report as a message of one part, which is what the older dialects are."""
    from flufl.bounce import all_failures  # slow to load, and seldom asked for

    plain = Message()
    for name in ("From", "To", "Subject", "X-Mailer"):
        plain[name] = message.header(name) or "nobody@invalid"
    plain.set_payload(message.text[:_LONGEST_DIALECT])
    try:
        temporary, permanent = all_failures(plain)
    except Exception:  # its dialects raise on text that they do not expect
        return []
    return _unique(address.decode("ascii", "replace") for address in sorted(permanent) + sorted(temporary))


def _unique(addresses: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(address.strip("<>.'`").lower() for address in addresses if "@" in address))


def _explanation(message: IncomingMessage) -> str:
    """The words of the mail system, without the message that it returns."""
    text = message.text[:_LONGEST]
    start = ORIGINAL.search(text, 40)
    return text[: start.start()] if start and start.start() > 80 else text[:8_000]


def _diagnosis(failed: list[dict[str, str]]) -> str:
    """The words of the refusing server, without the type that stands before them; of the first that has any."""
    said = (group.get("diagnostic-code", "").partition(";")[2] for group in failed)
    return next((" ".join(words.split())[:_LONGEST_DIAGNOSIS] for words in said if words.strip()), "")


def _said_of(recipient: str, words: str) -> str:
    """What stands behind the address in the words, where the fields give no reason (OpenSMTPD)."""
    found = re.search(rf"^{re.escape(recipient)}: (.+)", words, re.IGNORECASE | re.MULTILINE)
    return " ".join(found[1].split())[:_LONGEST_DIAGNOSIS] if found else ""


def _class_of(failed: list[dict[str, str]], subject: str, words: str) -> BounceClass | None:
    """By Action and Status of the first recipient who failed; else by the words."""
    actions = {group.get("action", "").split(" ")[0].lower() for group in failed}
    if actions == {"delayed"} or (not actions & {"failed"} and DELAYED.search(f"{subject}\n{words}")):
        return BounceClass.DELAYED
    said = " ".join(f"{group.get('status', '')} {group.get('diagnostic-code', '')}" for group in failed)
    unfolded = " ".join(words.split())
    return _by_codes(said, unfolded) or _by_codes(words, unfolded)


def _by_codes(codes: str, words: str) -> BounceClass | None:
    """RFC 3463: a full mailbox (x.2.2) may get room, a network (x.4.x) may heal, whatever the first digit says."""
    status = _STATUS.search(codes)
    reply = _REPLY_CODE.search(codes)
    if PASSING.search(codes) or PASSING.search(words) or (status and _heals(status)):
        return BounceClass.SOFT
    digit = status[1] if status else reply[1] if reply else None
    if digit in {"4", "5"}:
        return BounceClass.HARD if digit == "5" else BounceClass.SOFT
    return BounceClass.HARD if FINAL.search(codes) else None


def _heals(status: re.Match[str]) -> bool:
    """A full mailbox, or trouble on the way; x.4.4 means that the domain cannot be routed at all."""
    subject, detail = status.group(2, 3)
    return (subject, detail) == ("2", "2") or (subject == "4" and detail not in {"4", "310"})


def _original_id(message: IncomingMessage) -> str | None:
    """The Message-ID in the returned header, else in the words, else what the report answers."""
    for kind, text in message.parts:
        found = _ORIGINAL_ID.search(text) if kind in _ORIGINALS else None
        if found:
            return next(iter(identifiers(found[1])), None)
    quoted = _ORIGINAL_ID.search(message.text[:_LONGEST])
    if quoted:
        return next(iter(identifiers(quoted[1])), None)
    return next(iter((*message.in_reply_to, *reversed(message.references))), None)
