"""How people type: case, `ё`, odd spaces, look-alike letters, the wrong keyboard layout.

Why: a name is compared as typed first and by its look only then, so that Latin `h` finds `help`
before Cyrillic `н`, which looks like its capital, is thought of.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Final, TypeVar

T = TypeVar("T")

_LOOK_ALIKES = str.maketrans("авсенкмоіјртухѕ", "abcehkmoijptyxs")
_JOINERS = dict.fromkeys(map(ord, "-_–—\u2010\u2011\t\n"), " ")
_FORMATTING = (range(0x200B, 0x2010), range(0x202A, 0x202F), range(0x2060, 0x2070), range(0xFE00, 0xFE10))
INVISIBLE: Final = dict.fromkeys([*map(ord, "\u00ad\u034f\u061c\u180e\ufeff"), *chain(*_FORMATTING)])
"""Signs without a shape: joiners, marks of direction, variation selectors; for `str.translate`."""
_DROPPED = INVISIBLE | dict.fromkeys(map(ord, "'’ʼ`"))
_MARKS = ".,;:!?…\"'«»“”„*"

_LATIN_KEYS = "`qwertyuiop[]asdfghjkl;'zxcvbnm,."
_RUSSIAN_KEYS = "ёйцукенгшщзхъфывапролджэячсмитьбю"
_BELARUSIAN_KEYS = "ёйцукенгшўзх'фывапролджэячсмітьбю"
_LAYOUTS = (
    str.maketrans(_LATIN_KEYS, _RUSSIAN_KEYS),
    str.maketrans(_LATIN_KEYS, _BELARUSIAN_KEYS),
    str.maketrans(_RUSSIAN_KEYS, _LATIN_KEYS),
    str.maketrans(_BELARUSIAN_KEYS, _LATIN_KEYS),
)


def plain(text: str) -> str:
    """Words alone: one case, `е` for `ё`, a space for spaces and hyphens, no apostrophes, no marks at the ends."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е").translate(_JOINERS)
    text = text.translate(_DROPPED)
    return " ".join(text.split()).strip(_MARKS + " ")


def look(text: str) -> str:
    """The plain text with every Cyrillic letter that looks like a Latin one made Latin."""
    return alike(plain(text))


def alike(text: str) -> str:
    """Small Cyrillic letters that look like Latin ones (or whose capitals do) made Latin."""
    return text.translate(_LOOK_ALIKES)


def other_layouts(text: str) -> tuple[str, ...]:
    """What the same keys give on the other keyboard layouts (Latin, Russian, Belarusian)."""
    typed = unicodedata.normalize("NFC", text).casefold()
    return tuple(typed.translate(layout) for layout in _LAYOUTS)


def meant(text: str, names: Mapping[str, T]) -> tuple[T, ...]:
    """What the text names: one value by its whole name, else every value that a name beginning so has."""
    for spelled in (plain, look):
        wanted = spelled(text)
        whole = _unique(value for name, value in names.items() if spelled(name) == wanted)
        begun = _unique(value for name, value in names.items() if wanted and spelled(name).startswith(wanted))
        if whole or begun:
            return whole or begun
    return ()


def _unique(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))
