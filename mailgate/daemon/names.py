"""TXT records from DNS, for keys of DKIM: asked for with a time limit, and remembered for a while.

Why: what is remembered is asked for before the transaction that needs it, so no transaction ever waits for DNS.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

WAITS_MOST = 5.0
"""Seconds for one name, with all tries."""
KEPT = 600.0
"""Seconds for which an answer is remembered."""
KEPT_SILENCE = 60.0
"""Seconds for which it is remembered that there was no answer."""
_MOST_NAMES = 1_000


def ask(name: str) -> bytes | None:
    """The first TXT record of that name; None where there is none, or no answer in time."""
    import dns.exception
    import dns.resolver

    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=WAITS_MOST, search=False)
        return b"".join(answer[0].strings)
    except (dns.exception.DNSException, OSError, UnicodeError):
        return None


class Names:
    """Answers of DNS. May be asked from several threads."""

    def __init__(self, ask: Callable[[str], bytes | None] = ask, clock: Callable[[], float] = time.monotonic) -> None:
        self._ask, self._clock, self._lock = ask, clock, Lock()
        self._known: dict[str, tuple[bytes | None, float]] = {}

    def txt(self, name: str) -> bytes | None:
        """The TXT record of that name, as it was within the last minutes."""
        with self._lock:
            record, until = self._known.get(name, (None, 0.0))
        if self._clock() < until:
            return record
        record = self._ask(name)
        with self._lock:
            if len(self._known) >= _MOST_NAMES:
                self._known.clear()
            self._known[name] = (record, self._clock() + (KEPT if record else KEPT_SILENCE))
        return record
