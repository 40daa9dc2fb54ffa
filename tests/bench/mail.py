"""Mail for measuring: made up, the same for the same seed, in the mix that a service desk gets.

Two thirds Russian and one third English; five charsets; a half with an HTML part; 20 % with an attachment of 20-300 KB;
40 % answer an earlier mail of the same client and quote it; 5 % are automatic replies; 2 % are delivery reports.
"""

from __future__ import annotations

import base64
import quopri
import random
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import Header
from typing import Final

CLIENTS: Final = 40
CONTACTS_OF_A_CLIENT: Final = 5
REPLIES, AUTOMATIC, BOUNCES, ATTACHMENTS, HTML = 0.40, 0.05, 0.02, 0.20, 0.50
AUTHSERV_ID: Final = "mx.desk.example"

RUSSIAN: Final = """
портал не открывается отчёт доступ пароль сервер почта договор счёт прошу проверить срочно ошибка при входе
в личный кабинет после обновления виртуальный диск копия лицензия настройка канал связи вчера утром снова
работает медленно пользователи отдел бухгалтерия база данных сертификат истёк нужно продлить добавить память
"""
ENGLISH: Final = """
the portal does not open report access password server mail contract invoice please check urgent error when
logging in after an update virtual disk backup licence setting channel yesterday morning again works slowly
users department accounting database certificate expired we need to extend add memory as soon as possible
"""
CHARSETS: Final = {
    RUSSIAN: (("utf-8", "8bit"), ("utf-8", "base64"), ("windows-1251", "quoted-printable"), ("koi8-r", "8bit")),
    ENGLISH: (("us-ascii", "7bit"), ("utf-8", "quoted-printable"), ("iso-8859-1", "quoted-printable")),
}


@dataclass(frozen=True, slots=True)
class Made:
    """One message, and what it is."""

    raw: bytes
    kind: str
    """`new`, `reply`, `automatic` or `bounce`."""
    sender: str
    message_id: str
    subject: str
    text: str


def contact(client: int, person: int) -> str:
    """The address of a contact."""
    return f"person{person}@client{client}.example"


def clients_toml() -> str:
    """The file of clients whose contacts write."""
    lines: list[str] = []
    for client in range(CLIENTS):
        lines += ["[[client]]", f'id = "client{client}"', f'name = "ООО «Клиент {client}»"']
        for person in range(CONTACTS_OF_A_CLIENT):
            lines += ["[[client.contact]]", f'name = "Person {person}"', f'email = "{contact(client, person)}"']
    return "\n".join(lines) + "\n"


def generate(count: int, seed: int) -> Iterator[Made]:
    """`count` messages; replies answer what the same client wrote before."""
    chance = random.Random(seed)
    written: dict[int, list[Made]] = {}
    for number in range(count):
        client = chance.randrange(CLIENTS)
        earlier = written.setdefault(client, [])
        draw = chance.random()
        if draw < BOUNCES:
            yield _bounce(chance, number, client)
        elif draw < BOUNCES + AUTOMATIC:
            yield _letter(chance, number, client, "automatic", None)
        else:
            answered = chance.choice(earlier) if earlier and draw < BOUNCES + AUTOMATIC + REPLIES else None
            made = _letter(chance, number, client, "reply" if answered else "new", answered)
            earlier.append(made)
            yield made


def _letter(chance: random.Random, number: int, client: int, kind: str, answered: Made | None) -> Made:
    is_russian = not answered.subject.isascii() if answered else chance.random() < 2 / 3
    words = RUSSIAN if is_russian else ENGLISH
    charset, encoding = chance.choice(CHARSETS[words])
    sender = contact(client, chance.randrange(CONTACTS_OF_A_CLIENT))
    subject = f"Re: {answered.subject}" if answered else _words(chance, words, 3, 7).rstrip(".")
    text = "\r\n\r\n".join(_words(chance, words, 20, 60) for _ in range(chance.randint(1, 3)))
    if answered:
        text += "\r\n\r\n> " + answered.text[:600].rstrip().replace("\r\n", "\r\n> ")
    message_id = f"{number}.{chance.getrandbits(64):016x}@client{client}.example"
    head = _head(sender, subject, charset, message_id, number)
    if answered:
        head += [f"In-Reply-To: <{answered.message_id}>", f"References: <{answered.message_id}>"]
    if kind == "automatic":
        head += ["Auto-Submitted: auto-replied"]
    body = _text_part(text, "plain", charset, encoding)
    if chance.random() < HTML:
        body = _multipart("alternative", [body, _text_part(_as_html(text), "html", charset, encoding)])
    if chance.random() < ATTACHMENTS:
        body = _multipart("mixed", [body, _attachment(chance)])
    raw = "\r\n".join(head).encode() + b"\r\nMIME-Version: 1.0\r\n" + body
    return Made(raw, kind, sender, message_id, subject, text)


