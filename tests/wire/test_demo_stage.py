"""The stage of the demo leaves nothing behind, however it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

STAGE = """
import time
from mailgate.demo.stage import stage

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
