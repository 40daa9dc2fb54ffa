"""`make fuzz SECONDS=60`: readers of mail and text are given what nobody thought of, for so long.

It fails at the first uncaught exception, text that cannot be stored, or input that takes more than a second of CPU; the
input is kept in a file then. Hypothesis makes the input; the seed that is printed makes the same again.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.made import mails, texts
from tests.fuzz.targets import TEXTS, demand_storable, mail

SECONDS_MOST = 1.0
"""CPU time of one input."""
_A_ROUND = 100
"""Inputs between two looks at the clock of the whole run."""


class Slow(Exception):
    """An input took too long."""


@dataclass
class Tally:
    """What was tried so far, and the worst of it."""

    until: float
    tried: dict[str, int] = field(default_factory=dict)
    worst: tuple[float, str, int] = (0.0, "nothing", 0)
    """CPU seconds, target, and length of the input."""

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() > self.until

    def try_one(self, name: str, read: Callable[[], object], entered: bytes | str) -> None:
        """One input for one reader. Raises what the reader raises, Slow, or Unfit."""
        started = time.process_time()
        found = read()
        results = list(found) if isinstance(found, Iterator) else [found]
        spent = time.process_time() - started
        self.tried[name] = self.tried.get(name, 0) + 1
        self.worst = max(self.worst, (spent, name, len(entered)))
        demand_storable(results)
        if spent > SECONDS_MOST:
            raise Slow(f"{name}: {spent:.1f} s of CPU for {len(entered)} signs")


def fuzz(seconds: float, start: int) -> Tally:
    """Tries for so long; raises the first fault, with a note on where its input is kept."""
    tally = Tally(time.monotonic() + seconds)
    number = start
    while not tally.is_over:
        _round(tally, number)
        number += 1
    return tally


def _round(tally: Tally, number: int) -> None:
    @seed(number)
    @settings(
        max_examples=_A_ROUND,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(mails, texts, st.sampled_from(sorted(TEXTS)))
    def once(raw: bytes, text: str, name: str) -> None:
        if tally.is_over:
            return
        for target, entered, read in (("mail", raw, lambda: mail(raw)), (name, text, lambda: TEXTS[name](text))):
            try:
                tally.try_one(target, read, entered)
            except Exception as fault:
                fault.add_note(f"{target} with the input kept in {_keep(entered)}, seed {number}")
                raise

    once()


def _keep(entered: bytes | str) -> Path:
    data = entered if isinstance(entered, bytes) else entered.encode("utf-8", "surrogatepass")
    file = Path(tempfile.gettempdir()) / f"mailgate-fuzz-{hashlib.sha256(data).hexdigest()[:12]}"
    file.write_bytes(data)
    return file


def main() -> int:
    """Tries, prints how many inputs and the worst time; 1 where something was found."""
    options = argparse.ArgumentParser(prog="python -m tests.fuzz", description=(__doc__ or "").split("\n")[0])
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--seed", type=int, default=time.time_ns() // 1_000_000 % 1_000_000_000)
    chosen = options.parse_args()
    try:
        tally = fuzz(chosen.seconds, chosen.seed)
    except Exception:
        traceback.print_exc()
        return 1
    seconds, name, length = tally.worst
    each = ", ".join(f"{target} {count}" for target, count in sorted(tally.tried.items()))
    print(f"{sum(tally.tried.values())} inputs in {chosen.seconds:.0f} s, seed {chosen.seed}, nothing found: {each}")
    print(f"worst CPU time of one input: {seconds * 1000:.0f} ms ({name}, {length} signs)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
