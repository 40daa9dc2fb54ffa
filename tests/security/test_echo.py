"""S11-S15: what is passed on from somebody else's mail stays words: no header, no template, no markup, no path."""

from __future__ import annotations

import email
import itertools
import re
import socket
from base64 import b64encode
from datetime import timedelta
from email.header import decode_header, make_header
from email.utils import parseaddr
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN, Letter
from tests.security.conftest import Figures, Some
from tests.security.kit import mail, notices, passed, pour, shown

BREAKS = ("\r", "\n", "\r\n", "\x00", "\u2028", "\u2029", "\u0085", "\x0b", "\x0c", "\x1c", "\x1e")
INJECTED = "Bcc: mallory"
"""Without an address, which in a display name would send the mail to quarantine and its name to nobody."""


def encoded(text: str) -> str:
    return f"=?utf-8?b?{b64encode(text.encode()).decode()}?="


def header_names(letters: list[Letter]) -> set[str]:
    """Names of all headers, of the letters and of every part in them; as the bytes have them, too."""
    found = {name.lower() for letter in letters for part in letter.message.walk() for name in part}
    heads = [letter.raw.partition(b"\r\n\r\n")[0] for letter in letters]
    lines = itertools.chain.from_iterable(head.replace(b"\r\n", b"\n").split(b"\n") for head in heads)
    return found | {line.partition(b":")[0].decode("latin-1").lower() for line in lines if line[:1].strip()}


def hostile(words: str) -> list[bytes]:
    """The words in every field that is echoed to somebody, one mail a field; what becomes of each says DECISIONS."""
    name = encoded(words)
    attached = (
        f"From: {IVAN}\r\nSubject: file\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\n"
        f'Content-Type: application/pdf; name="{name}"\r\nContent-Disposition: attachment; filename="{name}"\r\n\r\nx\r\n--b--\r\n'
    ).encode()
    fields = f"Клиент: {words}\nУслуга: {words}\nТип запроса: {words}\nТема: {words}\n\n{words}"
    raw = f"From: {IVAN}\r\nIn-Reply-To: <{words}@x>\r\nReferences: <a{words}b@alfa.example> {name}\r\n".encode()
    return [
        mail(IVAN, proven="alfa.example", subject=f"{name}"),
        mail(f"{name} <{IVAN}>", proven="alfa.example"),
        mail(f"{name} <pat@gamma.example>", proven="gamma.example"),
        mail(IVAN, proven="alfa.example", text=fields),
        passed("alfa.example") + attached,
        mail(f"{name} <{IVAN}>", subject=name),
        mail(raw, proven="alfa.example"),
        mail(IVAN, proven="alfa.example", message_id=f"{words}.id@alfa.example"),
    ]


DECISIONS = ["register", "register", "not_registered", "register", "register", "quarantine", "register", "register"]
ENCODED = 6
"""So many of these bear the words encoded, or in the body; the others as they are, in the header."""


def test_s11_no_field_begins_a_header(hand: DeskInHand, figures: Figures) -> None:
    for raw in hostile("plain"):
        hand.receive(raw)
    usual = header_names(hand.letters)
    sent = 0

    for number, line_end in enumerate(BREAKS):  # the number, lest one mail be taken for the other that it reads like
        hand.now = hand.now.replace(day=hand.now.day % 28 + 1)  # a stranger is answered once a day
        taken = [one.decision for one in pour(hand, hostile(f"x{number}{line_end}{INJECTED}{line_end}{line_end}y"))]
        trusted = ENCODED if line_end == "\r" else None  # a header with a bare CR may well prove nothing
        assert taken[:trusted] == DECISIONS[:trusted]
        sent += len(taken)
        hand.send()
        hand.answer(hand.last(ANNA, "staff_new"), f"Готово{line_end}{INJECTED}")

    assert header_names(hand.letters) == usual
    assert {letter["Bcc"] for letter in hand.letters} == {""}
    assert {notice.state for notice in notices(hand)} == {"accepted"}
    for letter in hand.letters:
        head = letter.raw.partition(b"\r\n\r\n")[0]
        assert b"\x00" not in letter.raw
        assert head.count(b"\r") == head.count(b"\n") == head.count(b"\r\n")
    figures(
        "S11",
        "CR, LF, NUL, U+2028, U+0085 and others in every echoed field",
        sent=sent,
        through=0,
        found="0 new headers",
    )


