"""The clock that tests set: the hour is another, seconds last as long as ever."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from tests.rig import clock

PROGRAM = """
import asyncio, threading, time, datetime
print(datetime.datetime.now(datetime.UTC).date())
began, told = time.monotonic(), time.time()
threading.Event().wait(0.2)
asyncio.run(asyncio.wait_for(asyncio.sleep(0.2), 5))
print(time.monotonic() - began, time.time() - told)
"""


def test_the_hour_is_another_and_seconds_last_as_long_as_ever():
    env = os.environ | clock.environment(-20 * 365 * 86400)
    began = time.monotonic()

    said = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=True)

    date, lasted = said.stdout.splitlines()
    assert int(date[:4]) == time.gmtime().tm_year - 20
    assert all(0.4 <= float(seconds) < time.monotonic() - began for seconds in lasted.split())