def _bounce(chance: random.Random, number: int, client: int) -> Made:
    """A report about a mail that was not ours."""
    lost = contact(client, 0)
    status = (
        f"Reporting-MTA: dns; mx.client{client}.example\r\n\r\nFinal-Recipient: rfc822; {lost}\r\nAction: failed\r\n"
    )
    body = _multipart(
        "report; report-type=delivery-status",
        [
            b"Content-Type: text/plain\r\n\r\nYour mail could not be delivered.\r\n",
            b"Content-Type: message/delivery-status\r\n\r\n" + status.encode() + b"Status: 5.1.1\r\n",
            b"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <none.of.ours@elsewhere.example>\r\n",
        ],
    )
    sender, message_id = f"MAILER-DAEMON@mx.client{client}.example", f"b{number}@mx.client{client}.example"
    subject = "Undelivered Mail Returned to Sender"
    head = "\r\n".join(_head(sender, subject, "us-ascii", message_id, number))
    return Made(f"{head}\r\nMIME-Version: 1.0\r\n".encode() + body, "bounce", sender, message_id, subject, "")


def _head(sender: str, subject: str, charset: str, message_id: str, number: int) -> list[str]:
    """Header lines as a mail server hands them over: with its verdict on top."""
    domain = sender.rpartition("@")[2]
    encoded = Header(subject, charset).encode(linesep="\r\n")
    return [
        f"Authentication-Results: {AUTHSERV_ID}; dmarc=pass header.from={domain}; spf=pass; dkim=pass",
        f"Received: from mx.{domain} ([192.0.2.{number % 250 + 1}]) by {AUTHSERV_ID} with ESMTPS id {number:x}",
        f"From: Person <{sender}>",
        "To: support@desk.example",
        f"Subject: {encoded}",
        f"Date: Mon, 23 Nov 2026 {number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02} +0300",
        f"Message-ID: <{message_id}>",
    ]


def _words(chance: random.Random, vocabulary: str, least: int, most: int) -> str:
    words = vocabulary.split()
    chosen = [chance.choice(words) for _ in range(chance.randint(least, most))]
    lines = [" ".join(chosen[start : start + 10]) for start in range(0, len(chosen), 10)]
    return "\r\n".join(lines).capitalize() + "."


def _as_html(text: str) -> str:
    paragraphs = "".join(f"<p>{each}</p>\r\n" for each in text.replace("> ", "").split("\r\n\r\n"))
    return f"<html><head><style>p {{ margin: 0 }}</style></head><body>{paragraphs}</body></html>"


def _text_part(text: str, subtype: str, charset: str, encoding: str) -> bytes:
    data = text.encode(charset, "replace")
    if encoding == "base64":
        data = base64.encodebytes(data).replace(b"\n", b"\r\n")
    elif encoding == "quoted-printable":
        data = quopri.encodestring(data.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    head = f"Content-Type: text/{subtype}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + data + b"\r\n"


def _attachment(chance: random.Random) -> bytes:
    content = base64.encodebytes(chance.randbytes(chance.randint(20_000, 300_000))).replace(b"\n", b"\r\n")
    head = (
        'Content-Type: application/pdf; name="report.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
        'Content-Disposition: attachment; filename="report.pdf"\r\n\r\n'
    )
    return head.encode() + content


def _multipart(subtype: str, parts: list[bytes]) -> bytes:
    mark = f"=_{subtype[:5]}_{sum(map(len, parts)):x}"
    inside = b"".join(f"--{mark}\r\n".encode() + part + b"\r\n" for part in parts)
    return (
        f'Content-Type: multipart/{subtype}; boundary="{mark}"\r\n\r\n'.encode() + inside + f"--{mark}--\r\n".encode()
    )
