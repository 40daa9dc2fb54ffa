"""The figures at `/metrics`: what the database knows, asked for at that moment, and what this daemon has counted.

What the database knows is alike in every daemon that works on it: of several, take the greatest, not the sum.
"""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import Lock

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from sqlmodel import Session

from mailgate import __version__
from mailgate.daemon.listener import Page
from mailgate.daemon.reloading import Reloading
from mailgate.daemon.signs import Signs
from mailgate.daemon.tally import BOUNDS
from mailgate.desk.context import Desk
from mailgate.rules.vocabulary import OPEN, Priority
from mailgate.store import queries
from mailgate.store.database import DATABASE_FAILS, Database
from mailgate.store.schema import head

MAILBOX = "mailbox "
"""What the name of a mailbox's part begins with."""


class Figures(Collector):
    """Every figure, made at the moment of the question."""

    def __init__(self, database: Database, desk: Callable[[], Desk], signs: Signs, reloading: Reloading) -> None:
        self._database, self._desk, self._signs, self._reloading = database, desk, signs, reloading
        self._lock = Lock()
        self._decided: Counter[tuple[str, str]] = Counter()
        with database.read() as session:
            self._counted_to = queries.newest_mail(session)
        self._registry = CollectorRegistry()
        self._registry.register(ProcessCollector(registry=None))
        self._registry.register(self)

    def page(self) -> Page:
        """`/metrics`."""
        return Page(200, CONTENT_TYPE_LATEST, generate_latest(self._registry))

    def describe(self) -> Iterator[Metric]:
        """Nothing: the names are not asked for before there is somebody to ask."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """All of them; those of the database are missing while it cannot be used."""
        now = datetime.now(UTC)
        try:
            with self._lock, self._database.read() as session:
                known = [*self._of_mail(session, now), *self._of_outbox(session, now), *self._of_requests(session, now)]
        except DATABASE_FAILS:
            known = []
        yield _gauge("database_up", "Whether the database answered this question.", bool(known))
        yield from known
        yield from self._of_parts()
        yield from self._counted()
        yield from self._of_configuration()

    # --- what the database knows ----------------------------------------------------------------------------------

    def _of_mail(self, session: Session, now: datetime) -> Iterator[Metric]:
        self._counted_to, decided = queries.decided_since(session, self._counted_to)
        for mailbox, decision, messages in decided:
            self._decided[mailbox, decision] += messages
        taken = CounterMetricFamily(
            "mailgate_messages", "Messages taken and decided since the start.", labels=("mailbox", "decision")
        )
        for labels, messages in self._decided.items():
            taken.add_metric(labels, messages)
        yield taken
        undecided = queries.undecided_by_mailbox(session)
        names = {box.name for box in self._desk().config.mailboxes} | set(undecided)
        waiting = _labelled("mailbox_undecided", "Messages taken and not decided yet.", "mailbox")
        lag = _labelled("mailbox_lag_seconds", "Age of the oldest message not decided yet.", "mailbox")
        for name in sorted(names):
            messages, oldest = undecided.get(name, (0, now))
            waiting.add_metric((name,), messages)
            lag.add_metric((name,), max(0.0, (now - oldest).total_seconds()))
        yield from (waiting, lag)
        quarantine = queries.unregistered(session)["quarantine"]
        yield _gauge("quarantine_messages", "Messages that staff should look at.", quarantine)

    def _of_outbox(self, session: Session, now: datetime) -> Iterator[Metric]:
        notices = _labelled("outbox_notices", "Notices that wait, failed, or came back.", "state")
        for state, number in queries.outbox_by_state(session).items():
            notices.add_metric((state,), number)
        yield notices
        oldest = queries.oldest_overdue_notice_at(session, now)
        age = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
        yield _gauge("outbox_oldest_seconds", "Age of the oldest notice that should have been sent.", age)

    def _of_requests(self, session: Session, now: datetime) -> Iterator[Metric]:
        open_now = queries.open_requests(session)
        requests = _labelled("requests_open", "Open requests and complaints.", "status", "priority")
        for status in sorted(OPEN):
            for priority in Priority:
                requests.add_metric((status, priority), open_now.get((status, priority.rank), 0))
        yield requests
        ahead, overdue = queries.deadlines_by_due(session, now)
        yield _gauge("deadlines_due", "Deadlines that run: reminders and ends of terms.", ahead)
        yield _gauge("deadlines_overdue", "Deadlines that should have been carried out.", overdue)

    # --- what this daemon knows of itself -------------------------------------------------------------------------

    def _of_parts(self) -> Iterator[Metric]:
        hangs = _labelled("part_hangs", "Whether a part of the daemon shows no progress.", "part")
        looked = _labelled("mailbox_last_look_timestamp_seconds", "Last good look at a mailbox; 0: none.", "mailbox")
        for part in self._signs.parts():
            hangs.add_metric((part.name,), part.hangs)
            if part.name.startswith(MAILBOX):
                moment = part.looked_at.timestamp() if part.looked_at else 0.0
                looked.add_metric((part.name.removeprefix(MAILBOX),), moment)
        yield from (hangs, looked)

    def _counted(self) -> Iterator[Metric]:
        tally = self._signs.tally
        sent = CounterMetricFamily("mailgate_notices_sent", "Notices that SMTP accepted.", labels=("notice",))
        for name, number in dict(tally.sent).items():
            sent.add_metric((name,), number)
        tries = CounterMetricFamily(
            "mailgate_smtp_results", "Tries to send, by what came of them.", labels=("result", "scope")
        )
        for labels, number in dict(tally.tries).items():
            tries.add_metric(labels, number)
        errors = CounterMetricFamily(
            "mailgate_database_errors", "Times that the database could not be used.", tally.database_errors
        )
        times, seconds = tally.times()
        bounds = [*(str(bound) for bound in BOUNDS), "+Inf"]
        took = HistogramMetricFamily("mailgate_message_processing_seconds", "From taking a message to its decision.")
        took.add_metric((), list(zip(bounds, times, strict=True)), seconds)
        yield from (sent, tries, errors, took)

    def _of_configuration(self) -> Iterator[Metric]:
        built = {"version": __version__, "schema": head(), "python": platform.python_version()}
        yield InfoMetricFamily("mailgate_build", "What runs here.", built)
        yield _gauge(
            "config_reload_successful", "Whether the files as they are now are in force.", not self._reloading.fault
        )
        moment = self._reloading.adopted_at.timestamp()
        yield _gauge("config_reload_success_timestamp_seconds", "When the configuration in force was read.", moment)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"mailgate_{name}", words, value)


def _labelled(name: str, words: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"mailgate_{name}", words, labels=labels)
