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
_TOKEN = re.compile(r'\s++|"(?:[^"\\]++|\\.)*+"|[;=()/]|[^\s;=()"/\\]++|\\.', re.DOTALL)
_IN_COMMENT = re.compile(r"[()]|[^()\\]++|\\.", re.DOTALL)
_LOCAL_HOP = re.compile(r"(?:utf8)?lmtps?a?", re.IGNORECASE)
"""The protocols of the last hop into the mailbox (RFC 3848, RFC 6531)."""
_AGENT = re.compile(r"(?:^|;)\s*i\s*=([^;]*)", re.IGNORECASE)
_ENVELOPE = re.compile(r"[^<]*<(.*)>", re.DOTALL)
"""The envelope's sender; a comment may stand behind it."""
_GREETING = re.compile(r"from\s+(\S+)", re.IGNORECASE)
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
    return judged(findings(message, trusted), domain)


def judged(found: Collection[Finding], domain: str) -> Verdict:
    """What results say of the domain in From. DMARC's failure comes before any signature: its owner may ask for more
    than an aligned one (RFC 7489 section 3.1)."""
    failed = [finding for finding in found if finding.method in {"dmarc", "dkim"} and finding.result == "fail"]
    if any(finding.method == "dmarc" and _author(finding, unnamed=domain) == domain for finding in failed):
        return Verdict.FAIL
    if any(_proves(finding, domain) for finding in found):
        return Verdict.PASS
    return Verdict.FAIL if failed else Verdict.NONE


def findings(message: IncomingMessage, trusted: Collection[str]) -> tuple[Finding, ...]:
    """What the topmost Authentication-Results header with a trusted name says; nothing where there is none.

    `*.mx.example` stands for every name below it, for a provider whose many servers sign with a name each.
    Nothing also where a sender could have written into the results.
    """
    if smuggles(message):
        return ()
    names = {name.strip().lower().rstrip(".") for name in trusted}
    border = _border(message)
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
    one needs such characters. Whichever hop is ours, its Received tells the HELO.
    """
    return any(_begins_a_statement(name.strip().lower(), value.strip()) for name, value in message.headers)


def _begins_a_statement(name: str, value: str) -> bool:
    """Whether a header tells of something of the sender's that filters copy and that would begin a statement."""
    if name == "dkim-signature":
        agents = (unquote("".join(agent.split()).replace("=", "%")) for agent in _AGENT.findall(value))
        return any(_SYNTAX.search(agent) for agent in agents)
    if name == "return-path":
        envelope = _ENVELOPE.match(value)
        return _SYNTAX.search(envelope[1] if envelope else value) is not None
    return name == "received" and _greets_with_a_statement(value)


def _greets_with_a_statement(received: str) -> bool:
    """Postfix writes a question mark for each `;` and space of a HELO, but leaves its `=`; others put it in a comment.

    OpenSMTPD may end what stands before `by` with a semicolon.
    """
    came_from = received.rpartition(" by ")[0].rstrip("; ")
    greeting = _GREETING.match(came_from)
    return ";" in came_from or (greeting is not None and "=" in greeting[1])


def _border(message: IncomingMessage) -> int:
    """The place of the topmost Received that is no local hop: what came in stands below it."""
    fields = enumerate(message.headers)
    return next((place for place, (name, value) in fields if _takes_from_outside(name, value)), 0)


def _takes_from_outside(name: str, value: str) -> bool:
    """Whether it is a Received of any way but LMTP, the last hop into the mailbox.

    A stranger's HELO stands in our own Received, and may say `by x with LMTP` as well: then each stands there twice.
    """
    if name.lower() != "received":
        return False
    tokens, is_whole = _tokens(value)
    words = [token.lower() for token in tokens]
    says_once = words.count("with") == words.count("by") == 1
    protocol = words[words.index("with") + 1 :][:1] if says_once else []
    return not (is_whole and protocol and _LOCAL_HOP.fullmatch(protocol[0]))


def _is_trusted(name: str, names: Collection[str]) -> bool:
    return name in names or any(each.startswith("*.") and name.endswith(each[1:]) for each in names)


def _proves(finding: Finding, domain: str) -> bool:
    """Whether a result speaks for the domain in From: DMARC of that very domain, or an aligned DKIM signature."""
    if finding.result != "pass":
        return False
    if finding.method == "dmarc":
        return _author(finding) == domain
    return finding.method == "dkim" and aligned(_signer(finding.properties), domain)


def _author(finding: Finding, *, unnamed: str = "") -> str:
    """The domain in From as DMARC found it."""
    return _bare(finding.properties.get("header.from", unnamed))


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
    """RFC 8601 section 2.2: the authserv-id in lower case, and the results.

    None where it begins with no such name; no results where what follows is malformed, for then nobody can tell which
    of them a sender wrote. It keeps its name even so: what stands below it may be forged.
    """
    tokens, is_whole = _tokens(value[:_LONGEST])
    head, *statements = _split(tokens)
    named = is_whole or bool(statements)
    if not named or not head or len(head) > 2 or (len(head) == 2 and head[1] != "1") or "=" in head:
        return None, ()
    found = (_finding(statement) for statement in statements if is_whole)
    return _unquote(head[0]).lower(), tuple(finding for finding in found if finding)


def _tokens(value: str) -> tuple[list[str], bool]:
    """The tokens of a structured header (RFC 5322 section 3.2) without its (nested (comments)), and whether they are
    all: an unclosed comment or string, or a bracket too many, ends them."""
    tokens: list[str] = []
    depth = place = 0
    while found := (_IN_COMMENT if depth else _TOKEN).match(value, place):
        token = found[0]
        if token == ")" and not depth:
            break
        depth += (token == "(") - (token == ")")
        place = found.end()
        if not (depth or token == ")" or token.isspace()):
            tokens.append(token)
    return tokens, place == len(value) and not depth


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
