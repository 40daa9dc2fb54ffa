"""MIME to a plain value: nothing raises, nothing is lost, names are clean."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate.message.parse import attachments, header_only, parse
from tests.rig.effort import cpu_seconds


def mixed(*parts: str, kind: str = "mixed") -> bytes:
    body = "".join(f"--b\r\n{part}\r\n" for part in parts)
    return f"From: a@b.by\r\nContent-Type: multipart/{kind}; boundary=b\r\n\r\n{body}--b--\r\n".encode()


PLAIN = "Content-Type: text/plain; charset=utf-8\r\n\r\n"
HTML = "Content-Type: text/html; charset=utf-8\r\n\r\n"


def test_an_ordinary_mail() -> None:
    message = parse(
        "From: =?utf-8?b?0JjQstCw0L0=?= <Ivan@Alfa.example>\r\nTo: Desk <s@d.example>, x@y.example\r\n"
        "Cc: z@y.example\r\n"
        "Reply-To: r@y.example\r\nSubject: =?utf-8?b?0YLQtdGB0YI=?=\r\nMessage-ID: <1@a>\r\nIn-Reply-To: <2@a>\r\n"
        "References: <3@a> <2@a>\r\nDate: Tue, 24 Nov 2026 10:15:00 +0300\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\nПривет\r\n".encode()
    )

    assert (message.subject, message.text, message.message_id) == ("тест", "Привет", "1@a")
    assert message.from_[0].addr == "ivan@alfa.example"
    assert message.from_problem is None
    assert [address.addr for address in message.to] == ["s@d.example", "x@y.example"]
    assert (message.in_reply_to, message.references) == (("2@a",), ("3@a", "2@a"))
    assert (message.html, message.attachments, message.defects, message.content_type) == (None, (), (), "text/plain")
    assert message.header("subject") == "тест"


def test_alternative_prefers_plain_text_and_keeps_html() -> None:
    message = parse(mixed(PLAIN + "plain", HTML + "<p>html</p>", kind="alternative"))

    assert (message.text, message.html) == ("plain", "<p>html</p>")


def test_empty_plain_text_gives_way_to_html() -> None:
    message = parse(mixed(PLAIN + " \r\n", HTML + "<p>html</p>", kind="alternative"))

    assert message.text == "html"


@pytest.mark.parametrize(
    "raw",
    [
        mixed(PLAIN + "one", "Content-Type: text/plain\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\na"),
        mixed(HTML + "<p>html</p>", PLAIN + "begin 644 notes.txt\r\n#86)C\r\n`\r\nend\r\n", kind="alternative"),
        mixed("Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ntext", PLAIN + "", HTML + "<b>x</b>"),
        b"Content-Type: application/pdf; name=x.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n",
        b"\xff\x00: not a header",
    ],
    ids=["named text", "uuencoded", "enclosed message", "a file alone", "garbage"],
)
def test_the_attachments_alone_are_those_of_the_whole_reading(raw: bytes) -> None:
    assert attachments(raw) == parse(raw).attachments


def test_text_parts_follow_one_another_and_named_ones_are_attached() -> None:
    named = "Content-Type: text/plain\r\nContent-Disposition: attachment; filename=notes.txt\r\n\r\nnotes"

    message = parse(mixed(PLAIN + "one", named, PLAIN + "two"))

    assert message.text == "one\n\ntwo"
    assert [(one.name, one.content, one.inline) for one in message.attachments] == [("notes.txt", b"notes", False)]


def test_3_2_attachments_are_kept_whole() -> None:
    data = bytes(range(256)) * 40
    part = (
        "Content-Type: image/png; name*=utf-8''%D1%8D%D0%BA%D1%80%D0%B0%D0%BD.png\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data).decode()
    )

    attachment = parse(mixed(PLAIN + "x", part)).attachments[0]

    assert (attachment.name, attachment.content, attachment.size) == ("экран.png", data, len(data))
    assert attachment.sha256 == hashlib.sha256(data).hexdigest()


def test_an_enclosed_message_is_attached_and_its_text_is_not_the_body() -> None:
    inner = "Content-Type: message/rfc822\r\n\r\nSubject: inner\r\nMessage-ID: <i@x>\r\n\r\nsecret words\r\n"

    message = parse(mixed(PLAIN + "outer", inner))

    assert message.text == "outer"
    assert message.attachments[0].name == "inner.eml"
    assert b"secret words" in message.attachments[0].content
    assert message.parts[0][0] == "message/rfc822"
    assert "secret" not in message.parts[0][1]


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ('filename="../../etc/passwd"', "passwd"),
        ('filename="..\\\\..\\\\a.exe"', "a.exe"),
        ('filename="php://foo"', "foo"),
        ('filename="a\u202egnp.exe"', "agnp.exe"),
        ('filename="' + "x" * 300 + '.pdf"', "x" * 251 + ".pdf"),
        ('filename="=?utf-8?b?0YLQtdGB0YI=?=.txt"', "тест.txt"),
        ("filename*0=a; filename*1=b.txt", "ab.txt"),
        ('filename=".."', "attachment.txt"),
        ('filename="a\tb.txt"', "a b.txt"),
    ],
)
def test_s15_file_names_are_shown_cleaned(field: str, name: str) -> None:
    part = f"Content-Type: text/plain\r\nContent-Disposition: attachment; {field}\r\n\r\nx"

    assert parse(mixed(PLAIN + "x", part)).attachments[0].name == name


def test_raw_8_bit_file_name_in_windows_1251() -> None:
    part = 'Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="Договор.pdf"\r\n\r\nx'
    raw = mixed(PLAIN + "x", part).decode().encode("cp1251")

    assert parse(raw).attachments[0].name == "Договор.pdf"


def test_flowed_text_is_joined() -> None:
    raw = b"Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\nwe sh \r\nould\r\n>> a \r\n>> b\r\n x\r\n-- \r\nI"

    assert parse(raw).text == "we should\n>> ab\nx\n-- \nI"


@pytest.mark.parametrize("start", [b"\xef\xbb\xbf", b"\r\n\r\n", b"   \r\n", b" "])
def test_what_stands_before_the_header_does_not_hide_it(start: bytes) -> None:
    assert parse(start + b"From: a@b.by\r\nSubject: s\r\n\r\nx").subject == "s"


def test_broken_multipart_is_read_as_far_as_it_goes() -> None:
    message = parse(b"From: a@b.by\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext without an end")

    assert message.text == "text without an end"
    assert message.defects


def test_unknown_transfer_encoding_is_a_defect_and_the_text_stays() -> None:
    message = parse(b"Content-Transfer-Encoding: foobar\r\nContent-Type: text/plain\r\n\r\nhello")

    assert message.text == "hello"
    assert "unknown transfer encoding foobar" in message.defects


def test_s16_partial_and_external_bodies_are_only_attached() -> None:
    where = "access-type=URL; URL=http://127.0.0.1/x"
    external = f"Content-Type: message/external-body; {where}\r\n\r\nContent-Type: text/plain\r\n"

    message = parse(mixed(PLAIN + "x", external))

    assert [one.type for one in message.attachments] == ["message/external-body"]


def test_texts_are_safe_to_store() -> None:
    message = parse(b"From: a\0b <a@b.by>\r\nSubject: a\0\xed\xa0\x80b\r\nX\0Y: z\r\n\r\na\0b\xed\xa0\x80c")

    for text in (message.text, message.subject, *(part for header in message.headers for part in header)):
        assert "\0" not in text
        text.encode()


def test_s17_a_thousand_nested_parts_do_not_raise_even_unguarded() -> None:
    nested = "".join(f'Content-Type: multipart/mixed; boundary="b{i}"\n\n--b{i}\n' for i in range(1_000))

    message = parse(f"From: a@b.by\nSubject: s\n{nested}\nx".encode())

    assert message.subject == "s"
    assert message.defects


def test_s19_header_only_reads_who_and_what_of_a_giant() -> None:
    raw = b"From: Ivan <a@b.by>\r\nSubject: big\r\n\r\n" + b"x" * 10_000_000

    message = header_only(raw)

    assert (message.from_[0].addr, message.subject, message.text) == ("a@b.by", "big", "")
    assert message.defects == ("only the header was read",)
    assert cpu_seconds(lambda: header_only(raw)) < 0.1


@given(st.binary(max_size=2_000))
@settings(max_examples=300, deadline=None)
def test_s30_no_bytes_make_it_raise(raw: bytes) -> None:
    parse(raw)
    parse(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + raw)
    parse(b"From: " + raw)
    header_only(raw)