IDENTIFIERS = (
    "A" * 68 + "@alfa.example", "AM0PR08MB3210" + "E" * 60 + "@AM0PR08MB3210.eurprd08.prod.outlook.com",
    "b" * 240 + "@alfa.example", "c" * 380 + "@alfa.example", "CAF=1x+Q2_b7k$%&'*!#@mail.alfa.example",
    "20261123.a/b{c}|d~e^f`@alfa.example", "no-at-sign", '"quoted..id"@alfa.example', "x@[192.0.2.1]",
)  # fmt: skip


def test_s12_long_and_odd_identifiers_go_out_unchanged(hand: DeskInHand, figures: Figures) -> None:
    for message_id in IDENTIFIERS:
        hand.receive(mail(IVAN, proven="alfa.example", message_id=message_id))
        letter = hand.told(IVAN, "registered")[-1]
        assert f"In-Reply-To: <{message_id}>\r\n".encode() in letter.raw, message_id
        assert letter["In-Reply-To"] == f"<{message_id}>"
        assert all(len(line) <= 998 for line in letter.raw.split(b"\r\n"))
    figures(
        "S12", "Message-IDs of 10 to 400 characters and odd signs", sent=len(IDENTIFIERS), through=0, found="0 changed"
    )


NAMES = ('"Петров", <Иван>', "Иван (ИТ), отдел; закупки", "\\", '"', "x@y.example <z@y.example>", "=?", "Ж" * 120)


def test_s12_quoted_specials_come_back_as_they_were(hand: DeskInHand) -> None:
    for day, name in enumerate(NAMES, 1):
        hand.now = hand.now.replace(day=day)
        hand.receive(mail(f"{encoded(name)} <pat{day}@gamma.example>", proven="gamma.example"))
        told = hand.told(f"pat{day}@gamma.example")
        if told:  # a name that holds another address goes to quarantine
            # The library's newer policy puts a space between two encoded-words of a name (against RFC 2047, 6.2).
            spelt, addr = parseaddr(email.message_from_bytes(told[0].raw)["To"])
            assert (str(make_header(decode_header(spelt))), addr) == (name, f"pat{day}@gamma.example")
    assert len(hand.told(name="not_registered")) == len(NAMES) - 1


PRODUCT = str(7191 * 7193)
FORMULAS = (
    "{{7191*7193}}",
    "{% include '/etc/passwd' %}",
    "${7191*7193}",
    "#{7191*7193}",
    "{{ ''.__class__.__mro__ }}",
    "<%= 7191*7193 %>",
    "{7191*7193}",
    "%(x)s",
)


def test_s13_formulas_in_any_field_stay_words(hand: DeskInHand, some: Some, figures: Figures) -> None:
    sent = 0
    for formula in some(FORMULAS):
        hand.now += timedelta(days=1)  # a stranger is answered once a day
        taken = [one.decision for one in pour(hand, hostile(formula))]
        assert taken == DECISIONS
        sent += len(taken)
        hand.send()
        hand.answer(hand.last(ANNA, "staff_new"), f"Ответ {formula}")

    said = shown(hand.letters)
    assert "root:" not in said
    assert {notice.state for notice in notices(hand)} == {"accepted"}
    assert f"Ответ {FORMULAS[0]}" in said
    assert PRODUCT not in said
    figures("S13", "formulas of template languages in every echoed field", sent=sent, through=0, found="0 carried out")


ACTIVE = (
    "<script>fetch('http://evil.example/x')</script>", "<img src=http://evil.example/x onerror=alert(1)>",
    "<svg onload=alert(1)>", "<a href='javascript:alert(1)'>x</a>",
    "<style>@import url(http://evil.example/x)</style>", "<iframe src=//evil.example></iframe>",
    "<link rel=stylesheet href=http://evil.example/x>", "<body background=http://evil.example/x>",
    "<object data=http://evil.example>", "<form action=http://evil.example><input></form>",
    "<meta http-equiv=refresh content='0;url=http://evil.example'>",
    "<div style=\"background:url('http://evil.example/x')\">x</div>", "<base href=http://evil.example>",
    "<video poster=//evil.example/x>", "<math><mtext><script>alert(1)</script></mtext></math>",
    "<img src='cid:x' srcset='http://evil.example/x 2x'>",
    "<table background='http://evil.example/x'><tr><td>x</table>", "<embed src=//evil.example>",
    "<a href='data:text/html,x'>x</a>",
)  # fmt: skip


RUNS = {"script", "svg", "img", "iframe", "object", "embed", "link", "base", "form", "input", "video", "math"}


