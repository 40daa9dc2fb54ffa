"""`make fuzz SECONDS=60`: readers of mail and text are given what nobody thought of, for so long.

It fails at the first uncaught exception, text that cannot be stored, or input that takes more than a second of CPU; the
input is kept in a file then. Hypothesis makes the input; the seed that is printed makes the same again. The other
engine stands in `guided`.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.made import mails, texts
from tests.fuzz.tally import Tally, keep
from tests.fuzz.targets import TEXTS, mail

_A_ROUND = 100
"""Inputs between two looks at the clock of the whole run."""


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
                fault.add_note(f"{target} with the input kept in {keep(entered)}, seed {number}")
                raise

    once()


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
