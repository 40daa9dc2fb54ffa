"""One canonical form of a mail address, so that two that look alike never count as one.

Why: `str.lower` turns the Kelvin sign into `k` and IDNA folds full-width letters, so an outsider could
write from a look-alike of a contact's domain. Folding is done only where it leaves the ASCII letters alone.
The library that knows every odd form is slow to load: ordinary addresses never reach it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from mailgate.config.problems import Wrong

ADDRESS: Final = 'an address such as "ivan.petrov@alfa.example"'
LONGEST: Final = 254
"""RFC 5321 section 4.5.3.1: a path of 256 characters, with its angle brackets."""

_LABEL = "(?!-)[A-Za-z0-9-]{1,63}+(?<!-)"
_ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++"
_ORDINARY = re.compile(rf"(?=[^@]{{1,64}}+@){_ATOM}(?:\.{_ATOM})*+@{_LABEL}(?:\.{_LABEL})*+")


def canonical(text: str) -> str:
    """The address lower-cased, its domain in ASCII (IDNA). Raises Wrong where it is none."""
    if len(text) <= LONGEST and _ORDINARY.fullmatch(text):
        return text.lower()
    return _unusual(text)


def comparable(text: str) -> str | None:
    """The canonical form of an address from outside; None where it is none."""
    try:
        return canonical(text)
    except Wrong:
        return None


def _unusual(text: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    if len(text) > LONGEST:
        raise Wrong(f"{ADDRESS}, at most {LONGEST} characters")
    local, at, domain = text.rpartition("@")
    folded = unicodedata.normalize("NFKC", domain.lower())
    if _ascii_letters(folded) != _ascii_letters(domain):
        raise Wrong(f"{ADDRESS}: the domain holds characters that only look like Latin letters")
    try:
        found = validate_email(f"{local}{at}{folded}", check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise Wrong(f"{ADDRESS} ({error})") from None
    if folded not in (found.domain, found.ascii_domain):
        raise Wrong(f"{ADDRESS}: the domain holds characters that do not count in one")
    return str(found.ascii_email).lower()


def _ascii_letters(text: str) -> int:
    return sum(letter.isascii() for letter in text)
