#!/usr/bin/env python3
"""Writes the table of facts in docs/templates.md from the samples of the notices: scripts/templates_page.py."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from mailgate.outbox.samples import NAMES  # noqa: E402
from mailgate.outbox.variants import variants  # noqa: E402
from mailgate.rules.notices import NOTICES  # noqa: E402

PAGE = ROOT / "docs" / "templates.md"
BEGIN, END = "<!-- facts: begin -->\n", "<!-- facts: end -->\n"


def main() -> None:
    """Put the table between its two marks."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}{table()}{END}{after}", encoding="utf-8")


def table() -> str:
    """Each notice, the clause that asks for it, and what `detail` may hold."""
    rows = ["| notice | clause | `request` | `detail` |", "|---|---|---|---|"]
    for name in NAMES:
        drafts = list(variants(name, "ru"))
        about = "yes" if all(draft.facts["request"] for draft in drafts) else "maybe"
        about = about if any(draft.facts["request"] for draft in drafts) else "no"
        names = sorted({path for draft in drafts for path in paths(draft.facts["detail"])})
        rows.append(f"| `{name}` | {NOTICES[name].clause} | {about} | {', '.join(f'`{each}`' for each in names)} |")
    return "\n".join(rows) + "\n"


def paths(facts: Any, prefix: str = "") -> Iterator[str]:
    """Every name below a fact, dotted; `[]` stands for each of a list."""
    if isinstance(facts, dict):
        for name, value in facts.items():
            yield from paths(value, f"{prefix}.{name}" if prefix else name)
    elif isinstance(facts, list) and facts and isinstance(facts[0], dict):
        yield from paths(facts[0], f"{prefix}[]")
    else:
        yield prefix


if __name__ == "__main__":
    main()
