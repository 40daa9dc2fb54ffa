"""Bytes to text, whatever charset they declare or do not declare.

Why: a good part of Russian mail still declares no charset, or the wrong one. Every parser then gives back
nothing or signs that nobody can read, so the charset is found by the frequency of Cyrillic letters.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

_ALIASES = {
    "ansi_x3.4-1968": "cp1252", "ascii": "us-ascii", "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "latin1": "cp1252",
    "iso-8859-8-i": "iso-8859-8", "iso-8859-9": "cp1254", "iso-8859-11": "cp874", "windows-874": "cp874",
    "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "euc-kr": "cp949", "gb2312": "gb18030", "gbk": "gb18030",
    "x-gbk": "gb18030", "chinesebig5": "cp950", "big5": "cp950", "shift_jis": "cp932", "x-sjis": "cp932",
    "unicode-1-1-utf-7": "utf-7", "unicode-1-1-utf-8": "utf-8", "utf8mb4": "utf-8", "utf": "utf-8", "uft-8": "utf-8",
    "win-1251": "cp1251", "win1251": "cp1251", "windows1251": "cp1251", "x-cp1251": "cp1251", "koi8": "koi8-r",
    "cp-866": "cp866", "ibm-866": "cp866", "dos-866": "cp866", "x-mac-cyrillic": "mac_cyrillic",
    "macintosh": "mac_roman",
}  # fmt: skip
_NOT_TEXT = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"})
_WESTERN = frozenset({"ascii", "cp1252", "iso8859-1", "iso8859-15"})
_CYRILLIC = ("cp1251", "koi8-r", "iso8859-5", "cp866", "koi8-u")
_SAMPLE, _LETTERS = 4_096, 512
"""Bytes, and letters among them, that are enough to judge by."""
_LIKE_RUSSIAN = 3.0
"""The score of `cyrillic_score` that overrules a declared western charset; Russian text has about five."""

_HIGH = re.compile(rb"[\x80-\xff]")
_RUN = re.compile(rb"[\x80-\xff]{2,}")
_LONG_RUN = re.compile(rb"[\x80-\xff]{3,}")
_LATIN_LETTER = re.compile(rb"[A-Za-z]")
_UNSAFE = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
_C1 = re.compile("[\x80-\x9f]")
_LINE_ENDS = re.compile("\r\n?|[\v\f\x1c-\x1e\u2028\u2029]")
_JIS = re.compile(rb"\x1b\$[@B](.*?)(?=\x1b|$)", re.DOTALL)
_ESCAPE = re.compile(rb"\x1b[($].")

# Percentages of the letters in Russian text; those that only Belarusian and Ukrainian have count like rare ones.
_FREQUENCY = dict(zip("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", (
    10.9, 8.5, 8.0, 7.4, 6.7, 6.3, 5.5, 4.7, 4.5, 4.4, 3.5, 3.2, 3.0, 2.8, 2.6, 2.0, 1.9, 1.7, 1.7, 1.7, 1.6, 1.4, 1.2,
    1.0, 0.9, 0.7, 0.6, 0.5, 0.4, 0.3, 0.3, 0.1, 0.1), strict=True)) | dict.fromkeys("іўєїґ", 1.0)  # fmt: skip


def decode(data: bytes, charset: str | None) -> str:
    """The text of `data`; a declared charset that cannot be right is overruled. Never raises."""
    if data.isascii() and b"\x1b" not in data and charset_is_ascii_like(charset):
        return data.decode("ascii")
    codec = codec_of(charset)
    if codec is None or codec in _WESTERN:
        return _guess(data, codec)
    if codec.startswith("iso2022_jp"):
        return _decode_jis(data)
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError):
        return _repair(data, codec)


@lru_cache(maxsize=256)
def codec_of(charset: str | None) -> str | None:
    """Python's own name of a declared charset; None for none, an unknown one, or one that is no charset of text."""
    name = (charset or "").strip().strip("\"'").lower().removeprefix("charset=")[:40]
    if not name:
        return None
    try:
        info = codecs.lookup(_ALIASES.get(name, name).removeprefix("x-"))
    except (LookupError, ValueError, TypeError):
        return None
    text = getattr(info, "_is_text_encoding", True) and info.name.replace("-", "_") not in _NOT_TEXT
    return info.name if text else None


