"""docs/templates.md names every fact that a template may name."""

from __future__ import annotations

from scripts import templates_page


def test_the_table_is_what_the_script_writes() -> None:
    page = templates_page.PAGE.read_text(encoding="utf-8")

    assert templates_page.table() in page, "run scripts/templates_page.py"
