"""Files that stand uuencoded in a plain text become attachments; what only looks like one stays text."""

from __future__ import annotations

import binascii

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgate.message.parse import parse
from mailgate.message.uuencoded import taken_out
from tests.rig.effort import cpu_seconds


def block(content: bytes, name: str = "screen.png", blank: str = "`") -> str:
    lines = [binascii.b2a_uu(content[at : at + 45], backtick=blank == "`") for at in range(0, len(content), 45)]
    return f"begin 644 {name}\n" + b"".join(lines).decode() + f"{blank}\nend"


def test_a_file_in_a_text_becomes_an_attachment() -> None:
    content = bytes(range(256)) * 3
    text = f"Смотрите файл.\n\n{block(content, 'отчёт за май.pdf')}\n\nС уважением"

    message = parse(f"From: a@b.by\nContent-Type: text/plain; charset=utf-8\n\n{text}\n".encode())

    assert message.text == "Смотрите файл.\n\n\nС уважением"
    assert [(each.name, each.content) for each in message.attachments] == [("отчёт за май.pdf", content)]


def test_several_files_in_one_text() -> None:
    rest, files = taken_out(f"{block(b'one', 'a')}\n{block(b'two', 'b')}")

    assert (rest, files) == ("", [("a", b"one"), ("b", b"two")])


def test_what_some_encoders_fill_the_last_group_with_does_not_matter() -> None:
    assert taken_out("begin 644 a\n$86)C9 KK\n`\nend") == ("", [("a", b"abcd")])


@given(st.binary(min_size=1, max_size=200), st.sampled_from("` "))
def test_blanks_lost_at_the_ends_of_lines_do_not_matter(content: bytes, blank: str) -> None:
    spoilt = "\n".join(line.rstrip() for line in block(content, blank=blank).split("\n"))

    assert taken_out(spoilt) == ("", [("screen.png", content)])


@pytest.mark.parametrize(
    "text",
    [
        "begin 644 names are hard\nend",
        "begin 644 a.txt\nHello, is this a file?\nend",
        block(b"cut off").removesuffix("end"),
        block(b"x" * 100).replace("M", "M>>>>>>>>>>>>>>>>", 1),
        "\n".join(f"> {line}" for line in block(b"quoted").split("\n")),
        "begin 999 a\n!\nend",
    ],
)
def test_what_is_no_whole_block_stays_text(text: str) -> None:
    assert taken_out(text) == (text, [])


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\u202etxt.exe", "x" * 250])
def test_s15_names_are_cleaned(name: str) -> None:
    message = parse(f"From: a@b.by\nContent-Type: text/plain; charset=utf-8\n\n{block(b'1', name)}\n".encode())

    (attachment,) = message.attachments
    assert not set("/\\\u202e") & set(attachment.name)
    assert 0 < len(attachment.name) <= 255


@pytest.mark.parametrize(
    "text", ["begin 644 a\n" * 100_000, block(b"x" * 45, "a") * 3_000, "begin 644 a\n" + "M\n" * 300_000]
)
def test_s20_hostile_text_costs_linear_time(text: str) -> None:
    assert cpu_seconds(lambda: taken_out(text)) < 1


@settings(max_examples=200)
@given(st.text(alphabet="begin 64a\n`M!end", max_size=200))
def test_never_raises_and_loses_no_line(text: str) -> None:
    rest, files = taken_out(text)

    assert files or rest == text
