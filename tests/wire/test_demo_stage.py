"""The stage of the demo leaves nothing behind, however it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mailgate.config import load
from mailgate.demo.stage import ACCOUNTS, PASSWORD, Stage

STAGE = """
import signal, time
from mailgate.demo.stage import stage

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has it ignored by what it runs in the background
with stage() as set_up:
    print(set_up.folder, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_the_daemon_and_deletes_the_folder(number: int) -> None:
    with subprocess.Popen([sys.executable, "-c", STAGE], stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        folder = Path(demo.stdout.readline().strip())
        (daemon,) = Path(f"/proc/{demo.pid}/task/{demo.pid}/children").read_text().split()
        demo.send_signal(number)

    assert demo.returncode != 0
    assert folder.name.startswith("mailgate-demo-")
    assert not folder.exists()
    assert not Path(f"/proc/{daemon}").exists()


def test_everybody_of_the_example_has_a_mailbox_and_staff_get_time_to_undo(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.servers.imap = stage.servers.smtp = ("127.0.0.1", 1)
    stage._configure()
    played = load(stage.config)

    stage.give_time_to_undo()

    kept = load(stage.config)
    people = kept.people
    contacts = {contact.email for client in people.clients.values() for contact in client.contacts}
    everybody = contacts | {member.email for member in people.everybody_on_staff()}
    assert dict(ACCOUNTS) == dict.fromkeys(everybody | {box.address for box in kept.mailboxes}, PASSWORD)
    assert (played.outbox.hold.total_seconds(), kept.outbox.hold.total_seconds()) == (0, 30)
