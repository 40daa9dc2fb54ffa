"""Who really sent a message: what our own mail server found out (RFC 8601, Authentication-Results).

Why: anybody can write such a header, also one with our server's name. Our server puts its own on top of all that
came in, and takes away forged ones if it is set up well (section 5); so of the headers that bear a trusted name only
the topmost counts. A pass must speak of the domain in From, because that is what people and the Rules (3.10) go by.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import unquote

from mailgate.message.model import IncomingMessage, Verdict

_LONGEST = 16_384
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[;=()/]|[^\s;=()"/]+|\\.')
_AGENT = re.compile(r"(?:^|;)\s*i\s*=([^;]*)", re.IGNORECASE)
_ENVELOPE = re.compile(r"<(.*)>.*", re.DOTALL)
"""The envelope's sender; a comment may stand behind it."""
_SYNTAX = re.compile(r'[;()"\\\s]')
_SHARED_SUFFIXES = frozenset(
    {"co", "com", "net", "org", "gov", "edu", "ac", "mil", "or", "ne", "go", "minsk", "msk", "spb", "in", "blogspot"}
)
"""Second labels under a country's domain below which strangers register names."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One result: `dkim=pass header.d=alfa.example` is method, result, and properties by name."""

    method: str
    result: str
    properties: dict[str, str]


def verdict(message: IncomingMessage, trusted: Collection[str]) -> Verdict:
    """Whether the sender in From is proven: by DMARC, or by a DKIM signature of the same organisation."""
    if message.from_problem or len(message.from_) != 1:
        return Verdict.NONE
    domain = message.from_[0].addr.rpartition("@")[2].rstrip(".")
    found = findings(message, trusted)
    if any(proves(finding, domain) for finding in found):
        return Verdict.PASS
    speaks = any(finding.method in {"dmarc", "dkim"} and finding.result == "fail" for finding in found)
    return Verdict.FAIL if speaks else Verdict.NONE


def findings(message: IncomingMessage, trusted: Collection[str]) -> tuple[Finding, ...]:
    """What the topmost Authentication-Results header with a trusted name says; nothing where there is none.

    `*.mx.example` stands for every name below it, for a provider whose many servers sign with a name each.
    Nothing also where a sender could have written into the results.
    """
    if smuggles(message):
        return ()
    names = {name.strip().lower().rstrip(".") for name in trusted}
    border, _ = _trace(message)
    stated: list[tuple[Finding, ...]] = []
    for place, (header, value) in enumerate(message.headers):
        if header.lower() == "authentication-results" and (place < border or not stated):
            name, found = parse_results(value)
            if name is not None and _is_trusted(name.rstrip("."), names):
                stated.append(found)
    return tuple(finding for found in stated for finding in found)


def smuggles(message: IncomingMessage) -> bool:
    """Whether what filters copy into their results as it is would begin a statement of its own there.

    OpenDKIM writes a signature's `i=` (RFC 6376 section 3.5) without its quoted-printable, OpenDMARC and policyd-spf
    the envelope's sender without its quotes, OpenDMARC also the HELO: `x;dkim=pass header.d=alfa.example`. No honest
    one needs such characters.
    """
    signatures = (value for name, value in message.headers if name.strip().lower() == "dkim-signature")
    agents = (agent for value in signatures for agent in _AGENT.findall(value))
    copied = [unquote("".join(agent.split()).replace("=", "%")) for agent in agents]
    envelope = _ENVELOPE.sub(r"\1", (message.header("Return-Path") or "").strip())
    greeting = _trace(message)[1].rpartition(" by ")[0]
    return ";" in greeting or any(_SYNTAX.search(each) for each in (*copied, envelope))


def _trace(message: IncomingMessage) -> tuple[int, str]:
    """The place and value of the topmost Received that is no local hop: what came in stands below it."""
    fields = enumerate(message.headers)
    return next(((place, value) for place, (name, value) in fields if _takes_from_outside(name, value)), (0, ""))


