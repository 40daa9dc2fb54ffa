"""A clock that a test sets, for real processes: libfaketime, preloaded."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

INSTALL = "libfaketime is not installed; these tests need it: apt-get install faketime"


def offset_to(moment: datetime) -> float:
    """Seconds by which a clock that shows `moment` now is ahead of the real one."""
    return moment.timestamp() - time.time()


def environment(offset: float) -> Mapping[str, str]:
    """What a process needs in its environment in order to live `offset` seconds from now.

    Its clock ticks, its time-outs stay real.
    """
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        raise RuntimeError(INSTALL)
    return {
        "LD_PRELOAD": str(found[0]),
        "FAKETIME": f"{offset:+f}",
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # it makes CPython's threads spin on their lock
        "NO_FAKE_STAT": "1",
        "TZ": "Pacific/Auckland",  # no desk's zone: the configuration's counts, never the host's
    }