@lru_cache(maxsize=256)
def charset_is_ascii_like(charset: str | None) -> bool:
    """Whether bytes below 128 mean the same in this charset as in ASCII."""
    codec = codec_of(charset)
    return codec is None or not codec.startswith(("utf-7", "utf-16", "utf-32", "iso2022", "hz", "cp037", "cp500"))


def clean(text: str) -> str:
    """Text that is safe to store: line ends are LF, no NUL or other control signs, no lone surrogates."""
    if text.isascii() and text.isprintable():
        return text
    if _C1.search(text):  # no control signs are meant, but the quotes and dashes of windows-1252
        text = _C1.sub(lambda sign: sign[0].encode("latin-1").decode("cp1252", "replace"), text)
    text = _LINE_ENDS.sub("\n", text)
    return _UNSAFE.sub(lambda sign: "\ufffd" if sign[0] >= "\ud800" else "", text)


def one_line(text: str) -> str:
    """Clean text without line ends, for headers and names."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return " ".join(clean(text).split("\n")).replace("\t", " ").strip()


def is_utf8(data: bytes) -> bool:
    """Whether `data` is well-formed UTF-8, which text in another charset hardly ever is by chance."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _repair(data: bytes, codec: str) -> str:
    """Some wrong bytes are shown as such; where most are wrong, the declaration is."""
    text = data.decode(codec, "replace")
    wrong = text.count("\ufffd")
    high = len(_HIGH.findall(data[: _SAMPLE * 4]))
    if codec in {"utf-8", "utf-7"} and wrong * 3 > min(high, len(data)) and high:
        return _guess(data, None)
    return text


def _guess(data: bytes, western: str | None) -> str:
    """UTF-8 if it is; else a Cyrillic charset if the letters say so; else a western one."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        tail_only = error.start > len(data) - 4 and len(data) > 8
    if tail_only:
        return data.decode("utf-8", "replace")
    sample = _around_first_high(data)
    if mostly_high(sample):
        score, codec = max((cyrillic_score(sample.decode(name, "replace")), name) for name in _CYRILLIC)
        if western in {None, "ascii"} or score >= _LIKE_RUSSIAN:
            return data.decode(codec, "replace")
    mostly_utf8 = data.decode("utf-8", "replace")
    if mostly_utf8.count("\ufffd") * 4 < len(_HIGH.findall(data)):
        return mostly_utf8
    return data.decode(western if western and western != "ascii" else "cp1252", "replace")


def _around_first_high(data: bytes) -> bytes:
    first = _HIGH.search(data)
    return data[first.start() : first.start() + _SAMPLE] if first else data[:_SAMPLE]


def mostly_high(sample: bytes) -> bool:
    """Cyrillic text has runs of bytes above 127; in western languages they stand alone among ASCII letters."""
    high, latin = len(_HIGH.findall(sample)), len(_LATIN_LETTER.findall(sample))
    runs = _LONG_RUN.findall(sample) if latin else _RUN.findall(sample)
    return sum(map(len, runs)) * 2 > high > latin / 13


def cyrillic_score(text: str) -> float:
    """How much `text` looks like Russian, Belarusian or Ukrainian, per letter; capitals inside words speak against."""
    score, letters, previous = 0.0, 1, " "
    for sign in text[:_LETTERS]:
        lower = sign.lower()
        if lower in _FREQUENCY:
            inside = previous.isalpha() and sign != lower and previous == previous.lower()
            score += -8.0 if inside else _FREQUENCY[lower] - (1.0 if sign != lower else 0.0)
        elif sign > "\x7f":
            score -= 6.0
        letters += sign > "\x7f"
        previous = sign
    return score / letters


def _decode_jis(data: bytes) -> str:
    """ISO-2022-JP as it is really sent: with the vendors' signs, which only cp932 knows."""
    try:
        return data.decode("iso2022_jp")
    except UnicodeError:
        plain = _JIS.sub(lambda run: _shift(run[1]), data)
        return _ESCAPE.sub(b"", plain).decode("cp932", "replace")


def _shift(pairs: bytes) -> bytes:
    """Two-byte JIS X 0208 to Shift JIS."""
    shifted = bytearray()
    for row, cell in zip(pairs[::2], pairs[1::2], strict=False):
        lead = ((row - 0x21) >> 1) + (0x81 if row < 0x5F else 0xC1)
        trail = cell + (0x1F if cell < 0x60 else 0x20) if row % 2 else cell + 0x7E
        shifted += bytes((lead & 0xFF, trail & 0xFF))
    return bytes(shifted)
