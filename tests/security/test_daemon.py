"""S13, S19, S27, S28, S29 where the process and the servers matter: the daemon on Dovecot and SMTP."""

from __future__ import annotations

import json
import re
import time
from base64 import b64encode
from html import unescape
from pathlib import Path

import pytest
from jinja2 import TemplateError
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from mailgate.assets import templates as stock
from mailgate.outbox.compose import environment, html_of, subject_of, text_of
from mailgate.outbox.samples import sample
from mailgate.store.database import Database
from mailgate.store.tables import Mail, RawMail
from tests.rig.dovecot import PASSWORD
from tests.rig.hand import MINSK
from tests.rig.house import ANNA, DESK, IVAN, SERGEY, House
from tests.security.conftest import Figures

HOSTILE_TEMPLATES = (
    "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__['os'].environ }}", "{{ self.__init__.__globals__ }}", "{{ request|attr('__class__') }}",
    "{% include '/etc/passwd' %}", "{% include '../../clients.toml' %}", "{% extends '/etc/passwd' %}",
    "{% import '../../mailgate.toml' as x %}{{ x }}", "{{ range(10**9)|list }}",
    "{% for a in range(10**8) %}x{% endfor %}", "{{ '{0.__class__.__mro__}'.format(text) }}",
    "{{ ('{0.__class__}'|format)(1) }}", "{{ zone.__class__ }}", "{{ parts.__loader__ }}",
    "{{ desk.__class__.__base__ }}", "{{ joiner.__init__.__globals__ }}", "{{ 1|attr('__class__') }}",
    "{% set x = desk.update({'name': 'x'}) %}", "{{ detail.clear() }}", "{{ namespace.__init__.__globals__ }}",
)  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE_TEMPLATES)
def test_s13_a_hostile_template_reaches_nothing(tmp_path: Path, words: str) -> None:
    folder = tmp_path / "own" / "ru"
    folder.mkdir(parents=True)
    (tmp_path / "clients.toml").write_text("canary-secret")
    for kind in ("txt", "html", "subject"):
        (folder / f"started.{kind}.j2").write_text(words)

    for rendered in (text_of, html_of, subject_of):
        try:
            said = unescape(rendered(sample("started", "ru"), environment(tmp_path / "own", stock(), zone=MINSK)))
        except (TemplateError, OverflowError, AttributeError, TypeError):
            continue
        assert not re.search(r"canary|root:|<class|<function|uid=|__", said), said


def test_s13_beside_a_hostile_template_the_desk_goes_on(house: House, figures: Figures) -> None:
    own = house.folder / "own" / "ru"
    own.mkdir(parents=True)
    of_one_mail = 'Принято.{%% if request.subject == "Вопрос" %%}%s{%% endif %%}'  # or it would be refused at the start
    (own / "registered.txt.j2").write_text(of_one_mail % HOSTILE_TEMPLATES[1])
    house.configure('[files]\ntemplates = "own"\n')

    house.write(IVAN, "Вопрос", "Помогите.")
    house.run_once()

    assert house.letters(IVAN) == []
    assert house.letter(ANNA, "staff_new")
    assert house.letters(ANNA, "staff_undeliverable")
    assert len(house.requests()) == 1
    figures(
        "S13",
        "hostile templates of an admin",
        sent=len(HOSTILE_TEMPLATES) + 1,
        through=0,
        found="the other notices go out",
    )


def resident(process_id: int, which: str) -> int:
    """MB: `VmRSS` now, `VmHWM` at most."""
    status = Path(f"/proc/{process_id}/status").read_text()
    return int(re.search(rf"{which}:\s+(\d+)", status)[1]) // 1024  # type: ignore[index]


def test_s19_two_hundred_megabytes_stay_on_the_server(house: House, figures: Figures) -> None:
    house.write(IVAN, "Первый", "Чтобы всё было загружено.")
    daemon = house.start()
    house.wait_letter(IVAN, "registered")
    before = resident(daemon.pid, "VmHWM")

    line = b"Content-Type: text/plain\r\n\r\n" + b"x" * 998 + b"\r\n"
    giant = f"From: {IVAN}\r\nSubject: giant\r\nMessage-ID: <giant@alfa.example>\r\n".encode() + line * (
        200_000_000 // len(line)
    )
    house.deliver(giant, sender=IVAN)
    size = len(giant)
    del giant
    start = time.monotonic()
    told = house.wait_letter(ANNA, "staff_quarantine", timeout=60)
    seconds = time.monotonic() - start
    house.write(IVAN, "За ним", "Честное письмо.")
    while len(house.letters(IVAN, "registered")) < 2:
        assert time.monotonic() - start < 60
        time.sleep(0.1)
    most = resident(daemon.pid, "VmHWM")

    assert house.stop() == 0
    database = Database(house.database)
    with database.read() as session:
        kept = [len(raw) for raw in session.scalars(select(RawMail.raw))]
    database.dispose()
    assert "слишком велико" in " ".join(told.text.split())
    assert max(kept) < 300_000, "its size was asked before anything of it was fetched"
    assert most - before <= 50, (before, most)
    assert most <= 256
    figures("S19", f"a message of {size // 1_000_000} MB on Dovecot, the daemon running", sent=1, through=0,
            found=f"{most} MB resident at most ({most - before} more), told in {seconds:.1f} s, the next goes on")  # fmt: skip


