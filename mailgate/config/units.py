"""Durations, sizes and hours as people write them in the configuration: always with their unit."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Final

from mailgate.config.problems import Wrong

DURATION: Final = 'a number with its unit: "30s", "5min", "2h" or "5d"'
SIZE: Final = 'a number with its unit: "512 KiB" or "25 MiB"'
HOURS: Final = 'opening and closing time: "09:00-18:00"'

_SECONDS = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}
_BYTES = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_DURATION = re.compile(r"([0-9]{1,7}) ?(s|min|h|d)")
_SIZE = re.compile(r"([0-9]{1,7}) ?(B|KiB|MiB|GiB)")
_HOURS = re.compile(r"([0-9]{1,2}):([0-9]{2}) ?[-–] ?([0-9]{1,2}):([0-9]{2})")


def parse_duration(text: object) -> timedelta:
    """`"30s"`, `"5min"`, `"2h"`, `"5d"`. Raises Wrong for anything else, also for a bare number."""
    if isinstance(text, timedelta):
        return text
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise Wrong(DURATION)
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


def parse_size(text: object) -> int:
    """Bytes of `"25 MiB"`. Raises Wrong for anything else, also for a bare number."""
    match = _SIZE.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise Wrong(SIZE)
    return int(match[1]) * _BYTES[match[2]]


def parse_hours(text: object) -> tuple[time, time]:
    """Opening and closing of `"09:00-18:00"`; a closing at 24:00 is midnight after the day. Raises Wrong."""
    match = _HOURS.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise Wrong(HOURS)
    opens, closes = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if not 0 <= opens < closes <= 1_440 or int(match[2]) > 59 or int(match[4]) > 59:
        raise Wrong(f"{HOURS}, the opening before the closing, between 00:00 and 24:00")
    return time(*divmod(opens, 60)), time(*divmod(closes % 1_440, 60))