class Active(HTMLParser):
    """What in an HTML part would run or be fetched when it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in RUNS or (tag == "meta" and "http-equiv" in dict(attrs)):
            self.found.append(tag)
        for name, value in attrs:
            link = name in {"href", "src", "background", "action", "poster", "srcset", "data"}
            if name.startswith("on") or (link and not (value or "").startswith("mailto:")) or "url(" in (value or ""):
                self.found.append(f"{tag} {name}={value}")


def active_in(letters: list[Letter]) -> list[str]:
    parser = Active()
    for letter in letters:
        body = letter.message.get_body(("html",))
        assert body is not None
        html = body.get_content()
        parser.feed(html)
        parser.found += ["style"] * (html.lower().count("<style") - 1)  # that of our own layout
        assert not re.search(r"url\(|@import", html.partition("</style>")[0])
    return parser.found


def html_mail(html: str, subject: str = "HTML") -> bytes:
    return (
        passed("alfa.example")
        + f"From: {IVAN}\r\nSubject: {encoded(subject)}\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n".encode()
    )


def test_s14_nothing_active_is_passed_on_and_nothing_fetched(
    hand: DeskInHand, monkeypatch: pytest.MonkeyPatch, figures: Figures
) -> None:
    connections: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _self, address: connections.append(address))
    raws = [html_mail(f"<p>Помогите</p>{each}<p>конец</p>") for each in ACTIVE]
    raws += [mail(IVAN, proven="alfa.example", text=f"Помогите {each}", subject=encoded(each)) for each in ACTIVE]

    for answered, words in (("staff_new", "".join(ACTIVE)), ("registered", "\n".join(ACTIVE))):
        hand.write(IVAN, "Вопрос", "Помогите.")
        hand.answer(hand.told(name=answered)[-1], words)
    pour(hand, raws)
    hand.send()

    assert len(hand.letters) > 3 * len(raws)
    assert active_in(hand.letters) == []
    assert connections == []
    figures(
        "S14",
        "scripts, SVG, CSS, javascript:, remote images, as HTML and as text",
        sent=len(raws),
        through=0,
        found="0 active, 0 connections",
    )


FILE_NAMES = (
    "../../etc/passwd", "..\\..\\boot.ini", "/etc/shadow", "C:\\Windows\\win.ini", "a/../../b", "....//....//x",
    "%2e%2e%2fx", "invoice\u202efdp.exe", "a\u200bb\u200d.pdf", "\ufeffx.pdf", "x" * 300 + ".pdf", "x\x00.pdf",
    "x\r\nBcc: y@z.pdf", "con", ".", "..", "", " ", "~root", "-rf", "`id`.pdf", "$(id).pdf", "a;b|c&d.pdf",
    "\u2066pdf.exe\u2069", "🙂.pdf", "экран.png", "php://filter", "|id",
)  # fmt: skip


def test_s15_file_names_are_shown_cleaned_and_touch_no_file(hand: DeskInHand, tmp_path: Path, figures: Figures) -> None:
    before = {path for path in tmp_path.rglob("*") if "mailgate.db" not in path.name}

    raws = []
    for number, name in enumerate(FILE_NAMES, 1):
        value = encoded(name) if number % 2 else "".join(f"%{byte:02X}" for byte in name.encode())
        field = f'filename="{value}"' if number % 2 else f"filename*=utf-8''{value}"
        raw = (
            f"From: {IVAN}\r\nSubject: file {number}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
            f"--b\r\n\r\ntext\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; {field}\r\n\r\nx{number}\r\n--b--\r\n"
        )
        raws.append(passed("alfa.example") + raw.encode())
    pour(hand, raws)
    hand.send()

    for letter in hand.told(ANNA, "staff_new"):
        (attached,) = letter.attachments
        shown_name = attached.get_filename() or ""
        assert 0 < len(shown_name) <= 255
        assert not set(shown_name) & set("/\\\x00\r\n\u202e\u2066\u2069\u200b\u200d\ufeff"), shown_name
        assert shown_name not in {".", ".."}
    assert len(hand.told(ANNA, "staff_new")) == len(FILE_NAMES)
    assert {path for path in tmp_path.rglob("*") if "mailgate.db" not in path.name} == before
    kept = [hand.show(number)["messages"][0]["attachments"] for number in hand.numbers()]
    contents = [f"x{number}".encode() for number in range(1, len(FILE_NAMES) + 1)]
    assert [[each["sha256"] for each in files] for files in kept] == [[sha256(each).hexdigest()] for each in contents]
    figures("S15", "hostile file names", sent=len(FILE_NAMES), through=0, found="0 paths, 0 hidden signs, 0 files made")
