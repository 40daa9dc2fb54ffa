"""What the writer newly wrote: the text without quotes, attributions, signatures and adverts.

Why: only these words are read for commands, confirmations and fields, and only they are shown first to staff.
Somebody's answer lost would be worse than a line of a quote kept, so what is in doubt is kept.
"""

from __future__ import annotations

import re
from functools import lru_cache

from mailgate.message.html import safe_html
from mailgate.message.model import IncomingMessage
from mailgate.message.quotes import (
    attribution_end,
    header_block_end,
    is_certain,
    is_forward,
    is_list_footer,
    is_quoted,
    is_reply_marker,
    next_written,
    separator_end,
)
from mailgate.message.signature import own_words

__all__ = ["new_text", "newly_written", "safe_html"]

LONGEST = 200_000
"""Characters of a text that are searched for quotes; the rest is left out of the new text."""
_BLANK_LINES = re.compile(r"\n{3,}")
_SIGNED = re.compile(r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:[A-Za-z-]{1,20}:[^\n]{0,80}\n)*")
_PGP_SIGNATURE = re.compile(r"-----BEGIN PGP SIGNATURE-----[^-]*(?:-----END PGP SIGNATURE-----|$)")


def new_text(message: IncomingMessage) -> str:
    """The newly written text of a message; of a bare forward, the whole text, for that is what it says."""
    return newly_written(message.text)


@lru_cache(maxsize=2)
def newly_written(text: str) -> str:
    """The newly written part of a text: answers between quoted lines stay, whole and in their order."""
    text = _PGP_SIGNATURE.sub("", _SIGNED.sub("", text[:LONGEST]))
    lines = [line.rstrip() if line != "-- " else line for line in text.split("\n")]
    stretches, forwarded = _stretches(lines)
    words = ["\n".join(own_words(stretch)).strip("\n") for stretch in stretches]
    new = _BLANK_LINES.sub("\n\n", "\n\n".join(word for word in words if word.strip())).strip()
    return new if new or not forwarded else text.strip()


def _stretches(lines: list[str]) -> tuple[list[list[str]], bool]:
    """The lines between quotes, in stretches, and whether what ended them was a forwarded message."""
    stretches: list[list[str]] = [[]]
    index, anything = 0, False
    while index < len(lines):
        line, after = lines[index], None
        if line.strip():
            if is_forward(line):
                return stretches, True
            if is_reply_marker(line) or is_list_footer(lines, index):
                break
            after = _quote_end(lines, index, anything)
            anything = anything or after is None
        if after is None:
            stretches[-1].append(line)
        elif stretches[-1]:
            stretches.append([])
        index = after or index + 1
    return stretches, False


def _quote_end(lines: list[str], index: int, anything: bool) -> int | None:
    """The index after a quote that begins here, else None; an unmarked quote lasts to the end of the text.

    Where nothing was written above an unmarked quote, only its introduction is taken away.
    """
    if is_quoted(lines[index]):
        return index + 1
    end = attribution_end(lines, index)
    if end is not None:
        below = next_written(lines, end)
        if below is None or is_quoted(lines[below]):
            return end
        if is_certain(lines, index, end):
            return len(lines) if anything else end
    end = separator_end(lines, index) or header_block_end(lines, index)
    if end is None:
        return None
    return len(lines) if anything else end
