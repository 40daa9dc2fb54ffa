"""What the measurements share: a desk with many clients, a process that is timed, and the machine it ran on."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from subprocess import PIPE
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.mail import clients_toml
from tests.rig.dovecot import Dovecot
from tests.rig.house import ROOT, House
from tests.rig.smtp import QuickSink

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
ONE_READER = """
[[staff]]
name = "Anna"
email = "a.kovaleva@desk.example"
groups = ["support", "complaints"]
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a piece of work took, in seconds, and the most memory of its process until then."""

    wall: float
    cpu: float
    peak_mib: float


@contextmanager
def desk(database: str | None = None) -> Iterator[House]:
    """A new desk on servers of its own, and on SQLite unless a URL says otherwise: 200 contacts, one staff member."""
    with TemporaryDirectory(prefix="mailgate-bench-") as folder:
        dovecot, sink = Dovecot(), QuickSink().start()
        dovecot.start()
        try:
            house = House(Path(folder), dovecot, sink, database)
            (house.folder / "clients.toml").write_text(clients_toml())
            (house.folder / "staff.toml").write_text(ONE_READER)
            yield house
        finally:
            sink.stop()
            dovecot.close()


def timed(house: House, *words: str) -> float:
    """Seconds that the command line takes in a process of its own."""
    return took("-m", "mailgate", "--config", str(house.config), *words)


def installed() -> dict[str, str]:
    """The environment of a process that finds bytecode beside its modules, as pip leaves it, or leaves it there."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def took(*words: str) -> float:
    """Seconds that Python takes with these words in a process of its own."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *words], cwd=ROOT, env=installed(), stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


class Worker:
    """A Python module in a process of its own, which has started and does its work each time that it is told."""

    def __init__(self, *words: str) -> None:
        command = [sys.executable, "-m", *words]
        self._process = subprocess.Popen(command, cwd=ROOT, env=installed(), stdin=PIPE, stdout=PIPE, text=True)
        self._answer()

    def work(self) -> Any:
        """Tell it; gives what it says of its work when that is done."""
        assert self._process.stdin is not None
        print("go on", file=self._process.stdin, flush=True)
        return json.loads(self._answer())

    def close(self) -> None:
        """It is told nothing more."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args} ended")
        return line


async def work_when_told() -> AsyncIterator[None]:
    """In a Worker: one turn each time that it is told, and what it cost, as `Cost` has it."""
    print("ready", flush=True)
    for _ in sys.stdin:
        wall, cpu_s = time.perf_counter(), time.process_time()
        yield
        cost = time.perf_counter() - wall, time.process_time() - cpu_s, memory(os.getpid(), "VmHWM")
        print(json.dumps(cost), flush=True)


def memory(pid: int, what: str) -> float:
    """`VmRSS` or `VmHWM` of a running process in MiB. Its `ru_maxrss` would begin with what its parent has."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{what}:")), 0.0)


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    return sum(_fields(pid)[11:13]) / CLOCK_TICKS


def cpu_with_children(pid: int) -> float:
    """The same with those that it started, also where they have ended."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(_fields(pid)[11:15]) / CLOCK_TICKS + sum(cpu(int(child)) for child in children)


def idle() -> float:
    """Seconds that the cores of the machine, taken together, have had nothing to do."""
    waiting = Path("/proc/stat").read_text().split("\n", 1)[0].split()[4:6]
    return sum(map(int, waiting)) / CLOCK_TICKS


def _fields(pid: int) -> list[int]:
    """Of `/proc/PID/stat`, from the state of the process on, which counts as 0."""
    return [0, *map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1:])]


def machine() -> str:
    """The machine in one line, with what else it was doing (load: processes that wanted a core in the last minute)."""
    dovecot = subprocess.run(["/usr/sbin/dovecot", "--version"], capture_output=True, text=True, check=True).stdout
    model = next((line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")), "CPU")
    system = f"{platform.system()} {platform.release().split('-')[0]}"
    versions = f"Python {platform.python_version()}, Dovecot {dovecot.split()[0]}"
    return f"{os.cpu_count()} × {model}, {system}, {versions}; load {os.getloadavg()[0]:.1f}"


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * len(ordered) + 0.5) - 1)]


def spread(values: Sequence[float], digits: int = 2) -> str:
    """The median, and from where to where the values go."""
    middle, least, most = (f"{each:.{digits}f}" for each in (median(values), min(values), max(values)))
    return f"{middle} ({least} to {most})"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """In Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def say(line: str) -> None:
    """Print at once: a run takes minutes."""
    print(line, flush=True)
