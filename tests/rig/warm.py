"""`mailgate` that starts at once: a warm process that has imported everything is forked for each call of it.

Why: importing takes a second, and the work of a call a tenth. Each fork is a process of its own, with its own threads,
connections and end.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.rig import clock

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import ctypes, json, os, signal, sys, traceback
import tests.faults.instants
from mailgate.cli import main
from tests.rig.ready import get_ready

def call(job):
    os.environ.clear()
    os.environ.update(job["environment"])
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: a test that is broken off leaves no daemon behind
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for name, number in (("out", 1), ("err", 2)):
        os.dup2(os.open(job[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    sys.argv[1:] = job["arguments"]
    try:
        exec(job["wrapper"], {})
        code = main()
    except BaseException as error:
        code = error.code if isinstance(error, SystemExit) else 1
        if not isinstance(error, SystemExit):
            traceback.print_exc()
    sys.stdout.flush(), sys.stderr.flush()
    os._exit(code or 0)

def ended(pid):
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None

get_ready()
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
        if self.poll() is None:
            self._sleep_until_end(timeout)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout)
        return code

    def _sleep_until_end(self, timeout: float) -> None:
        """Asking again and again would cost this process and the warm one a tenth of what the fork does meanwhile."""
        descriptor = os.pidfd_open(self.pid)
        try:
            ended = select.poll()
            ended.register(descriptor, select.POLLIN)
            ended.poll(timeout * 1000)
        finally:
            os.close(descriptor)

    def send_signal(self, number: signal.Signals) -> None:
        """Nothing where it has ended: the number may be another process's by then."""
        if self.poll() is None:
            os.kill(self.pid, number)


class _Warm:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | environment,
        )
        self._answer()
        atexit.register(self.close)

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


def fork(arguments: Sequence[str], *, out: Path, err: Path, wrapper: str = "", offset: float | None = None) -> Forked:
    """`mailgate ARGUMENTS` in a fork, in this process's environment; what it prints is added to `out` and `err`.

    `wrapper` is Python that is run in it before; with an `offset` it lives so many seconds from now.
    """
    settings = {} if offset is None else clock.environment(offset)
    job = {"arguments": list(arguments), "wrapper": wrapper, "out": str(out), "err": str(err)}
    warm = _warm(has_clock=offset is not None)
    return Forked(warm, warm.ask(job | {"environment": {**os.environ, **settings}}))


@functools.cache
def _warm(*, has_clock: bool) -> _Warm:
    return _Warm(clock.environment(0) if has_clock else {})
