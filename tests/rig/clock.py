"""A clock that a test sets, for real processes: libfaketime, preloaded.

Why one warm process: `mailgate` needs a second to import everything and a tenth to do its work. A clause is played in
several runs, so a process that has imported it all is forked for each of them; every run is still a process of its own.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INSTALL = "libfaketime is not installed; these tests need it: apt-get install faketime"
SECONDS_MOST = 60

WARM = """
import json, os, sys, traceback
import mailgate.cli.views, mailgate.cli.setting, mailgate.daemon
from mailgate.cli import main

def call(job):
    os.environ["FAKETIME"] = job["offset"]
    for name, number in (("out", 1), ("err", 2)):
        os.dup2(os.open(job[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    try:
        code = main(job["arguments"])
    except BaseException as error:
        code = error.code if isinstance(error, SystemExit) else 1
        if not isinstance(error, SystemExit):
            traceback.print_exc()
    sys.stdout.flush(), sys.stderr.flush()
    os._exit(code or 0)

print("warm", flush=True)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        call(json.loads(line))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def offset_to(moment: datetime) -> float:
    """Seconds by which a clock that shows `moment` now is ahead of the real one."""
    return moment.timestamp() - time.time()


def environment(offset: float) -> dict[str, str]:
    """What a process needs in order to live `offset` seconds from now; its clock ticks, its time-outs stay real."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        raise RuntimeError(INSTALL)
    return os.environ | {
        "LD_PRELOAD": str(found[0]),
        "FAKETIME": f"{offset:+f}",
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # it makes CPython's threads spin on their lock
        "NO_FAKE_STAT": "1",
        "TZ": "Pacific/Auckland",  # no desk's zone: the configuration's counts, never the host's
    }


def call_at(offset: float, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """`mailgate ARGUMENTS` in a process of its own that lives `offset` seconds from now."""
    return _warm().call(offset, arguments)


class _Warm:
    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="warm-"))
        self._process = subprocess.Popen(
            [sys.executable, "-c", WARM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment(0),
        )
        self._said()
        atexit.register(self.close)

    def call(self, offset: float, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        out, err = self._folder / "out", self._folder / "err"
        job = {"offset": f"{offset:+f}", "arguments": list(arguments), "out": str(out), "err": str(err)}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        code = int(self._said())
        return subprocess.CompletedProcess(list(arguments), code, out.read_text(), err.read_text())

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(SECONDS_MOST)
        shutil.rmtree(self._folder)

    def _said(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the warm process ended"
        return line.strip()


@functools.cache
def _warm() -> _Warm:
    return _Warm()
