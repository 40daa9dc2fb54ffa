"""Signs of life: what each part of a running desk shows of its progress and its troubles. Any thread may give and read.

Why: a process that runs is no proof of work. A part says by when its next sign is due, and pauses that it means to
make lie within that; so silence beyond it means that it hangs, whatever it hangs in.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from mailgate.daemon.tally import Tally

LONGEST_STEP = 600.0
"""Seconds that one step of a part may take: reading a large message over a slow line, a try at SMTP."""


class Part:
    """One part: a mailbox, the outbox, the terms, or the loop that drives them."""

    def __init__(self, name: str, longest_step: float) -> None:
        self.name = name
        self.looked_at: datetime | None = None
        """When it last did well what it is for."""
        self.error = ""
        self.failed_at: datetime | None = None
        self._longest_step = longest_step
        self.gets_on()

    def gets_on(self, pause: float = 0.0) -> None:
        """It makes progress; after a `pause` of so many seconds, which it means to make, it goes on."""
        self._due = time.monotonic() + pause + self._longest_step

    def went_well(self, pause: float = 0.0) -> None:
        """It did what it is for, and does it again after so many seconds."""
        self.looked_at = datetime.now(UTC)
        self.gets_on(pause)

    def failed(self, why: str, pause: float = 0.0) -> None:
        """It could not, and tries again after so many seconds."""
        self.error, self.failed_at = why, datetime.now(UTC)
        self.gets_on(pause)

    @property
    def has_begun(self) -> bool:
        """It did what it is for once, or could not."""
        return self.looked_at is not None or self.failed_at is not None

    @property
    def trouble(self) -> str:
        """What went wrong and was not made good since; empty where nothing is."""
        mended = self.failed_at is None or (self.looked_at is not None and self.looked_at > self.failed_at)
        return "" if mended else self.error

    @property
    def hangs(self) -> bool:
        """Its next sign is overdue."""
        return time.monotonic() > self._due


class Signs:
    """The parts of this daemon, and its counts."""

    def __init__(self) -> None:
        self.tally = Tally()
        self._parts: dict[str, Part] = {}

    def part(self, name: str, longest_step: float = LONGEST_STEP) -> Part:
        """A part begins its work; it takes the place of one of that name."""
        self._parts[name] = begun = Part(name, longest_step)
        return begun

    def ended(self, part: Part) -> None:
        """A part has done its work: no more signs are due from it."""
        if self._parts.get(part.name) is part:
            del self._parts[part.name]

    def parts(self) -> list[Part]:
        """Those at work."""
        return list(self._parts.values())

    def hanging(self) -> tuple[str, ...]:
        """Names of the parts that show no progress."""
        return tuple(part.name for part in self.parts() if part.hangs)
