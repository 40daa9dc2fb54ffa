"""`/metrics` of a daemon that has worked; what the dashboard and the alert rules ask for is there."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailgate.assets import example_config
from tests.daemon.test_listener import ask
from tests.rig.dovecot import Dovecot, free_port
from tests.rig.house import IVAN, ROOT, VOLHA, House
from tests.rig.smtp import Sink

MONITORING = example_config() / "monitoring"
OPERATIONS = ROOT / "docs" / "operations.md"
NAME = re.compile(r"\b(?:mailgate|process)_[a-z_]+")
PROMTOOL = shutil.which("promtool", path=f"{Path(sys.executable).parent}:/usr/bin:/usr/local/bin")


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory, dovecot_server: Dovecot) -> Iterator[str]:
    """The page after a registered request and a stranger's mail."""
    dovecot_server.start()
    sink = Sink().start()
    house, port = House(tmp_path_factory.mktemp("figures"), dovecot_server, sink), free_port()
    house.configure(f'[metrics]\nlisten = "127.0.0.1:{port}"')
    house.start()
    try:
        wait(lambda: "figures at" in house.log())
        ask(port, "/metrics")  # from here on it is counted
        house.write(IVAN, "Портал", "Не открывается.")
        house.write(VOLHA, "Счёт", "Оплатите.", proof="fail")
        wait(lambda: 'mailgate_notices_sent_total{notice="registered"} 1.0' in ask(port, "/metrics")[1])
        wait(lambda: "mailgate_quarantine_messages 1.0" in ask(port, "/metrics")[1])
        wait(lambda: 'mailgate_outbox_notices{state="waiting"} 0.0' in ask(port, "/metrics")[1])
        yield ask(port, "/metrics")[1]
        assert house.stop() == 0
    finally:
        house.close()
        sink.stop()


def test_a_place_that_is_taken_ends_the_daemon_in_one_line_before_it_begins(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        house.configure(f'[metrics]\nlisten = "{place}"')
        told = house.cli("run", expect=1)

    assert told == f"mailgate: [metrics] listen: {place} cannot be used: Address already in use\n"


def wait(so: Callable[[], bool]) -> None:
    """Until it is so."""
    end = time.monotonic() + 30
    while not so():
        assert time.monotonic() < end
        time.sleep(0.1)


def value(figures: str, line: str) -> float:
    """The figure of one line."""
    (found,) = (each for each in figures.splitlines() if each.startswith(f"{line} "))
    return float(found.rpartition(" ")[2])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('mailgate_messages_total{decision="register",mailbox="support"}', 1),
        ('mailgate_messages_total{decision="quarantine",mailbox="support"}', 1),
        ('mailgate_mailbox_lag_seconds{mailbox="support"}', 0),
        ('mailgate_mailbox_undecided{mailbox="complaints"}', 0),
        ('mailgate_outbox_notices{state="failed"}', 0),
        ("mailgate_outbox_oldest_seconds", 0),
        ("mailgate_deadlines_due", 0),
        ("mailgate_deadlines_overdue", 0),
        ('mailgate_requests_open{priority="medium",status="registered"}', 1),
        ('mailgate_requests_open{priority="critical",status="registered"}', 0),
        ("mailgate_quarantine_messages", 1),
        ("mailgate_message_processing_seconds_count", 2),
        ('mailgate_message_processing_seconds_bucket{le="+Inf"}', 2),
        ("mailgate_database_errors_total", 0),
        ("mailgate_database_up", 1),
        ("mailgate_config_reload_successful", 1),
        ('mailgate_part_hangs{part="outbox"}', 0),
        ('mailgate_part_hangs{part="terms"}', 0),
        ('mailgate_part_hangs{part="loop"}', 0),
        ('mailgate_part_hangs{part="mailbox complaints"}', 0),
    ],
)
def test_a_figure_is_right(figures: str, line: str, expected: float) -> None:
    assert value(figures, line) == expected


def test_moments_are_moments(figures: str) -> None:
    for line in ('mailgate_mailbox_last_look_timestamp_seconds{mailbox="support"}',
                 "mailgate_config_reload_success_timestamp_seconds"):  # fmt: skip
        assert 0 <= time.time() - value(figures, line) < 120


def test_every_figure_of_the_dashboard_and_the_alert_rules_is_exported(figures: str) -> None:
    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    asked += re.findall(r"expr: (.*(?:\n {10}.*)*)", (MONITORING / "alerts.yml").read_text())
    exported = set(re.findall(r"^((?:mailgate|process)_[a-z_]+)", figures, re.MULTILINE))

    assert len(asked) > 30
    assert {name for expression in asked for name in NAME.findall(expression)} - exported == set()


def test_every_figure_of_ours_is_on_the_dashboard_or_in_a_rule_or_told_of(figures: str) -> None:
    shown = "".join(path.read_text() for path in MONITORING.iterdir())
    told = OPERATIONS.read_text()
    exported = set(re.findall(r"^# TYPE (mailgate_[a-z_]+)", figures, re.MULTILINE))

    assert {name for name in exported if name not in shown and name not in told} == set()


def test_of_every_alert_it_is_told_what_to_do() -> None:
    alerts = re.findall(r"alert: (\w+)", (MONITORING / "alerts.yml").read_text())

    assert len(alerts) > 10
    assert [name for name in alerts if name not in OPERATIONS.read_text()] == []


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not here; scripts/test-servers.sh fetches it")
@pytest.mark.parametrize("words", [("check", "rules", str(MONITORING / "alerts.yml")),
                                   ("test", "rules", str(Path(__file__).parent / "alerts_test.yml"))])  # fmt: skip
def test_promtool_finds_the_alert_rules_right(words: tuple[str, ...]) -> None:
    done = subprocess.run([str(PROMTOOL), *words], capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not here; scripts/test-servers.sh fetches it")
def test_promtool_finds_the_page_right(figures: str) -> None:
    done = subprocess.run([str(PROMTOOL), "check", "metrics"], input=figures, capture_output=True, text=True,
                          timeout=60, check=False)  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
