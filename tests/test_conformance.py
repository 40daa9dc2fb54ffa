"""Every clause of the Rules has its words, its tests and its notice, and docs/conformance.md says so."""

from __future__ import annotations

import pytest

from mailgate.rules.notices import NOTICES
from scripts import conformance
from scripts.conformance import CLAUSES, Clause

FOUND = conformance.found_tests()


def test_the_page_is_what_the_script_writes():
    assert conformance.PAGE.read_text(encoding="utf-8") == conformance.page(), "run scripts/conformance.py"


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.id)
def test_no_clause_is_empty(clause: Clause):
    played = [test for test in FOUND.get(clause.prefix, []) if test.file.startswith("wire/")]

    assert played, f"no test in tests/wire plays {clause.id}"
    assert clause.does
    assert clause.notices or clause.instead
    assert set(clause.notices) <= set(NOTICES)


def test_no_test_names_a_clause_that_the_rules_do_not_have():
    assert set(FOUND) <= {clause.prefix for clause in CLAUSES}
