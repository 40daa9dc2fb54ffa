"""The command that writes docs/reading.md, tried on a corpus of two made-up messages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("corpus.py")
MAILS = {
    "right.eml": (
        "From: Ivan <ivan@alfa.example>\nSubject: Printer\nMessage-ID: <1@alfa.example>\n\nIt is broken.\n",
        {"kind": "request", "subject": "Printer", "from_addr": "ivan@alfa.example", "message_id": "1@alfa.example"},
    ),
    "wrong.eml": (
        "From: Anna <anna@beta.example>\nSubject: Re: Printer\n\nStill broken.\n\n> It works.\n",
        {"kind": "reply", "subject": "Scanner", "new_text": "Still broken.", "text_must_contain": ["no such words"],
         "optional": ["text"]},
    ),
}  # fmt: skip


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    labels = []
    for name, (mail, label) in MAILS.items():
        (tmp_path / name).write_text(mail)
        labels.append(json.dumps({"file": name} | label))
    (tmp_path / "labels.jsonl").write_text("\n".join(labels) + "\n")
    return tmp_path


def run(corpus: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command on that corpus."""
    environment = {**os.environ, "MAILGATE_CORPUS": str(corpus)}
    return subprocess.run([sys.executable, SCRIPT, *words], env=environment, capture_output=True, text=True)


def test_the_page_tells_accuracy_and_cost(corpus: Path, tmp_path: Path) -> None:
    page = tmp_path / "reading.md"

    done = run(corpus, "--write", str(page))

    assert done.returncode == 0, done.stderr
    text = page.read_text()
    assert "a corpus of 2 " in text
    assert "| kind |" in text
    assert "| 2 | 2 | 1.000 |" in text
    assert "| subject | the subject, decoded | 2 | 1 | 0.500 |" in text
    assert "1 times." in text
    assert "| CPU, ms |" in text
    assert "| memory, KiB |" in text


def test_wrong_fields_are_shown(corpus: Path) -> None:
    done = run(corpus, "--wrong", "subject")

    assert "wrong.eml" in done.stdout
    assert "'Scanner'" in done.stdout
    assert "right.eml" not in done.stdout


def test_without_a_corpus_it_says_how_to_name_one(tmp_path: Path) -> None:
    done = run(tmp_path)

    assert (done.returncode, "MAILGATE_CORPUS" in done.stderr) == (2, True)