ENDS = (b"\n.\n", b"\r\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\r", b"\r\n.\r\n", b"\n.\r", b"\x00.\r\n")
SMUGGLED = (
    b"MAIL FROM:<mallory@evil.example>\r\nRCPT TO:<victim@gamma.example>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n"
)


def test_s27_nothing_is_smuggled_through_what_we_send(house: House, figures: Figures) -> None:
    for number, end in enumerate(ENDS):
        head = f"From: {IVAN}\r\nTo: {DESK}\r\nSubject: end\r\nMessage-ID: <end{number}@alfa.example>\r\n\r\n".encode()
        house.deliver(head + b"Before." + end + SMUGGLED, sender=IVAN)

    house.run_once()

    received = house.sink.received
    assert len(received) == 3 * len(ENDS)
    assert {one.sender for one in received} == {DESK}
    assert {one.recipients for one in received} == {(IVAN,), (ANNA,), (SERGEY,)}
    figures(
        "S27",
        "every form of a smuggled end of data, in what we pass on",
        sent=len(ENDS),
        through=0,
        found="each notice arrived once, alone",
    )


CANARY = "canary-5d3f"
POISON = """
import sys
sys.argv.append("--verbose")
import mailgate.message.parse as parse
real = parse.parse
def poisoned(raw):
    if b"poison" in raw:
        raise ValueError("broken\\n2026-11-23 10:00:00,000 INFO MainThread: forged line\\r\\x1b[31m\\u2028forged")
    return real(raw)
parse.parse = poisoned
"""


def events(log: str, form: str) -> list[str]:
    """The lines of a log, each of which must be an event."""
    lines = log.splitlines()
    if form == "json":
        assert {"time", "level", "thread", "event"} <= set.intersection(*(set(json.loads(line)) for line in lines))
    else:
        assert [line for line in lines if not re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ ", line)] == []
        assert [line for line in lines if re.match(r"\S+ \S+ INFO MainThread: forged", line)] == []
    return lines


@pytest.mark.parametrize("form", ["text", "json"])
def test_s28_the_log_holds_no_secret_and_a_line_is_an_event(house: House, figures: Figures, form: str) -> None:
    settings = house.config.read_text()
    house.config.write_text(
        settings.replace("[smtp]\n", f'[smtp]\nusername = "mailgate"\npassword = "{CANARY}-smtp"\n')
    )
    name = (
        f"=?utf-8?b?{b64encode(f'x{chr(10)}2026-11-23 10:00:00,000 INFO MainThread: forged line'.encode()).decode()}?="
    )
    for subject in (name, "poison", f"{CANARY}-subject"):
        head = f"From: {name} <{IVAN}>\r\nSubject: {subject}\r\nMessage-ID: <{subject[:6].strip('=?')}@alfa.example>\r\n\r\n"
        house.deliver(f"{head}{CANARY}-body\r\n".encode(), sender=IVAN)

    house.start(f'{POISON}sys.argv[sys.argv.index("--log-format") + 1] = "{form}"')
    until = time.monotonic() + 60
    while "could not be handled" not in house.log() or "nothing can be sent" not in house.log():
        assert time.monotonic() < until, house.log()
        time.sleep(0.1)
    time.sleep(1)
    house.stop()

    lines = events(house.log(), form)
    secrets = [PASSWORD, CANARY]
    assert [line for line in lines if any(secret in line for secret in secrets)] == []
    assert "\x1b" not in house.log()
    figures("S28", "passwords, bodies and subjects as canaries, line ends in names and errors; log at DEBUG, lines and JSON", sent=6, through=0,
            found=f"{len(lines)} lines, each an event")  # fmt: skip


def test_s28_an_error_of_the_database_shows_no_letter(database: Database) -> None:
    database.upgrade()

    with Session(database.writer) as session:
        session.add(Mail(sha256="x", subject=CANARY, size=None))
        with pytest.raises(IntegrityError) as error:
            session.flush()

    assert CANARY not in str(error.value)


FOLDERS = ('Done "x" \\Seen', "Обработано & сделано", "a&-b {5}", "x (1) DELETE INBOX")


@pytest.mark.parametrize("folder", FOLDERS)
def test_s29_a_folder_s_name_is_a_name(house: House, folder: str) -> None:
    house.config.write_text(
        house.config.read_text().replace('after = "move"', f"after = \"move\"\nprocessed_folder = '''{folder}'''")
    )
    house.write(IVAN, "Вопрос", "Помогите.")

    house.run_once()

    client = house.dovecot.client(house.users[DESK])
    try:
        client.select_folder(folder, readonly=True)
        assert len(client.search()) == 1
        client.select_folder("INBOX", readonly=True)
        assert client.search() == []
    finally:
        client.logout()
