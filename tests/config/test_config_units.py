"""Durations, sizes and hours."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from mailgate.config.problems import Wrong
from mailgate.config.units import parse_duration, parse_hours, parse_size


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("0s", 0), ("5min", 300), ("5 min", 300), ("2h", 7_200), ("5d", 432_000)]
)
def test_durations(text, seconds):
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "30", 30, True, "5m", "-1s", "1.5h", "5 days", "30S", "٣s", "30s\n", "99999999s"])
def test_what_is_no_duration(text):
    with pytest.raises(Wrong, match='"30s", "5min", "2h" or "5d"'):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "count"), [("1 B", 1), ("512 KiB", 524_288), ("25MiB", 26_214_400), ("1 GiB", 1_073_741_824)]
)
def test_sizes(text, count):
    assert parse_size(text) == count


@pytest.mark.parametrize("text", ["", "25", 25, "25 MB", "25 mib", "-1 B", "1.5 MiB", None])
def test_what_is_no_size(text):
    with pytest.raises(Wrong, match='"512 KiB" or "25 MiB"'):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("09:00-18:00", (time(9), time(18))),
        ("9:30 - 17:45", (time(9, 30), time(17, 45))),
        ("00:00-24:00", (time(0), time(0))),
        ("08:00–20:00", (time(8), time(20))),
    ],
)
def test_hours(text, hours):
    assert parse_hours(text) == hours


@pytest.mark.parametrize("text", ["", "09:00", "18:00-09:00", "09:00-09:00", "09:60-18:00", "09:00-24:01", "9-18", 9])
def test_what_are_no_hours(text):
    with pytest.raises(Wrong, match='opening and closing time: "09:00-18:00"'):
        parse_hours(text)
