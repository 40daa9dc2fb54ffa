"""From delivery into the mailbox to the registration notice at the SMTP server, over IDLE."""

from __future__ import annotations

import time
from dataclasses import dataclass

from tests.bench.mail import generate
from tests.bench.measuring import desk, quantile
from tests.rig.dovecot import Dovecot
from tests.rig.house import DESK, House

WARM_UP = 2
"""Mails that are not counted: the first ones open connections and read templates."""
PAUSE_SECONDS = 1.6
"""Between two mails, and up to a second more: each finds the daemon idling, at another phase of the server's clock."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds, one value a mail."""

    values: tuple[float, ...]

    def __str__(self) -> str:
        """One row of figures."""
        median, p95 = quantile(self.values, 0.5), quantile(self.values, 0.95)
        return f"n {len(self.values)}, median {median:.3f} s, p95 {p95:.3f} s, max {max(self.values):.3f} s"


def measure(mails: int, seed: int) -> Latency:
    """Deliver `mails` one after another to a running daemon; each waits for its notice before the next one."""
    new = [made for made in generate((mails + WARM_UP) * 5, seed) if made.kind == "new"][: mails + WARM_UP]
    with desk() as house:
        house.start()
        try:
            values = [_one(house, made.raw, number) for number, made in enumerate(new)]
        finally:
            house.stop()
    return Latency(tuple(values[WARM_UP:]))


def _one(house: House, raw: bytes, number: int) -> float:
    time.sleep(PAUSE_SECONDS + number % 10 * 0.1)
    delivered = time.time()
    house.dovecot.deliver(house.users[DESK], raw)
    mark = b"X-Mailgate-Notice: registered\r\n"
    number_of = f"X-Mailgate-Request: SD-2026-{number + 1:06d}\r\n".encode()
    got = house.sink.wait_for(lambda each: mark in each.raw and number_of in each.raw, timeout=60)
    return got.at - delivered


def announcement(dovecot: Dovecot, times: int = 5) -> float:
    """Dovecot's own share: the median of seconds from delivery to its EXISTS to an idling client."""
    user = dovecot.new_user()
    values = []
    with dovecot.client(user) as client:
        client.select_folder("INBOX")
        client.idle()
        for number in range(times):
            time.sleep(PAUSE_SECONDS + number * 0.13)
            delivered = time.time()
            dovecot.deliver(user, b"From: a@b.example\r\nSubject: %d\r\n\r\nText\r\n" % number)
            while not any(words[1] == b"EXISTS" for words in client.idle_check(timeout=10)):
                pass
            values.append(time.time() - delivered)
        client.idle_done()
    return quantile(values, 0.5)
