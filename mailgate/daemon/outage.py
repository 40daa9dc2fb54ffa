"""Something cannot be used for a while: said once, and once more when it is over, however often it was tried."""

from __future__ import annotations

import logging
import threading
import time

log = logging.getLogger(__name__)


class Outage:
    """One thing that several threads use, such as the database; each may be in trouble with it, and out again."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._guard = threading.Lock()
        self._troubled: set[str] = set()
        self._said: set[str] = set()
        self._began = 0.0
        self._tries = 0

    def met(self, who: str, words: str, more: str = "") -> None:
        """`who` could not use it, for a reason that is said, with `more`, unless it was said of this outage already."""
        with self._guard:
            if not self._troubled:
                self._began, self._tries = time.monotonic(), 0
                self._said.clear()
            self._troubled.add(who)
            self._tries += 1
            if words in self._said:
                log.debug("%s: still: %s%s", self._what, words, more)
            else:
                self._said.add(words)
                log.warning("%s: %s%s", self._what, words, more)

    def over(self, who: str) -> None:
        """`who` has used it; when nobody is in trouble any more, that is said. Cheap where nobody was."""
        if who not in self._troubled:
            return
        with self._guard:
            self._troubled.discard(who)
            if not self._troubled:
                seconds = time.monotonic() - self._began
                tries = "1 try" if self._tries == 1 else f"{self._tries} tries"
                log.warning("%s: all is well again after %.0f s, %s", self._what, seconds, tries)
