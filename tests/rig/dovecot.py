"""A real Dovecot of the test's own: unprivileged, on free loopback ports, in a temporary folder.

Why: fakes of IMAP agree with whoever wrote them. Dovecot started by root refuses to run its mail processes as root,
so the whole server then runs as `nobody`; otherwise it runs as whoever runs the tests.
"""

from __future__ import annotations

import atexit
import contextlib
import grp
import itertools
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from imapclient import IMAPClient

from tests.rig.tokens import TokenServer

HOST = "127.0.0.1"
PASSWORD = "sesam"
INSTALL = "Dovecot is not installed; these tests need it: apt-get install dovecot-imapd"

CONFIG = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
login_greeting = {greeting}
protocols = imap
listen = 127.0.0.1
{tls}
disable_plaintext_auth = no
auth_mechanisms = plain login{mechanisms}
auth_failure_delay = 0
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
default_process_limit = 200
default_client_limit = 1000
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{folder}/mail/%u
mail_fsync = never
mail_max_userip_connections = {connections}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/passwords/%u
  {only}
}}
{tokens}
{rights}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
}}
"""

TOKENS = """\
passdb {{
  driver = oauth2
  mechanisms = oauthbearer xoauth2
  args = {folder}/oauth2.conf
}}"""
RIGHTS = """\
mail_plugins = acl
protocol imap {
  mail_plugins = acl imap_acl
}
plugin {
  acl = vfile
}"""
INTROSPECTION = """\
introspection_mode = post
introspection_url = {url}
tls_ca_cert_file = {folder}/token-authority.pem
username_attribute = username
active_attribute = active
active_value = true
"""
TLS = "ssl = yes\nssl_cert = <{folder}/certificate.pem\nssl_key = <{folder}/key.pem\nssl_min_protocol = TLSv1.2"


def free_port() -> int:
    """A loopback port that nobody listens on at this moment, and that no client is given while its server is down."""
    below = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = below - 1 - secrets.randbelow(min(10_000, below // 2))
        with contextlib.suppress(OSError), socket.create_server((HOST, port)):
            return port


class Dovecot:
    """IMAP4rev1 with IDLE, MOVE and UIDPLUS; `separator` and `prefix` are those of its folders' names.

    With `tls`, a (certificate, key) pair of PEM files, `tls_port` speaks IMAPS and `port` offers STARTTLS. With
    `tokens` it takes access tokens too, and asks that server whose each is. With `rights` it has lists of them.
    """

    def __init__(
        self,
        *,
        separator: str = "/",
        prefix: str = "",
        connections: int = 100,
        tls: tuple[Path, Path] | None = None,
        tokens: TokenServer | None = None,
        rights: bool = False,
    ) -> None:
        self.host, self.port, self.tls_port = HOST, free_port(), free_port() if tls else 0
        owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self._uid, self._gid = owner.pw_uid, owner.pw_gid
        self._greeting = f"rig-{secrets.token_hex(8)}"
        self._folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.close)
        self._numbers = itertools.count(1)
        self._passwords: dict[str, str] = {}
        for source, name in zip(tls or (), ("certificate.pem", "key.pem"), strict=False):
            shutil.copyfile(source, self._folder / name)
        if tokens is not None:
            shutil.copyfile(tokens.authority, self._folder / "token-authority.pem")
            introspection = INTROSPECTION.format(url=tokens.url("introspect"), folder=self._folder)
            (self._folder / "oauth2.conf").write_text(introspection)
        tls_lines = TLS.format(folder=self._folder) if tls else "ssl = no"
        self._config = self._folder / "dovecot.conf"
        self._config.write_text(
            CONFIG.format(
                folder=self._folder, greeting=self._greeting, tls=tls_lines, user=owner.pw_name, uid=self._uid,
                gid=self._gid, group=grp.getgrgid(self._gid).gr_name, port=self.port, tls_port=self.tls_port,
                connections=connections, separator=separator, prefix=prefix,
                mechanisms=" oauthbearer xoauth2" if tokens else "",
                only="mechanisms = plain login" if tokens else "",
                rights=RIGHTS if rights else "",
                tokens=TOKENS.format(folder=self._folder) if tokens else "",
            )
        )  # fmt: skip
        for name in ("run", "state", "mail", "passwords"):
            (self._folder / name).mkdir()
        self._own(self._folder, *self._folder.iterdir())

    # --- the server ---------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Return once our own server answers with its own greeting; do nothing while it runs."""
        if self._process is not None and self._process.poll() is None:
            return
        command = ["/usr/sbin/dovecot", "-F", "-c", str(self._config)]
        if not Path(command[0]).exists() or not Path("/usr/lib/dovecot/imap").exists():
            raise RuntimeError(INSTALL)
        with (self._folder / "dovecot.log").open("ab") as log:
            self._own(self._folder / "dovecot.log")  # before the server opens it
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **self._identity()
            )
        _wait(self._answers, 20, lambda: f"Dovecot does not answer:\n{self.log()}")

    def stop(self) -> None:
        """Say BYE to every session and end; the mail stays. (Dovecot's own way takes a second longer.)"""
        if self._process is None:
            return
        # Again and again: a client may connect anew meanwhile.
        _wait(lambda: not self._signal_sessions(signal.SIGTERM), 5, lambda: "the sessions of Dovecot do not end")
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def restart(self) -> None:
        """Stop and start again, on the same port, with the same mail."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop, and delete the folder with all mail."""
        atexit.unregister(self.close)
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def kill_imap_processes(self, when: Callable[[], bool] = lambda: True) -> int:
        """SIGKILL to the process of every session, wherever it stands (R5); returns how many there were.

        They are found first, and killed as soon as `when` holds, which is asked again and again. The locks that they
        leave behind are broken at once; Dovecot does so by itself after two minutes.
        """
        killed = self._signal_sessions(signal.SIGKILL, when)
        _wait(lambda: not killed & self._session_processes(), 5, lambda: "the sessions of Dovecot do not end")
        for lock in (self._folder / "mail").glob("**/*.lock"):
            lock.unlink(missing_ok=True)
        return len(killed)

    def log(self) -> str:
        """What Dovecot has logged so far."""
        path = self._folder / "dovecot.log"
        return path.read_text(errors="replace") if path.exists() else ""

    # --- its users and mail -------------------------------------------------------------------------------------

    def new_user(self, password: str = PASSWORD) -> str:
        """A user with an empty INBOX, whose name nobody had before."""
        name = f"user{next(self._numbers)}"
        self._make_maildir(self._maildir(name))
        self.set_password(name, password)
        return name

    def set_password(self, user: str, password: str) -> None:
        """For the logins to come. Dovecot looks at the file once a second, so a change takes a little longer."""
        path, fresh = self._folder / "passwords" / user, self._folder / "passwords.new"
        if path.exists():
            time.sleep(1.1)
        fresh.write_text(f"{user}:{{PLAIN}}{password}\n")
        self._own(fresh)
        fresh.rename(path)
        self._passwords[user] = password

    def deliver(self, user: str, raw: bytes, folder: str = "INBOX") -> None:
        """Drop a message into the Maildir, as a local delivery agent does; works while the server is down too."""
        lf = raw.replace(b"\r\n", b"\n")
        seconds, rest = divmod(time.time_ns(), 10**9)
        wire_size = len(lf) + lf.count(b"\n")
        name = f"{seconds}.M{rest // 1000:06d}P{os.getpid()}Q{next(self._numbers):09d}.rig,S={len(lf)},W={wire_size}"
        maildir = self._maildir(user, folder)
        self._make_maildir(maildir)
        temporary = maildir / "tmp" / name
        temporary.write_bytes(lf)
        self._own(temporary)
        temporary.rename(maildir / "new" / name)

    def client(self, user: str) -> IMAPClient:
        """A logged-in session of somebody else's mail client; close it with `logout()`."""
        client = IMAPClient(self.host, self.port, ssl=False, timeout=10)
        client.login(user, self._passwords[user])
        return client

    def messages(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """Every message of a folder by UID, as a client reads it; nothing for a folder that does not exist."""
        with self.client(user) as client:
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            found = client.fetch(client.search(), ["BODY.PEEK[]"])
        return [found[uid][b"BODY[]"] for uid in sorted(found)]

    def restrict(self, user: str, folder: str, rights: str) -> None:
        """From the next login on the user has only these rights to a folder (RFC 4314)."""
        path = self._maildir(user, folder) / "dovecot-acl"
        self._make_maildir(path.parent)
        path.write_text(f"owner {rights}\n")
        self._own(path)

    def recreate(self, user: str, folder: str = "INBOX", validity: int | None = None) -> int:
        """Give a folder a new UIDVALIDITY under the same mail, as a restored or moved one has; returns it (R6)."""
        validity = validity or int(time.time()) + next(self._numbers)
        command = ["doveadm", "-c", str(self._config), "mailbox", "update", "-u", user]
        subprocess.run(
            [*command, "--uid-validity", str(validity), folder],
            check=True, stdin=subprocess.DEVNULL, capture_output=True, cwd=self._folder, **self._identity(),
        )  # fmt: skip
        return validity

    # --- inside -------------------------------------------------------------------------------------------------

    def _identity(self) -> dict[str, Any]:
        return {"user": self._uid, "group": self._gid, "extra_groups": []} if os.geteuid() == 0 else {}

    def _answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), 1) as link:
                return self._greeting.encode() in link.recv(1000)
        except OSError:
            return False

    def _signal_sessions(self, number: signal.Signals, when: Callable[[], bool] = lambda: True) -> set[int]:
        sessions = self._session_processes()
        while not when():
            pass
        for pid in sessions:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        return sessions

    def _session_processes(self) -> set[int]:
        found = set()
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                pid, rest = stat.read_text().split(" (", 1)
            except OSError:
                continue
            name, fields = rest.rsplit(") ", 1)
            if self._process and name == "imap" and int(fields.split()[1]) == self._process.pid:
                found.add(int(pid))
        return found

    def _maildir(self, user: str, folder: str = "INBOX") -> Path:
        root = self._folder / "mail" / user
        return root if folder.upper() == "INBOX" else root / f".{folder.replace('/', '.')}"

    def _make_maildir(self, maildir: Path) -> None:
        for path in (maildir, maildir / "cur", maildir / "new", maildir / "tmp"):
            if not path.exists():
                path.mkdir()
                self._own(path)

    def _own(self, *paths: Path) -> None:
        if os.geteuid() == 0:
            for path in paths:
                os.chown(path, self._uid, self._gid)


def _wait(condition: Callable[[], bool], seconds: float, complaint: Callable[[], str]) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(complaint())
        time.sleep(0.01)
