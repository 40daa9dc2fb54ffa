"""Bytes to text: what is declared, what is not, and what is declared wrongly."""

from __future__ import annotations

import pytest

from mailgate.message.charset import clean, codec_of, decode, one_line

TEXTS = (
    "Здравствуйте", "Добрый день, не работает портал", "Привет", "тест тест", "СРОЧНО", "Не могу войти", "Тема", "да",
    "Добры дзень, не працуе ўваход", "Заявка на обслуживание", "Недоступен сервер mail.example.by с утра", "Спасибо!",
)  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("charset", ["cp1251", "koi8-r", "cp866", "utf-8"])
@pytest.mark.parametrize("declared", [None, "us-ascii", "x-unknown"])
def test_undeclared_cyrillic_is_recognised(text: str, charset: str, declared: str | None) -> None:
    try:
        data = text.encode(charset)
    except UnicodeEncodeError:
        pytest.skip(f"{charset} has no such letters")

    assert decode(data, declared) == text


@pytest.mark.parametrize("text", [text for text in TEXTS if len(text) > 6])
def test_russian_declared_as_latin_1_is_recognised(text: str) -> None:
    if "ў" in text:
        pytest.skip("too rare in Latin-1")
    assert decode(text.encode("cp1251"), "iso-8859-1") == text


@pytest.mark.parametrize("text", ["Grüße aus Köln", "à côté des élèves", "Ärger", "señor", "ÄäÖöÜüÄäÖöÜü"])
def test_western_text_stays_western(text: str) -> None:
    assert decode(text.encode("latin-1"), "iso-8859-1") == text


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("고맙습니다".encode("cp949"), "ks_c_5601-1987", "고맙습니다"),
        ("测试".encode("gbk"), "X-GBK", "测试"),
        (b"\x1b$B4]?t\x1b(B \x1b$B-!\x1b(B", "iso-2022-jp", "丸数 ①"),
        ("привет".encode(), "charset=utf-8", "привет"),
        ("привет".encode() + b"\xd0", "utf-8", "привет\ufffd"),
        ("привет, как дела".encode("cp1251"), "utf-8", "привет, как дела"),
        (b"abc", "utf-16", "扡\ufffd"),
        (b"+BDQEMA-", "unicode-1-1-utf-7", "да"),
    ],
)
def test_declared_charsets_as_they_are_really_written(data: bytes, charset: str, text: str) -> None:
    assert decode(data, charset) == text


@pytest.mark.parametrize(
    "charset", ["rot13", "zlib", "idna", "punycode", "unicode_escape", "base64", "undefined", "\0", "x" * 500]
)
def test_codecs_that_are_no_charsets_are_not_used(charset: str) -> None:
    assert codec_of(charset) is None
    assert decode(b"abc", charset) == "abc"


def test_clean_text_can_be_stored_anywhere() -> None:
    assert clean("a\0b\ud800c\r\nd\re\u2028f\x1bg\x93h\x94") == "ab\ufffdc\nd\ne\nfg“h”"


def test_s11_one_line_has_no_line_ends_of_any_kind() -> None:
    found = one_line("a\r\nBcc: x\u2028b\x85c\vd\x1ce\tf")

    assert found.splitlines() == [found]
