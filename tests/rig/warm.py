"""Daemons that start at once: a warm process that has imported everything is forked for each of them.

Why: importing takes a second, and a daemon that is killed a thousand times would spend most of the test on it. Each
fork is a process of its own, with its own threads, connections and end.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import ctypes, json, os, signal, sys, traceback
import mailgate.daemon.census, mailgate.cli.setting, mailgate.cli.views, mailgate.daemon, psycopg
import tests.faults.instants
from mailgate.cli import main

def call(job):
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: a test that is broken off leaves no daemon behind
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for name, number in (("out", 1), ("err", 2)):
        os.dup2(os.open(job[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    try:
        exec(job["wrapper"], {})
        code = main(job["arguments"])
    except BaseException as error:
        code = error.code if isinstance(error, SystemExit) else 1
        if not isinstance(error, SystemExit):
            traceback.print_exc()
    sys.stdout.flush(), sys.stderr.flush()
    os._exit(code or 0)

def ended(pid):
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None

print(json.dumps("warm"), flush=True)
for line in sys.stdin:
    job = json.loads(line)
    if "pid" in job:
        said = ended(job["pid"])
    else:
        said = os.fork()
        if said == 0:
            call(job)
    print(json.dumps(said), flush=True)
"""


class Forked:
    """One fork; what `subprocess.Popen` gives of a process, as far as tests need it."""

    def __init__(self, warm: _Warm, pid: int) -> None:
        self.pid, self.returncode = pid, None
        self._warm = warm

    returncode: int | None
    """As of subprocess: below 0 the signal that killed it."""

    def poll(self) -> int | None:
        """Its exit code, once it has ended."""
        if self.returncode is None:
            self.returncode = self._warm.ask({"pid": self.pid})
        return self.returncode

    def wait(self, timeout: float = 60) -> int:
        """The same; TimeoutExpired if it does not end."""
        end = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(0.002)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        """Nothing where it has ended: the number may be another process's by then."""
        if self.poll() is None:
            os.kill(self.pid, number)


class _Warm:
    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        self._answer()
        atexit.register(self.close)

    def fork(self, arguments: Sequence[str], wrapper: str, out: Path, err: Path) -> Forked:
        job = {"arguments": list(arguments), "wrapper": wrapper, "out": str(out), "err": str(err)}
        return Forked(self, self.ask(job))

    def ask(self, job: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the warm process ended"
        return json.loads(line)


def fork(arguments: Sequence[str], *, wrapper: str = "", out: Path, err: Path) -> Forked:
    """`mailgate ARGUMENTS` in a fork; `wrapper` is Python that is run in it before."""
    return _warm().fork(arguments, wrapper, out, err)


@functools.cache
def _warm() -> _Warm:
    return _Warm()
