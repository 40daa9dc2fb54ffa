"""Nobody waits for PostgreSQL for ever, nor it for anybody: both are needed where several daemons share one.

Why both: a process that is stopped in the middle of a transaction holds rows that the others need, until the server
ends its session; and a firewall that forgot a connection, or a proxy before a server that has died, takes every
question and never answers.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from datetime import timedelta
from typing import Any

import psycopg
from sqlalchemy import Engine, event

CONNECT_SECONDS = 5
ANSWER_TIMES = 4
"""So many times the patience may an answer take: a large message goes over a slow network."""
KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}


def make_impatient(engine: Engine, patience: timedelta) -> None:
    """Every connection that the engine opens from now on; what the URL says of time-outs has precedence."""
    milliseconds = round(patience.total_seconds() * 1000)
    settings = {"connect_timeout": CONNECT_SECONDS, "tcp_user_timeout": milliseconds} | KEEPALIVE

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, args: Any, parameters: dict[str, Any]) -> Impatient:
        link = Impatient.connect(*args, **settings | parameters)
        link.seconds = ANSWER_TIMES * patience.total_seconds()
        link.execute(f"SET idle_in_transaction_session_timeout = {milliseconds}")
        link.commit()
        return link


class Impatient(psycopg.Connection[Any]):
    """Whatever it is asked fails, and it is closed, unless the answer is there in so many `seconds`."""

    seconds = float("inf")

    def wait(self, gen: Any, *more: Any, **options: Any) -> Any:
        """As the base class does it, which waits as long as the system lets it."""
        return super().wait(self._in_time(gen), *more, **options)

    def _in_time(self, steps: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """psycopg asks its steps again every tenth of a second, also where nothing has come."""
        end = time.monotonic() + self.seconds
        try:
            step = next(steps)
            while True:
                ready = yield step
                if time.monotonic() > end:
                    self.pgconn.finish()
                    raise psycopg.OperationalError(f"no answer for {self.seconds:.0f} s")
                step = steps.send(ready)
        except StopIteration as done:
            return done.value
