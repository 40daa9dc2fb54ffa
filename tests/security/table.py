"""docs/security.md: its table of figures, a line for each test; what stands around it is written by people."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parents[2] / "docs" / "security.md"
HEAD = "| | what was sent | sent | got through | what was found |\n|---|---|--:|--:|---|\n"
_TABLE = re.compile(r"\| \| what was sent .*?\n(?=\n|\Z)", re.DOTALL)


def write(rows: list[dict[str, Any]]) -> None:
    """Renew these lines of the table; those of tests that were not run stay."""
    page = TARGET.read_text(encoding="utf-8")
    old = _TABLE.search(page)
    assert old is not None, f"{TARGET} has no table"
    lines = {(line.split("|")[1].strip(), line.split("|")[2].strip()): line for line in old[0].splitlines()[2:]}
    lines |= {
        (row["attack"], row["what"]): "| " + " | ".join(str(part) for part in row.values()) + " |" for row in rows
    }
    body = "\n".join(lines[key] for key in sorted(lines, key=lambda key: (_number(key[0]), key[1])))
    TARGET.write_text(page[: old.start()] + HEAD + body + "\n" + page[old.end() :], encoding="utf-8")


def order(row: dict[str, Any]) -> tuple[int, str]:
    """S2 before S10."""
    return _number(row["attack"]), row["what"]


def _number(attack: str) -> int:
    return int(re.sub(r"\D", "", attack.partition(",")[0]) or 0)
