#!/usr/bin/env python3
"""Writes docs/conformance.md: every clause of the Rules, what mailgate does, the tests that show it, the notice sent.

    scripts/conformance.py

Tests are found by their names: `test_3_4_…` shows clause 3.4, `test_terms_…` the terms, `test_appendix_1_…` Appendix 1.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from mailgate.outbox.compose import environment, subject_of, text_of  # noqa: E402
from mailgate.outbox.samples import sample  # noqa: E402

PAGE = ROOT / "docs" / "conformance.md"
TEMPLATES = environment(ROOT / "templates", zone=ZoneInfo("Europe/Minsk"))
_NAME = re.compile(r"test_(\d_\d+|terms|appendix_\d)_")


@dataclass(frozen=True, slots=True)
class Clause:
    """One row: the clause, what mailgate does, and the notices by which people see it."""

    id: str
    does: str
    notices: tuple[str, ...] = ()
    instead: str = ""
    """What there is to see where no notice goes out."""

    @property
    def prefix(self) -> str:
        """What the names of its tests begin with, after `test_`."""
        return self.id.lower().replace(".", "_").replace(" ", "_")


@dataclass(frozen=True, slots=True)
class Shown:
    """One test, by its file under `tests/` and its name."""

    file: str
    name: str


CLAUSES = (
    Clause("3.1",
           "Mail to any of several mailboxes, gateways for portal, form and SMDO, letters and calls entered by "
           "staff; every request keeps its channel", ("registered",)),
    Clause("3.2", "Field lines in three languages are read and stay in the text; the notice says back what was "
           "understood and what is missing; attachments are kept byte for byte and go to staff",
           ("registered", "staff_new")),
    Clause("3.3",
           "A number, a type, a priority and the hour at once; a mailed submission is Unclassified, the client's"
           " own word for its type is a suggestion", ("registered",)),
    Clause("3.4", "A call is registered only from an authorised number, when critical, and when the client cannot "
           "write; otherwise staff are told which condition failed", ("staff_error",)),
    Clause("3.5", "Anything else is not registered; the journal keeps the attempt and its reason (`mailgate why`)",
           ("staff_error",)),
    Clause("3.6", "`!split` makes linked requests, `!merge` joins them; the client is told the numbers",
           ("split", "merged")),
    Clause("3.7", "To the contact's own mailbox; what comes back goes by itself to the client's preferred other one; "
           "where none works, staff are asked to use another way", ("staff_undeliverable",)),
    Clause("3.8", "The portal reads status, type, priority and correspondence, never an internal note",
           instead="`mailgate requests show NUMBER --public --json`"),
    Clause("3.9",
           "Working days and hours run on the operator's calendar: country, week, hours, decreed moves of days "
           "off", ("info_needed",)),
    Clause("3.10",
           "Only from authorised mailboxes of current contacts, proven by the mail server; anybody else is kept "
           "in quarantine and told once a day at most; machines and unproven senders are never answered",
           ("not_registered", "staff_quarantine")),
    Clause("3.11",
           "From the field line, `[срочно]` in the subject, or the mail's Importance or X-Priority; it counts as"
           " soon as the type is set", ("registered",)),
    Clause("4.1", "By priority, then by age: on `!queue`, in `requests list`, and in the digest of every working day",
           ("staff_queue", "staff_digest")),
    Clause("4.2", "Staff change type, urgency, impact, priority; the priority follows Appendix 2 unless set by hand",
           ("changed",)),
    Clause("4.3", "The client is told what changed, from what to what; no change, no notice", ("changed",)),
    Clause("4.4", "Every mail, change and author stands in the history, in order, for good",
           ("staff_done", "staff_reply")),
    Clause("4.5", "The client is told that work has begun", ("started",)),
    Clause("4.6",
           "The client is told what is needed and until when; the clock starts when that notice was accepted; a "
           "reminder one working day before; the answer restores the status", ("info_needed", "info_reminder")),
    Clause("4.7", "What staff add for the client goes to the client; a note never does", ("progress",)),
    Clause("4.8", "Without an answer the request is rejected, or staff are asked first; machines do not answer; an "
           "answer within ten days resumes", ("rejected", "staff_deadline")),
    Clause("4.9", "The client is told that the trouble lies elsewhere and no result is promised", ("out_of_scope",)),
    Clause("4.10", "The client is told that it depends on somebody else, and until when; past it staff are reminded",
           ("third_party",)),
    Clause("4.11", "What was agreed another way is entered by staff and shows in the history with its channel",
           ("closed",)),
    Clause("5.1",
           "The completion notice with two ready answers; reasons resume the work, a bare no is asked for them, "
           "a bare thank-you changes nothing; after the tenth calendar day it is closed; a reminder three days "
           "before", ("completed", "completion_reminder", "reasons_needed", "resumed")),
    Clause("5.2", "Confirmation closes at once and for good; a new question becomes a new, linked request",
           ("closed", "closed_is_final")),
    Clause("6.1", "Mail to the complaints mailbox is a complaint with its own numbers, from anybody; a contact's is "
           "linked to his client", ("complaint_registered",)),
    Clause("6.2",
           "Fifteen calendar days by default; staff are warned before the end and when it has passed; the answer"
           " ends the complaint", ("complaint_answered", "staff_deadline")),
    Clause("6.3", "A new term and what is being done are told; word at least once in ten working days, by itself if "
           "staff stay silent", ("complaint_extended", "complaint_progress")),
    Clause("6.4", "Those who handle complaints are a group of their own", ("staff_new",)),
    Clause("Terms",
           "The first day does not count; calendar days end at midnight, working days with the working hours; "
           "what fell due while the daemon was down is done once, in order", ("info_needed", "completed")),
    Clause("Appendix 1", "Ten types; 1 and 3 are set by the portal, mail and SMDO are 10, the rest is set by staff",
           ("staff_new",)),
    Clause("Appendix 2",
           "Priority from type, impact and urgency; technical support without an impact counts as partial, and "
           "staff are told", ("changed",)),
)  # fmt: skip


def found_tests() -> dict[str, list[Shown]]:
    """Every test that names a clause, by that clause's prefix, in the order of files and lines."""
    found: dict[str, list[Shown]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for name in _tests_in(path):
            if match := _NAME.match(name):
                found.setdefault(match[1], []).append(Shown(path.relative_to(ROOT / "tests").as_posix(), name))
    return found


def page() -> str:
    """docs/conformance.md as it should be."""
    found = found_tests()
    lines = [
        "# Clause by clause",
        "",
        "Written by `scripts/conformance.py`; a test keeps it so. Tests are found by their names; those in",
        "`tests/wire/clauses` play the clause by mail, through the daemon, between a real IMAP and a real SMTP server.",
        "",
        "| clause | what mailgate does | tests | what people see |",
        "|---|---|---|---|",
        *(_row(clause, found.get(clause.prefix, [])) for clause in CLAUSES),
        "",
        "## Tests",
        *(line for clause in CLAUSES for line in _tests_of(clause, found.get(clause.prefix, []))),
        "",
        "## Notices",
        "",
        "As text, in Russian, on made-up facts; those with pictures stand in [notices.md](notices.md).",
        *(line for notice in _without_picture() for line in _as_text(notice)),
    ]
    return "\n".join(lines) + "\n"


def _tests_in(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


def _row(clause: Clause, tests: list[Shown]) -> str:
    seen = ", ".join(_link(notice) for notice in clause.notices) or clause.instead
    return f"| {clause.id} | {clause.does} | [{len(tests)}](#{_anchor(clause)}) | {seen} |"


def _tests_of(clause: Clause, tests: list[Shown]) -> Iterator[str]:
    yield from ("", f"### Tests of {clause.id}", "")
    for file in dict.fromkeys(test.file for test in tests):
        yield f"- [{file}](../tests/{file})"
        yield from (f"  - {_words(test, clause)}" for test in tests if test.file == file)


def _words(test: Shown, clause: Clause) -> str:
    """The test's name, read aloud."""
    return test.name.removeprefix(f"test_{clause.prefix}_").replace("_", " ")


def _anchor(clause: Clause) -> str:
    return f"tests-of-{clause.id}".lower().replace(".", "").replace(" ", "-")


def _link(notice: str) -> str:
    return f"[{notice}](notices.md#{notice})" if _has_picture(notice) else f"[{notice}](#{notice})"


def _has_picture(notice: str) -> bool:
    return (ROOT / "docs" / "notices" / f"{notice}-ru-390.png").exists()


def _without_picture() -> list[str]:
    named = dict.fromkeys(notice for clause in CLAUSES for notice in clause.notices)
    return [notice for notice in named if not _has_picture(notice)]


def _as_text(notice: str) -> Iterator[str]:
    draft = sample(notice, "ru")
    yield from ("", f"### {notice}", "", "```", f"Тема: {subject_of(draft, TEMPLATES)}", "")
    yield from text_of(draft, TEMPLATES).rstrip("\n").splitlines()
    yield "```"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {len(CLAUSES)} clauses")
