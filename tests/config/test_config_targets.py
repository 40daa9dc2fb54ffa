"""3.9: `[targets]` and `[client.targets]`: what is promised, and what is wrong with it."""

from __future__ import annotations

import pytest

from mailgate.config import Targets
from mailgate.rules.targets import ServiceTarget, Share
from mailgate.rules.terms import Term
from mailgate.rules.vocabulary import Priority, Unit
from tests.config.conftest import Folder

TARGETS = """
[targets]
warning = "1 working hour"
critical = { answer = "1 working hour", completion = "8 working hours" }
low = { completion = "5 working days" }
"""
OWN = """
[client.targets.critical]
answer = "2 working hours"
"""
HOURS, DAYS = Unit.WORKING_HOURS, Unit.WORKING_DAYS
WARNING = 'warning = "1 working hour"'
WORKING = 'working time with its unit: "1 working hour" or "2 working days"'


def with_targets(folder: Folder, targets: str = TARGETS, own: str = "") -> Folder:
    for name, more in (("mailgate.toml", targets), ("clients.toml", own)):
        folder.write(name, (folder.path / name).read_text() + more)
    return folder


def test_without_a_table_there_are_no_targets(folder: Folder) -> None:
    assert folder.load().targets is None


def test_3_9_a_client_comes_before_the_desk_and_only_in_what_it_names(folder: Folder) -> None:
    config = with_targets(folder, own=OWN).load()
    targets, client = config.targets, config.people.clients["alfa"].targets
    assert isinstance(targets, Targets)

    assert targets.promised(Priority.CRITICAL, None) == ServiceTarget(Term(HOURS, 1), Term(HOURS, 8))
    assert targets.promised(Priority.CRITICAL, client) == ServiceTarget(Term(HOURS, 2), Term(HOURS, 8))
    assert targets.promised(Priority.LOW, client) == ServiceTarget(None, Term(DAYS, 5))
    assert targets.promised(Priority.HIGH, client) == ServiceTarget()


@pytest.mark.parametrize(
    ("line", "warning"),
    [
        ('warning = "20 %"', Share(20)),
        ('warning = "5%"', Share(5)),
        ('warning = "1 working day"', Term(DAYS, 1)),
        ("", Share(20)),
    ],
)
def test_3_9_the_warning_is_a_share_or_a_term(folder: Folder, line: str, warning: object) -> None:
    targets = with_targets(folder, f"\n[targets]\n{line}\n").load().targets

    assert targets is not None
    assert targets.warning == warning


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"1 working hour", c', '"3 calendar days", c', f'answer = "3 calendar days"; write {WORKING}'),
        ('"1 working hour", c', '"1 day", c', f'answer = "1 day"; write {WORKING}'),
        ('"1 working hour", c', '"0 working days", c', f'answer = "0 working days"; write {WORKING}. The term'),
        (WARNING, 'warning = "0 %"', f'warning = "0 %"; write a share of the time, "20 %", or {WORKING}'),
        (WARNING, 'warning = "30s"', f'warning = "30s"; write a share of the time, "20 %", or {WORKING}'),
        ("critical", "crtical", 'unknown key "crtical" in [targets]; did you mean "critical"?'),
        ("{ completion", "{ complete", 'unknown key "complete" in [targets.low]; did you mean "completion"?'),
        ('low = { completion = "5 working days" }', "low = 5", "low = 5; write a table such as { answer ="),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(folder: Folder, old: str, new: str, said: str) -> None:
    with_targets(folder)
    line = folder.replace("mailgate.toml", old, new)

    assert any(problem.startswith(f"mailgate.toml:{line}: {said}") for problem in folder.problems()), folder.problems()


def test_targets_of_a_client_need_the_table_of_the_desk(folder: Folder) -> None:
    with_targets(folder, targets="", own=OWN)

    (problem,) = folder.problems()

    assert problem.startswith("clients.toml:16: targets of a client, but the desk has none; add [targets] to ")
