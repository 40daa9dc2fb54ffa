"""5.1, 5.2: what a client's answer to a completion notice says. Only of the new text, without quotes.

Why: closing is final, so a text confirms only where nothing in it speaks against that; what is in
doubt is `OTHER`, which changes nothing and is read by staff. Known phrases are taken out of the text
one kind after the other, and what is left over decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache, reduce
from itertools import chain
from typing import Final

from mailgate.message import answer_phrases as phrases
from mailgate.message.signature import without_name
from mailgate.rules.vocabulary import Trigger


class Word(StrEnum):
    """What the client says."""

    CONFIRMS = "confirms"
    DISAGREES = "disagrees"
    BARE_NO = "bare_no"
    THANKS = "thanks"
    """Or another courtesy that says neither yes nor no."""
    OTHER = "other"


TRIGGERS: Final[Mapping[Word, Trigger]] = {
    Word.CONFIRMS: Trigger.CONFIRMED,
    Word.DISAGREES: Trigger.DISAGREED,
    Word.BARE_NO: Trigger.BARE_NO,
    Word.THANKS: Trigger.THANKED,
    Word.OTHER: Trigger.CLIENT_WROTE,
}
"""What each word is to a request: see `rules.lifecycle.step`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The client's word, and his reasons where he disagrees with reasons."""

    word: Word
    reason: str = ""


READ_MOST: Final = 3000
"""Characters that are looked at."""
_SHORT = 300
"""A longer text says more than yes or thank you."""
_LONGEST_NAME = 100
_SHORTEST_NAME = 3
_LETTER = re.compile(r"\w")
_TOKEN = re.compile(r"[^\s,;:!?()\[\]«»“”\"]+")
_LINE_END = re.compile(r"\s*\n\s*")
_SPELLED = str.maketrans({**dict.fromkeys("👍🙏❤", " спасибо "), **dict.fromkeys("`’ʼ", "'"), "ё": "е"})


def client_word(
    text: str,
    *,
    has_files: bool = False,
    reasons_asked: bool = False,
    writers: Sequence[str] = (),
    known: Iterable[str] = (),
) -> Reading:
    """What the new text of a client's answer says; `has_files`, something is attached to it.

    Names of people and numbers say nothing: of who may write (`writers`), whom he may address, what it is about.

    A file beside a bare no is a reason. Where he was asked for his reasons, whatever he writes that is no other
    known word are they: that is what he was promised (5.1).
    """
    said = _said(text, writers, frozenset(chain.from_iterable(map(_words_of, (*writers, *known)))))
    gives_reasons = (said.word is Word.BARE_NO and has_files) or (said.word is Word.OTHER and reasons_asked)
    return Reading(Word.DISAGREES, text[:READ_MOST].strip()) if gives_reasons else said


@lru_cache(maxsize=1024)
def _words_of(name: str) -> tuple[str, ...]:
    return tuple(word for word in _normal(name[:_LONGEST_NAME]).split() if len(word) >= _SHORTEST_NAME)


def _without(names: Set[str], said: str) -> str:
    return _TOKEN.sub(lambda found: " " if found[0].strip(".") in names else found[0], said)


def _said(text: str, writers: Sequence[str], names: Set[str]) -> Reading:
    """The ready answers of the completion notice count first.

    They are `!подтверждаю`, unless an objection follows; `!не согласен:` with reasons, without them it is a bare no.
    """
    text = text[:READ_MOST].strip()
    if command := phrases.DISAGREE_COMMAND.match(text):
        reason = text[command.end() :].strip()
        has_reason = bool(reason) and not _says_only(_normal(reason), phrases.THANKS, phrases.COURTESY)
        return Reading(Word.DISAGREES, reason) if has_reason else Reading(Word.BARE_NO)
    if command := phrases.CONFIRM_COMMAND.match(text):
        objects = _word(_normal(text[command.end() :])) in (Word.DISAGREES, Word.BARE_NO)
        return Reading(Word.OTHER if objects else Word.CONFIRMS)
    own = reduce(without_name, writers, text)
    word = _word(_without(names, _normal(own)), _without(names, _normal(text[len(own) :])))
    return Reading(word, text if word is Word.DISAGREES else "")


def plainly(text: str) -> str:
    """The text without the sign of a ready answer: what the client said, to be read by people."""
    is_ready = phrases.CONFIRM_COMMAND.match(text) or phrases.DISAGREE_COMMAND.match(text)
    return text[1:].lstrip() if is_ready else text


def _word(said: str, card: str = "") -> Word:
    """The word of a text; an objection below the sign-off or in the card below the name cannot be seen as such, but
    it hinders a closing."""
    body, *below = phrases.SIGN_OFF.split(said, maxsplit=1)
    word = _word_of_body(phrases.GREETING.sub(" ", body))
    objects = any(pattern.search(part) for part in (*below, card) for pattern in (phrases.BROKEN, phrases.CONTRAST))
    return Word.OTHER if objects and word is Word.CONFIRMS else word


def _word_of_body(said: str) -> Word:
    certain = phrases.UNDECIDED.sub(" ", said)
    troubled = phrases.NO_TROUBLE.sub(" ", certain)
    left = phrases.CONFIRMATION.sub(" ", troubled)
    confirmed = left != troubled
    if phrases.NO.search(troubled) and _says_only(troubled, phrases.BARE_NO, phrases.THANKS, phrases.COURTESY):
        return Word.BARE_NO
    if phrases.BROKEN.search(troubled):
        return Word.DISAGREES
    if certain != said or phrases.QUESTION.search(left):
        return Word.OTHER
    if phrases.NO.search(left) or phrases.TROUBLE.search(left):
        both = left != certain and _says_only(left, phrases.BARE_NO, phrases.YES, phrases.THANKS, phrases.COURTESY)
        return Word.OTHER if both else Word.DISAGREES
    agrees = left != certain or phrases.YES.search(left) is not None
    return _without_objection(said, left, confirmed, agrees)


def _without_objection(said: str, left: str, confirmed: bool, agrees: bool) -> Word:
    """The word of a text in which nothing is denied; `left` is what no confirming phrase covers."""
    if phrases.CONTRAST.search(left):
        return Word.DISAGREES if agrees or phrases.THANKS.search(left) else Word.OTHER
    if _LETTER.search(said) and _says_only(left, phrases.YES, phrases.THANKS, phrases.COURTESY):
        return Word.CONFIRMS if agrees else Word.THANKS
    if phrases.RESERVE.search(left) or len(said) > _SHORT:
        return Word.OTHER
    sure = confirmed and _says_only(left, phrases.BESIDE, phrases.YES, phrases.THANKS, phrases.COURTESY)
    return Word.CONFIRMS if sure else Word.OTHER


def _says_only(said: str, *kinds: re.Pattern[str]) -> bool:
    """Whether phrases of these kinds are all that it says."""
    for kind in kinds:
        said = kind.sub(" ", said)
    return not _LETTER.search(said)


def _normal(text: str) -> str:
    """One case, one line, single spaces, one sign for each apostrophe."""
    said = unicodedata.normalize("NFKC", text).casefold().translate(_SPELLED)
    return " ".join(_LINE_END.sub(" . ", said).split())
