"""The mail around the words: headers that nothing can break, MIME that every reader understands."""

from __future__ import annotations

import email
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailgate.assets import templates as stock
from mailgate.outbox.compose import Draft, Part, compose, environment, html_of, subject_of, text_of
from mailgate.outbox.samples import NAMES, sample

NOW = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
TEMPLATES = environment(stock(), zone=ZoneInfo("Europe/Minsk"))
OURS = {
    "from", "to", "subject", "date", "message-id", "in-reply-to", "references", "auto-submitted",
    "x-auto-response-suppress", "x-mailgate-notice", "x-mailgate-request", "content-language", "mime-version",
    "content-type",
}  # fmt: skip
CANARY = "a\r\nX-Evil: 1\r\n\r\nb\u2028X-Evil: 2\x85X-Evil: 3\x00c\x0bd\ud800e"
LONG_ID = "AS8PR07MB" + "7" * 80 + "+a/b=c@eurprd07.prod.example"


def read(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def composed(draft: Draft) -> EmailMessage:
    return read(compose(draft, TEMPLATES, NOW))


def header_lines(raw: bytes) -> Iterator[bytes]:
    """Every line of the headers but the ids, which are never folded."""
    lines = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    return (line for line in lines if not line.startswith((b"Message-ID:", b"In-Reply-To:", b"References:")))


def unfolded(part: EmailMessage) -> str:
    """The text of a part, whose line ends are CRLF on the way."""
    content = part.get_content()
    assert "\n" not in content.replace("\r\n", "")
    return content.replace("\r\n", "\n")


def person(raw: bytes, header: str) -> tuple[str, str]:
    """(name, address); not by `policy.default`, which parts adjacent encoded-words of a name with spaces."""
    name, addr = parseaddr(email.message_from_bytes(raw)[header])
    return str(make_header(decode_header(name))), addr


@pytest.mark.parametrize("language", ["ru", "be", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_every_notice_is_a_mail_of_two_parts_that_says_what_its_templates_say(name, language):
    draft = sample(name, language)

    message = composed(draft)

    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert unfolded(text) == text_of(draft, TEMPLATES)
    assert unfolded(html) == html_of(draft, TEMPLATES)
    assert not message.defects + text.defects + html.defects
    assert message["Content-Language"] == language


@pytest.mark.parametrize("name", NAMES)
def test_the_bytes_are_safe_on_every_way(name):
    raw = compose(sample(name, "ru"), TEMPLATES, NOW)

    assert raw.isascii()
    assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert max(map(len, header_lines(raw))) <= 78


def test_a_template_that_was_changed_counts_in_the_next_environment(tmp_path: Path):
    own, draft, said = tmp_path / "ru" / "registered.subject.j2", sample("registered", "ru"), []
    own.parent.mkdir()
    for words in ("Принято", "Получено"):
        own.write_text(words)
        said.append(subject_of(draft, environment(tmp_path, stock(), zone=ZoneInfo("Europe/Minsk"))))

    assert [subject.rpartition("] ")[2] for subject in said] == ["Принято", "Получено"]


def test_headers_name_the_notice_and_thread_it():
    draft = replace(sample("info_needed", "ru"), references=("first@a.example", "second@b.example"))

    raw = compose(draft, TEMPLATES, NOW)

    message = read(raw)
    assert person(raw, "From") == ("Служба поддержки пользователей", "support@desk.example")
    assert message["To"] == "Иван Петров <ivan.petrov@alfa.example>"
    assert message["Subject"] == "[SD-2026-000042] Не открывается портал"
    assert message["Date"] == "Mon, 23 Nov 2026 10:05:00 +0300"
    assert message["Message-ID"] == f"<{draft.message_id}>"
    assert message["In-Reply-To"] == "<CAF1xQ2b7k@mail.alfa.example>"
    assert message["References"] == "<first@a.example> <second@b.example>"
    assert message["X-Mailgate-Notice"] == "info_needed"
    assert message["X-Mailgate-Request"] == "SD-2026-000042"


@pytest.mark.parametrize("value", ["auto-replied", "auto-generated"])
def test_rfc_3834_what_the_program_wrote_says_so(value):
    assert composed(replace(sample("registered", "ru"), auto_submitted=value))["Auto-Submitted"] == value


def test_rfc_3834_what_a_person_wrote_does_not():
    message = composed(replace(sample("progress", "ru"), auto_submitted=None))

    assert "Auto-Submitted" not in message
    assert "X-Auto-Response-Suppress" not in message


def test_3_7_exchange_is_not_asked_to_keep_its_bounces():
    suppressed = composed(sample("registered", "ru"))["X-Auto-Response-Suppress"].split(", ")

    assert "OOF" in suppressed
    assert not {"All", "NDR"} & set(suppressed)


def test_the_same_notice_is_the_same_bytes_at_every_try():
    draft = sample("staff_new", "ru")

    assert compose(draft, TEMPLATES, NOW) == compose(draft, TEMPLATES, NOW)


def test_the_number_stays_readable_in_the_raw_subject():
    assert b"\r\nSubject: [SD-2026-000042]\r\n =?utf-8?b?" in compose(sample("started", "ru"), TEMPLATES, NOW)


@pytest.mark.parametrize(
    "subject",
    [
        "Plain",
        "Почта не работает 🛠️ с утра, " * 5,
        "=?utf-8?b?0L/RgNC40LLQtdGC?=",
        "a very long line of ASCII words " * 5,
        "x" * 190,
        'quotes " and \\ and <b>',
        "ends with Привет and more",
    ],
)
def test_subjects_come_back_as_they_were(subject):
    draft = sample("started", "ru")
    request = {**draft.facts["request"], "subject": subject}

    raw = compose(replace(draft, facts={**draft.facts, "request": request}), TEMPLATES, NOW)

    assert read(raw)["Subject"] == f"[SD-2026-000042] {subject.strip()}"
    assert max(map(len, header_lines(raw))) <= 78


@pytest.mark.parametrize(
    "name",
    [
        "Анна Ковалёва",
        'O"Neil, \\ John',
        "Petrov (IT)",
        "a@b.example",
        "=?utf-8?q?x?=",
        "very long name " * 12,
        "",
        "ъ" * 200,
    ],
)
def test_display_names_come_back_as_they_were(name):
    raw = compose(replace(sample("started", "ru"), reader=(name, "ivan@alfa.example")), TEMPLATES, NOW)

    assert person(raw, "To") == (name.strip(), "ivan@alfa.example")
    assert len(read(raw)["To"].addresses) == 1
    assert max(map(len, header_lines(raw))) <= 78


@pytest.mark.parametrize("name", NAMES)
def test_s11_no_field_begins_a_header(name):
    draft = sample(name, "ru")
    facts = dict(draft.facts)
    if facts["request"]:
        facts["request"] = {**facts["request"], "subject": CANARY, "client_name": CANARY, "contact_name": CANARY}
    if name in ("staff_quarantine", "staff_undeliverable"):
        facts["detail"] = {**facts["detail"], "from_addr": CANARY, "to": CANARY, "subject": CANARY}
    poisoned = replace(
        draft,
        facts=facts,
        sender=(CANARY, "support@desk.example"),
        reader=(CANARY, "ivan@alfa.example"),
        request_number=CANARY,
        in_reply_to=CANARY,
        references=(CANARY, "good@id.example"),
        attachments=(Part.of(CANARY, CANARY, b"x"),),
    )

    raw = compose(poisoned, TEMPLATES, NOW)

    message = read(raw)
    assert {key.lower() for key in message.keys()} <= OURS  # noqa: SIM118
    assert message["References"] == "<good@id.example>"
    for part in message.walk():
        assert "X-Evil" not in part
    assert raw.isascii()


@pytest.mark.parametrize(
    "address", ["a\r\nX: y@b.example", "a@b.example>, <c@d.example", "two words@b.example", "nobody", ""]
)
def test_s11_an_address_that_is_none_is_refused(address):
    with pytest.raises(ValueError, match="address"):
        compose(replace(sample("started", "ru"), reader=("", address)), TEMPLATES, NOW)


def test_an_address_of_another_script_goes_out_in_its_ascii_form():
    raw = compose(replace(sample("started", "ru"), reader=("", "info@пример.бел")), TEMPLATES, NOW)

    assert b"<info@xn--e1afmkfd.xn--90ais>" in raw


def test_s12_long_ids_go_out_unchanged():
    draft = replace(
        sample("started", "ru"), message_id=LONG_ID, in_reply_to=LONG_ID, references=(LONG_ID, "b@c.example")
    )

    raw = compose(draft, TEMPLATES, NOW)

    assert f"\r\nMessage-ID: <{LONG_ID}>\r\n".encode() in raw
    assert f"\r\nIn-Reply-To: <{LONG_ID}>\r\n".encode() in raw
    assert f"\r\nReferences: <{LONG_ID}>\r\n <b@c.example>\r\n".encode() in raw


def test_of_very_many_references_the_first_and_the_latest_stay():
    ids = tuple(f"{number}@a.example" for number in range(100))

    kept = composed(replace(sample("started", "ru"), references=ids))["References"].split()

    assert kept == ["<0@a.example>", *(f"<{number}@a.example>" for number in range(80, 100))]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("экран.png", "экран.png"),
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("счёт\u202efdp.exe", "счётfdp.exe"),
        ("длинное " * 40 + ".docx", ("длинное " * 40)[:95].rstrip() + ".docx"),
        ('a"b;c.txt', 'a"b;c.txt'),
        ("", "file"),
    ],
)
def test_attachments_come_whole_under_their_names(name, shown):
    content = bytes(range(256)) * 300

    message = composed(replace(sample("staff_new", "ru"), attachments=(Part.of(name, "image/png", content),)))

    (attached,) = message.iter_attachments()
    assert attached.get_content() == content
    assert attached.get_content_type() == "image/png"
    assert attached.get_filename() == shown


@pytest.mark.parametrize("kind", ["message/rfc822", "multipart/mixed", "text/html\r\nX: y", "nonsense", ""])
def test_s16_what_could_open_by_itself_goes_as_plain_octets(kind):
    message = composed(
        replace(sample("staff_quarantine", "ru"), attachments=(Part.of("m.eml", kind, b"From: x\r\n\r\n--b\r\n"),))
    )

    (attached,) = message.iter_attachments()
    assert attached.get_content_type() == "application/octet-stream"
    assert attached.get_content() == b"From: x\r\n\r\n--b\r\n"


def test_s27_a_lone_dot_in_a_text_ends_nothing():
    draft = sample("progress", "en")
    words = "first\n.\r\nQUIT\r.\nlast"

    raw = compose(replace(draft, facts={**draft.facts, "text": words}), TEMPLATES, NOW)

    assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n")
    assert "first\n.\nQUIT\n.\nlast" in read(raw).get_body(("plain",)).get_content().replace("\r\n", "\n")
