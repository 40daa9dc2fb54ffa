"""The log of the daemon, on stderr: lines for people, or a JSON document a line for programs that gather logs.

An event is one line, whatever servers and mail put into it. It holds addresses and no other word of a person; what was
written, subjects and passwords never come near it.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from datetime import datetime
from enum import StrEnum
from typing import Final, TextIO

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

_PRIORITIES: Final = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


class LogFormat(StrEnum):
    """How an event is written."""

    TEXT = "text"
    JSON = "json"


class OneLine(logging.Formatter):
    """One line an event, a traceback too: what servers and mail put into it can neither begin a line nor hide one."""

    def format(self, record: logging.LogRecord) -> str:
        """As the base class does it, with line ends as ` | ` and other controls as Python writes them."""
        return _CONTROLS.sub(_shown, super().format(record))


class JsonLine(logging.Formatter):
    """The same as JSON: when, how grave, in which thread, what; and `fault`, the traceback of a defect."""

    def format(self, record: logging.LogRecord) -> str:
        """Every control character stands escaped, also those that JSON would allow."""
        event = {
            "time": datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "thread": record.threadName,
            "event": record.getMessage(),
        }
        if record.exc_info:
            event["fault"] = self.formatException(record.exc_info)
        return _CONTROLS.sub(_escaped, json.dumps(event, ensure_ascii=False))


class Journal(logging.StreamHandler[TextIO]):
    """To systemd's journal, which takes from the beginning of a line how grave it is (sd-daemon(3))."""

    def format(self, record: logging.LogRecord) -> str:
        """The line with its priority as in syslog."""
        return f"<{_PRIORITIES.get(record.levelno, 6)}>{super().format(record)}"


def _shown(control: re.Match[str]) -> str:
    return " | " if control[0] == "\n" else control[0].encode("unicode_escape").decode("ascii")


def _escaped(control: re.Match[str]) -> str:
    return f"\\u{ord(control[0]):04x}"


def usual_format() -> LogFormat:
    """Lines where a person reads them, on a terminal; JSON for systemd's journal, a pipe or a file."""
    return LogFormat.TEXT if sys.stderr.isatty() else LogFormat.JSON


def _is_the_journal(stream: TextIO) -> bool:
    """As systemd told of it (systemd.exec(5), $JOURNAL_STREAM): a child's pipe is none."""
    if not (journal := os.environ.get("JOURNAL_STREAM")):
        return False
    found = os.fstat(stream.fileno())
    return journal == f"{found.st_dev}:{found.st_ino}"


def log_to_stderr(level: int, form: LogFormat | None = None) -> None:
    """From now on what happens is told there."""
    handler = Journal() if _is_the_journal(sys.stderr) else logging.StreamHandler()
    text = OneLine("%(asctime)s %(levelname)-7s %(threadName)s: %(message)s")
    handler.setFormatter(text if (form or usual_format()) is LogFormat.TEXT else JsonLine())
    logging.basicConfig(level=level, handlers=[handler])
