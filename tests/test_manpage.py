"""docs/mailgate.1 tells of the commands as they are."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess

import pytest

from tests.rig.house import ROOT

PAGE = ROOT / "docs" / "mailgate.1"


def test_the_man_page_is_current() -> None:
    written = runpy.run_path(str(ROOT / "scripts" / "manpage.py"))["page"]()

    assert PAGE.read_text() == written, "write it anew: .venv/bin/python scripts/manpage.py"


def test_every_command_stands_on_it_with_words() -> None:
    sections = re.findall(r'^\.SS "mailgate ([^"]+?)(?: \[OPTIONS\].*)?"\n(.+)$', PAGE.read_text(), re.MULTILINE)

    assert {"run", "init", r"auth login", r"requests list", "db backup"} <= {
        words.split(" {")[0] for words, _ in sections
    }
    assert [words for words, told in sections if told.startswith(".")] == []


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not here: apt-get install groff")
def test_it_is_sound_roff() -> None:
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-W", "break", str(PAGE)],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "Sign in to a mailbox in a browser" in " ".join(done.stdout.split())
