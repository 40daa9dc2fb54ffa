"""What is against the official orthography of Belarusian (the Rules of 2008), as far as signs alone can tell."""

from __future__ import annotations

import re

_VOWELS = "аеёіоуыэюя"
SINS = {
    "у behind a vowel, not ў": rf"(?<=[{_VOWELS}][ \n\u00a0])у(?=\w| )",
    "ў behind no vowel": rf"(?<![{_VOWELS}{_VOWELS.upper()}*»])[ \n\u00a0]ў|^ў",
    "у behind a vowel within a word": r"[аеёоыэюя]у(?=[бвгджзйклмнпрстфхцчш])",
    "a straight apostrophe": r"(?<=[а-яёіў])'(?=[а-яёіў])",
    "a soft sign that is heard and not written": r"сьв|сьц(?!і\b)|сьн|зьн|зьв|дзьв|цьв|ньн|лль",
    "a letter of another language": r"[ищъИЩЪ]",
}


def sins(text: str) -> list[str]:
    """Each with the words around it."""
    return [
        f"{sin}: {text[max(0, found.start() - 20) : found.end() + 20]!r}"
        for sin, pattern in SINS.items()
        for found in re.finditer(pattern, text)
    ]
