"""Where a fault strikes. Runs inside the daemon's own process, before it; the product knows nothing of it.

Each place is named by what has just been done, or is just about to be done, in the words of docs/delivery.md.
"""

from __future__ import annotations

import functools
import inspect
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from mailgate.daemon import courier, watcher
from mailgate.daemon.run import Running
from mailgate.desk import journal
from mailgate.inbox import Inbox
from mailgate.outbox.send import Result, Sender

BEFORE, AFTER = "before", "after"
Strike = Callable[[], None]
Place = tuple[Any, str, str]

INSTANTS: dict[str, Place] = {
    "read": (watcher.Watcher, "_take", BEFORE),
    "taken": (journal, "decide", BEFORE),
    "deciding": (journal, "message_arrived", AFTER),
    "decided": (journal, "decide", AFTER),
    "settling": (Inbox, "settle", BEFORE),
    "settled": (Inbox, "settle", AFTER),
    "claimed": (courier.Courier, "_claim", AFTER),
    "composed": (Sender, "send", BEFORE),
    "accepted": (Sender, "send", AFTER),
    "recording": (courier, "notices_settled", AFTER),
    "recorded": (courier.Courier, "_settle", AFTER),
}
"""All that lies between the server's copy and our record that its reader's server has the notice."""

TERMS: dict[str, Place] = {
    "term_ending": (sys.modules[Running.__module__], "end_one_term", AFTER),
    "terms_ended": (Running, "end_terms", AFTER),
}
"""The same for a deadline."""


def die() -> None:
    """What a power cut does to a process."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(instant: str, nth: int = 1) -> None:
    """Die when the daemon comes to this instant for the `nth` time with something in hand."""
    passes = iter(range(1, nth + 1))
    strike_at((INSTANTS | TERMS)[instant], lambda: die() if next(passes, nth) == nth else None)


def strike_at(place: Place, strike: Strike, when: Callable[..., bool] = lambda *_, **__: True) -> None:
    """Call `strike` before or after what stands at `place`, each time that `when(*its arguments)` holds."""
    owner, name, moment = place
    original = getattr(owner, name)

    @functools.wraps(original)
    def struck(*args: Any, **kwargs: Any) -> Any:
        strikes = when(*args, **kwargs)
        if strikes and moment == BEFORE:
            strike()
        done = original(*args, **kwargs)
        if strikes and moment == AFTER and _did_something(name, done, args):
            strike()
        return done

    @functools.wraps(original)
    async def struck_later(*args: Any, **kwargs: Any) -> Any:
        if when(*args, **kwargs) and moment == BEFORE:
            strike()
        done = await original(*args, **kwargs)
        if when(*args, **kwargs) and moment == AFTER and done.result is Result.ACCEPTED:
            strike()
        return done

    setattr(owner, name, struck_later if inspect.iscoroutinefunction(original) else struck)


def _did_something(name: str, done: Any, args: tuple[Any, ...]) -> bool:
    """An idle look at the outbox or at the deadlines is not an instant."""
    if name in ("_claim", "end_one_term", "end_terms"):
        return bool(done)
    if name == "_settle":  # with nothing under way, all that was accepted is recorded
        return args[0].sent > 0 and not args[0]._trying and not args[0]._tried
    return True
