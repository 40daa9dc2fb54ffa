"""systemd/mailgate.service, as systemd itself reads it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.rig.house import ROOT

UNIT = ROOT / "systemd" / "mailgate.service"
EXPOSURE_MOST = 1.5
"""Of 10, as `systemd-analyze security` counts."""

analyzed = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here: apt-get install systemd"
)


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    """systemd-analyze."""
    return subprocess.run(["systemd-analyze", *words], capture_output=True, encoding="utf-8", timeout=60, check=False)


def settings() -> list[str]:
    """The names of its settings, as often as they stand there."""
    return re.findall(r"^([A-Za-z]+)=", UNIT.read_text(), re.MULTILINE)


@analyzed
def test_it_exposes_little() -> None:
    found = analyze("security", "--offline=yes", "--no-pager", str(UNIT)).stdout

    exposure = float(re.findall(r"Overall exposure level for mailgate\.service: ([0-9.]+)", found)[0])

    assert exposure <= EXPOSURE_MOST, found


@analyzed
def test_it_is_right(tmp_path: Path) -> None:
    """Where nothing is installed systemd would miss the program, so one that is there stands for it."""
    text, count = re.subn(r"/opt/mailgate/bin/mailgate", "/bin/true", UNIT.read_text())
    (tmp_path / UNIT.name).write_text(text)

    done = analyze("verify", "--man=no", str(tmp_path / UNIT.name))

    assert count >= 2
    assert (done.returncode, done.stderr) == (0, "")


def test_it_hides_nothing_that_the_daemon_reads() -> None:
    """ProcSubset=pid takes /proc/sys away, and with it how one running system is told from another."""
    assert "/proc/sys/" in (ROOT / "mailgate" / "daemon" / "holder.py").read_text()
    assert "ProcSubset" not in settings()


def test_its_settings_are_words_that_stand_once() -> None:
    keys = settings()

    assert {key for key in keys if keys.count(key) > 1} <= {"SystemCallFilter", "LoadCredential"}