def _takes_from_outside(name: str, value: str) -> bool:
    """Whether it is a Received of any way but `with LMTP` (RFC 3848), the last hop into the mailbox.

    A stranger's HELO stands in our own Received, and may say `with LMTP` as well: then `with` stands there twice.
    """
    words = value.lower().split()
    local = words.count("with") == 1 and words[words.index("with") + 1 :][:1] == ["lmtp"]
    return name.lower() == "received" and not local


def _is_trusted(name: str, names: Collection[str]) -> bool:
    return name in names or any(each.startswith("*.") and name.endswith(each[1:]) for each in names)


def proves(finding: Finding, domain: str) -> bool:
    """Whether a result speaks for the domain in From: DMARC of that very domain, or an aligned DKIM signature."""
    if finding.result != "pass":
        return False
    if finding.method == "dmarc":
        return _bare(finding.properties.get("header.from", "")) == domain
    return finding.method == "dkim" and aligned(_signer(finding.properties), domain)


def _signer(properties: dict[str, str]) -> str:
    return _bare(properties.get("header.d") or properties.get("header.i", "").rpartition("@")[2])


def _bare(domain: str) -> str:
    return domain.strip().lower().rpartition("@")[2].rstrip(".")


def aligned(signer: str, domain: str) -> bool:
    """RFC 7489 section 3.1.1, relaxed: the same domain, or a parent or child that is not a shared suffix."""
    if not signer or not domain:
        return False
    shorter, longer = sorted((signer, domain), key=len)
    return longer == shorter or (longer.endswith("." + shorter) and _registered(shorter))


def _registered(domain: str) -> bool:
    labels = domain.split(".")
    return len(labels) > 2 or (len(labels) == 2 and labels[0] not in _SHARED_SUFFIXES)


def parse_results(value: str) -> tuple[str | None, tuple[Finding, ...]]:
    """RFC 8601 section 2.2: the authserv-id in lower case (None where the header is malformed), and the results."""
    tokens = _without_comments(value[:_LONGEST])
    statements = _split(tokens)
    head = statements[0] if statements else []
    if not head or len(head) > 2 or (len(head) == 2 and head[1] != "1") or "=" in head:
        return None, ()
    found = (_finding(statement) for statement in statements[1:])
    return _unquote(head[0]).lower(), tuple(finding for finding in found if finding)


def _without_comments(value: str) -> list[str]:
    """The tokens of a structured header, without (nested (comments)); none at all where one is not closed."""
    tokens, depth = [], 0
    for token in _TOKEN.findall(value):
        if token == "(":
            depth += 1
        elif token == ")":
            depth = max(depth - 1, 0)
        elif not depth:
            tokens.append(token)
    return [] if depth else tokens


def _split(tokens: list[str]) -> list[list[str]]:
    statements: list[list[str]] = [[]]
    for token in tokens:
        if token == ";":
            statements.append([])
        else:
            statements[-1].append(token)
    return statements


def _finding(tokens: list[str]) -> Finding | None:
    """`method[/version] = result` and then `name = value` pairs; of a pair given twice none is believed."""
    pairs = _pairs(tokens)
    if not pairs:
        return None
    (method, result), *properties = pairs
    names = [name for name, _ in properties]
    believed = {name: value for name, value in properties if names.count(name) == 1}
    return Finding(method, result.lower(), believed)


def _pairs(tokens: list[str]) -> list[tuple[str, str]]:
    """The `name = value` pairs of one statement; a slash in a name starts its version, which is not needed."""
    pairs: list[tuple[str, str]] = []
    for place, token in enumerate(tokens):
        if token == "=" and 0 < place < len(tokens) - 1:
            name = tokens[place - 3] if place >= 3 and tokens[place - 2] == "/" else tokens[place - 1]
            pairs.append((name.lower(), _unquote(tokens[place + 1])))
    return pairs[:50]


def _unquote(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1]) if token.startswith('"') and len(token) > 1 else token
