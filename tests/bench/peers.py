"""Beside django-helpdesk: the same mail on the same servers, one program after the other.

Needs a folder with the scripts that set peers up and run them, named by MAILGATE_PEERS, and django-helpdesk set up by
them in BENCH_DIR (`setup_peers.sh helpdesk`). Without it the comparison is left out, and says so.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.measuring import ONE_READER, spread
from tests.rig.house import ROOT

FOLDER = os.environ.get("MAILGATE_PEERS")
BENCH = Path(os.environ.get("BENCH_DIR", "/tmp/bench"))
AUTHSERV_ID = "mx.bench.example"
CONFIG = """
[desk]
organisation = "Bench"
digest = false
[database]
url = "sqlite:///mailgate.db"
[[mailbox]]
name = "support"
address = "support@bench.example"
purpose = "requests"
[mailbox.imap]
host = "127.0.0.1"
port = {imap}
security = "none"
username = "{user}"
password = "pw"
[smtp]
host = "127.0.0.1"
port = {smtp}
security = "none"
[authenticity]
trusted_authserv_ids = ["{authserv_id}"]
[files]
clients = "clients.toml"
staff = "staff.toml"
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """What was found, in words, and how many times as many messages a second mailgate took in each run."""

    text: str
    times: tuple[float, ...] = ()


def measure(mails: int, runs: int) -> Compared:
    """Both take the same backlog, by turns: a table of messages a second and CPU, start-up left out."""
    if not FOLDER:
        return Compared("Left out: MAILGATE_PEERS names no folder with the peers' scripts.")
    sys.path.insert(0, FOLDER)
    try:
        import peers as scripts  # type: ignore[import-not-found]
    except ImportError as error:
        return Compared(f"Left out: {FOLDER} holds no such scripts ({error}).")
    if not (BENCH / "dhd" / "db.clean").exists():
        return Compared(f"Left out: django-helpdesk is not set up in {BENCH}.")
    with _servers(scripts):
        return _compared(scripts, _corpus(scripts, mails), runs)


@contextmanager
def _servers(scripts: Any) -> Iterator[None]:
    scripts.mailstack.start(scripts.STACK)
    try:
        yield
    finally:
        scripts.mailstack.stop(scripts.STACK)


def _corpus(scripts: Any, mails: int) -> Any:
    """The peers' mail, with the verdict of a mail server on top, which mailgate asks for and others leave unread."""
    context = scripts.Ctx(mails, "1")
    context.items = [(meta, _proven(meta, raw)) for meta, raw in context.items]
    return context


def _proven(meta: dict[str, Any], raw: bytes) -> bytes:
    domain = meta["from"].rpartition("@")[2]
    return f"Authentication-Results: {AUTHSERV_ID}; dmarc=pass header.from={domain}\r\n".encode() + raw


def _compared(scripts: Any, context: Any, runs: int) -> Compared:
    programs = {"mailgate": _mailgate(scripts), "django-helpdesk": scripts.Helpdesk("sqlite")}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    for _ in range(runs):
        for name, program in programs.items():
            idle, whole = _took(program, context, []), _took(program, context, None)
            found[name].append((context.n / (whole[0] - idle[0]), (whole[1] - idle[1]) * 1000 / context.n))
    rows = [
        f"| {name} | {spread([each[0] for each in values], 0)} | {spread([each[1] for each in values], 1)} |"
        for name, values in found.items()
    ]
    times = tuple(ours[0] / theirs[0] for ours, theirs in zip(*found.values(), strict=True))
    text = "\n".join(
        (
            f"{context.n} mails of the peers' own mix; load {os.getloadavg()[0]:.1f}.",
            "",
            "| | messages/s | CPU ms a message |",
            "| --- | --- | --- |",
            *rows,
            "",
            f"mailgate takes {spread(times, 1)} times as many messages a second.",
        )
    )
    return Compared(text, times)


def _took(program: Any, context: Any, mails: list[bytes] | None) -> tuple[float, float]:
    """Seconds of wall clock and of CPU of one run over the corpus, or over these mails."""
    program.prepare(context, mails)
    cpu, wall = program.g.cpu(), time.monotonic()
    ended = program.run(context)
    took = time.monotonic() - wall, program.g.cpu() - cpu
    if ended["rc"]:
        raise RuntimeError(f"{program.name} ended with {ended['rc']}")
    program.done()
    return took


def _mailgate(scripts: Any) -> Any:
    """mailgate as the peers' scripts know a program that is started, takes what waits, and ends."""

    class Mailgate(scripts.Polling):  # type: ignore[misc]
        name, user, home = "mailgate", "u9", BENCH / "mailgate"

        def prepare(self, context: Any, messages: list[bytes] | None = None) -> None:
            self.home.mkdir(exist_ok=True)
            for old in self.home.iterdir():
                old.unlink()
            ports = {"imap": scripts.mailstack.IMAP, "smtp": scripts.mailstack.SMTP}
            config = CONFIG.format(user=self.user, authserv_id=AUTHSERV_ID, **ports)
            (self.home / "mailgate.toml").write_text(config)
            (self.home / "clients.toml").write_text(_clients(context))
            (self.home / "staff.toml").write_text(ONE_READER)
            self.common_prepare(context, messages)

        def run(self, _context: Any) -> dict[str, Any]:
            command = [sys.executable, "-m", "mailgate", "--config", str(self.home / "mailgate.toml"), "run", "--once"]
            return {"rc": self.g.popen(command, cwd=ROOT, stdout=subprocess.DEVNULL).wait()}

    return Mailgate()


def _clients(context: Any) -> str:
    """Everybody who writes, as a contact of his company."""
    people: dict[int, set[str]] = {}
    for meta, _ in context.items:
        if meta["kind"] != "dsn":
            people.setdefault(meta["company"], set()).add(meta["from"])
    lines: list[str] = []
    for company, addresses in sorted(people.items()):
        lines += ["[[client]]", f'id = "c{company}"', f'name = "Company {company}"']
        for address in sorted(addresses):
            lines += ["[[client.contact]]", f'name = "{address.partition("@")[0]}"', f'email = "{address}"']
    return "\n".join(lines) + "\n"
