"""The stage of the demo: mail servers, a configuration and the real daemon, in a temporary folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, MappingProxyType

from mailgate import assets
from mailgate.demo.servers import AUTHSERV_ID, MailServers

PASSWORD = "demo"
DESK, COMPLAINTS = "support@desk.example", "complaints@desk.example"
IVAN, ANNA = "ivan.petrov@alfa.example", "a.kovaleva@desk.example"
CLIENTS = (IVAN, "volha.sidarenka@alfa.example", "john.smith@beta.example")
STAFF = (ANNA, "s.moroz@desk.example", "k.brown@desk.example")
ACCOUNTS = MappingProxyType(dict.fromkeys((DESK, COMPLAINTS, *CLIENTS, *STAFF), PASSWORD))
"""Who has a mailbox on the demo's server: the desk and everybody of the example; all others are out in the world."""
STOP_SECONDS = 15
_AT_ONCE = """
[outbox]
hold = "0s"
"""
"""While it is played nobody wants to wait."""


class Stage:
    """What the play needs of it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.servers = folder, MailServers()
        self.config = folder / "mailgate.toml"
        self.log = folder / "mailgate.log"

    def command(self, *arguments: str) -> str:
        """What `mailgate …` prints, on this stage."""
        return subprocess.run(self._mailgate(*arguments), capture_output=True, text=True, check=False).stdout

    def _mailgate(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "mailgate", "--config", str(self.config), *arguments]

    def _configure(self) -> None:
        for name in ("clients.toml", "staff.toml"):
            (self.folder / name).write_text((assets.example_config() / name).read_text("utf-8"), "utf-8")
        boxes = (("support", DESK, "requests"), ("complaints", COMPLAINTS, "complaints"))
        mailboxes = "\n".join(_mailbox(name, address, purpose, self.servers.imap) for name, address, purpose in boxes)
        self.config.write_text(
            f"""
[desk]
organisation = "ООО «Пример»"

[database]
url = "sqlite:///mailgate.db"
{mailboxes}
[smtp]
host = "{self.servers.smtp[0]}"
port = {self.servers.smtp[1]}
security = "none"

[authenticity]
trusted_authserv_ids = ["{AUTHSERV_ID}"]
{_AT_ONCE}""",
            "utf-8",
        )

    def give_time_to_undo(self) -> None:
        """From now on what staff write waits as long as it does elsewhere; the daemon sees that its file changed."""
        self.config.write_text(self.config.read_text("utf-8").replace(_AT_ONCE, ""), "utf-8")

    @contextmanager
    def open(self) -> Iterator[None]:
        """Servers and daemon are up inside."""
        self.servers.start(self.folder / "mail", ACCOUNTS)
        try:
            self._configure()
            with self.log.open("wb") as log:
                daemon = subprocess.Popen(
                    self._mailgate("run", "--log-format", "text"), stdout=log, stderr=log, env=_plain_environment()
                )
            try:
                yield
            finally:
                daemon.terminate()
                daemon.wait(STOP_SECONDS)
        finally:
            self.servers.stop()


@contextmanager
def stage() -> Iterator[Stage]:
    """A stage in a folder that is deleted afterwards, also where a signal ends it."""
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, _end)
    with tempfile.TemporaryDirectory(prefix="mailgate-demo-") as folder:
        set_up = Stage(Path(folder))
        with set_up.open():
            yield set_up


def _end(number: int, _frame: FrameType | None) -> None:
    """What is up is shut down on the way out; the exit code is that of a shell."""
    raise SystemExit(128 + number)


def _mailbox(name: str, address: str, purpose: str, server: tuple[str, int]) -> str:
    return f"""
[[mailbox]]
name = "{name}"
address = "{address}"
purpose = "{purpose}"
[mailbox.imap]
host = "{server[0]}"
port = {server[1]}
security = "none"
username = "{address}"
password = "{PASSWORD}"
"""


def _plain_environment() -> dict[str, str]:
    """Ctrl-C at the terminal is ours to handle, and a configuration of the user's own does not matter here."""
    return {name: value for name, value in os.environ.items() if name != "MAILGATE_CONFIG"}
