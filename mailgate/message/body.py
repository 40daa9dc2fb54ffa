"""What the writer newly wrote: the text without quotes, attributions, signatures and adverts.

Why: only these words are read for commands, confirmations and fields, and only they are shown first to staff.
Of a client's mail, what is in doubt is kept: his answer lost would be worse than a line of a quote. Of a mail of
staff it is not: what they quote or forward may be internal or bear commands, and would go to the client.
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
from mailgate.message.signature import own_words, without_banner, without_name

__all__ = ["certain_text", "new_text", "newly_written", "safe_html"]

LONGEST = 200_000
"""Characters of a text that are searched for quotes; the rest is left out of the new text."""
_BLANK_LINES = re.compile(r"\n{3,}")
_SIGNED = re.compile(r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:[A-Za-z-]{1,20}:[^\n]{0,80}\n)*")
_PGP_SIGNATURE = re.compile(r"-----BEGIN PGP SIGNATURE-----[^-]*(?:-----END PGP SIGNATURE-----|$)")


def new_text(message: IncomingMessage) -> str:
    """The newly written text of a message; of a bare forward, the whole text, for that is what it says."""
    return newly_written(message.text)


def certain_text(message: IncomingMessage, name: str) -> str:
    """4.7: only what the writer, called `name`, himself wrote for certain: nothing of an unmarked quote, nothing of a
    bare forward, no card with his phones below his name."""
    return without_name(newly_written(message.text, in_doubt=False), name)


@lru_cache(maxsize=2)
def newly_written(text: str, *, in_doubt: bool = True) -> str:
    """The newly written part of a text: answers between quoted lines stay, whole and in their order.

    `in_doubt`, where nothing stands above an unmarked quote or a forwarded message, what stands there is kept.
    """
    text = _PGP_SIGNATURE.sub("", _SIGNED.sub("", text[:LONGEST]))
    lines = [line.rstrip() if line != "-- " else line for line in text.split("\n")]
    stretches, forwarded = _stretches(without_banner(lines), anything=not in_doubt)
    words = ["\n".join(own_words(stretch)).strip("\n") for stretch in stretches]
    new = _BLANK_LINES.sub("\n\n", "\n\n".join(word for word in words if word.strip())).strip()
    return text.strip() if forwarded and in_doubt and not new else new


def _stretches(lines: list[str], *, anything: bool) -> tuple[list[list[str]], bool]:
    """The lines between quotes, in stretches, and whether what ended them was a forwarded message.

    `anything`, whether something was written above.
    """
    stretches: list[list[str]] = [[]]
    index = 0
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
