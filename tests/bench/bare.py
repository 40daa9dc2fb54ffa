"""The bare path: what the chosen libraries cost when nothing is done with them but the least.

As a program (`python -m tests.bench.bare CONFIG DATABASE`) it takes what waits in the first mailbox of a configuration,
each time that it is told: fetched 50 at a time, parsed once, three rows a message in one transaction a batch, a short
answer to each message that is not automatic, over four connections, and the batch moved away. No Rules, no threading,
no check of the sender, no HTML, no word to staff, no attachments, nothing that survives a crash between the steps.
"""

from __future__ import annotations

import asyncio
import email
import sys
from email.header import Header, decode_header, make_header
from email.message import Message
from email.mime.text import MIMEText
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Final

import aiosmtplib
import jinja2
from imapclient import IMAPClient
from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Table, Text, create_engine, event, insert

from mailgate.config import Config, load
from tests.bench.measuring import work_when_told

BATCH, CONNECTIONS = 50, 4
TABLES = MetaData()
REQUEST, ENTRY, EVENT = (
    Table(name, TABLES, Column("id", Integer, primary_key=True), *(Column(each, Text) for each in columns))
    for name, columns in (
        ("request", ("subject", "sender", "status")),
        ("entry", ("message_id", "sender", "body")),
        ("event", ("kind", "at")),
    )
)
ANSWER: Final = jinja2.Environment(autoescape=False).from_string(
    "Здравствуйте!\n\nЗаявка «{{ subject }}» зарегистрирована.\nМы ответим по адресу {{ sender }}.\n\n-- \nСлужба\n"
)


def main() -> None:
    """Take what waits, answer it, move it: each time that standard input says so."""
    config = load(Path(sys.argv[1]), secrets=True)
    engine = create_engine(f"sqlite:///{sys.argv[2]}")
    event.listen(engine, "connect", _durable)
    TABLES.create_all(engine)
    asyncio.run(_serve(config, engine))


async def _serve(config: Config, engine: Engine) -> None:
    async for _ in work_when_told():
        await _run(config, engine)


def _durable(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


async def _run(config: Config, engine: Engine) -> None:
    imap = config.mailboxes[0].imap
    with IMAPClient(imap.host, imap.port, ssl=False) as client:
        client.login(imap.username, imap.password_value())
        client.select_folder("INBOX")
        uids = client.search()
        if uids and not client.folder_exists("Bare"):
            client.create_folder("Bare")
        links = [
            aiosmtplib.SMTP(hostname=config.smtp.host, port=config.smtp.port, start_tls=False)
            for _ in range(CONNECTIONS)
        ]
        for link in links:
            await link.connect()
        for start in range(0, len(uids), BATCH):
            some = uids[start : start + BATCH]
            answers = _batch(engine, [got[b"BODY[]"] for got in client.fetch(some, ["BODY.PEEK[]"]).values()])
            await asyncio.gather(*(_send(link, answers[turn::CONNECTIONS]) for turn, link in enumerate(links)))
            client.move(some, "Bare")
        for link in links:
            await link.quit()


def _batch(engine: Engine, raws: list[bytes]) -> list[tuple[str, bytes]]:
    read = [_read(email.message_from_bytes(raw)) for raw in raws]
    with engine.begin() as connection:
        _write(connection, read)
    return [(each["sender"], _answer(each)) for each in read if not each["automatic"]]


def _read(message: Message) -> dict[str, Any]:
    text = ""
    for part in message.walk():
        if not part.is_multipart():
            body = part.get_payload(decode=True)
            if isinstance(body, bytes) and not part.get_filename() and part.get_content_type() == "text/plain":
                text += body.decode(part.get_content_charset("us-ascii"), "replace")
    return {
        "subject": str(make_header(decode_header(message["Subject"]))),
        "sender": parseaddr(message["From"])[1],
        "message_id": message["Message-ID"],
        "body": text,
        "automatic": message["Auto-Submitted"] is not None or message.get_content_type() == "multipart/report",
    }


def _write(connection: Connection, read: list[dict[str, Any]]) -> None:
    names = ("subject", "sender", "message_id", "body")
    rows = [
        {name: each[name] for name in names} | {"status": "new", "kind": "registered", "at": "now"} for each in read
    ]
    for table in (REQUEST, ENTRY, EVENT):
        wanted = [column.name for column in table.columns if column.name != "id"]
        connection.execute(insert(table), [{name: row[name] for name in wanted} for row in rows])


def _answer(read: dict[str, Any]) -> bytes:
    answer = MIMEText(ANSWER.render(read), "plain", "utf-8")
    answer["From"], answer["To"] = "support@desk.example", read["sender"]
    answer["Subject"] = Header(f"[1] {read['subject']}", "utf-8")
    answer["In-Reply-To"], answer["Auto-Submitted"] = read["message_id"], "auto-replied"
    return answer.as_bytes().replace(b"\n", b"\r\n")


async def _send(link: aiosmtplib.SMTP, answers: list[tuple[str, bytes]]) -> None:
    for reader, content in answers:
        await link.sendmail("support@desk.example", [reader], content)


if __name__ == "__main__":
    main()
