"""What was tried, what it cost, and where the input is kept that brought a fault to light."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.targets import demand_storable

SECONDS_MOST = 1.0
"""CPU time of one input."""


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


def keep(entered: bytes | str) -> Path:
    """The file in which an input is kept."""
    data = entered if isinstance(entered, bytes) else entered.encode("utf-8", "surrogatepass")
    file = Path(tempfile.gettempdir()) / f"mailgate-fuzz-{hashlib.sha256(data).hexdigest()[:12]}"
    file.write_bytes(data)
    return file
