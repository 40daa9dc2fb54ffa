"""The log: lines for people, JSON for programs; one line an event, whatever is in it."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from mailgate.cli.logs import JsonLine, LogFormat, OneLine, usual_format

HOSTILE = "broken\n2026-11-23 10:00:00,000 INFO MainThread: forged\r\x1b[31m\u2028forged\u202e \x85 \udc80 «да»"


def record(message: str, *, fault: bool = False) -> logging.LogRecord:
    """An event."""
    found = None
    if fault:
        try:
            raise ValueError(HOSTILE)
        except ValueError:
            found = sys.exc_info()
    return logging.LogRecord("mailgate", logging.WARNING, "x.py", 1, message, None, found)


@pytest.mark.parametrize("form", [OneLine("%(levelname)s %(message)s"), JsonLine()])
@pytest.mark.parametrize("fault", [False, True])
def test_an_event_is_one_line_in_utf_8(form: logging.Formatter, fault: bool) -> None:
    line = form.format(record(HOSTILE, fault=fault))

    assert len(line.splitlines()) == 1
    assert "\x1b" not in line
    assert "\u202e" not in line
    assert "«да»" in line
    line.encode()


def test_json_says_when_how_grave_where_and_what() -> None:
    told = json.loads(JsonLine().format(record(HOSTILE, fault=True)))

    assert set(told) == {"time", "level", "thread", "event", "fault"}
    assert (told["level"], told["thread"], told["event"]) == ("warning", "MainThread", HOSTILE)
    assert "ValueError: broken" in told["fault"]
    assert datetime.fromisoformat(told["time"]).tzinfo is not None


@pytest.mark.parametrize(("terminal", "form"), [(True, LogFormat.TEXT), (False, LogFormat.JSON)])
def test_people_read_lines_and_programs_json(monkeypatch: pytest.MonkeyPatch, terminal: bool, form: LogFormat) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)

    assert usual_format() is form


GRADED = """
import logging
from mailgate.cli.logs import log_to_stderr
log_to_stderr(logging.DEBUG)
for level in ("debug", "info", "warning", "error", "critical"):
    getattr(logging, level)("event")
"""


@pytest.mark.parametrize("is_the_journal", [True, False])
def test_the_journal_hears_how_grave_an_event_is(tmp_path: Path, is_the_journal: bool) -> None:
    with (tmp_path / "log").open("w+") as log:
        found = os.fstat(log.fileno())
        stream = f"{found.st_dev}:{found.st_ino + (not is_the_journal)}"
        subprocess.run(
            [sys.executable, "-c", GRADED], stderr=log, env=os.environ | {"JOURNAL_STREAM": stream}, check=True
        )
        log.seek(0)
        begins = [line.partition("{")[0] for line in log]

    assert begins == (["<7>", "<6>", "<4>", "<3>", "<2>"] if is_the_journal else [""] * 5)
