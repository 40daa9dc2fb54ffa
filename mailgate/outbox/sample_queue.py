"""The made-up queue of the sample notices to staff."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]
REGISTERED, ASKED, INFO_DUE = "2026-11-23T06:48:00+00:00", "2026-11-23T07:05:00+00:00", "2026-11-26T15:00:00+00:00"


def queue(client: str, subject: str, second_subject: str) -> Row:
    """A request whose target is near, one that is late, and one that waits for its client."""
    row: Row = {"number": "SD-2026-000042", "kind": "requests", "subject": subject, "priority": "high"}
    row |= {"status": "in_progress", "client_name": client, "age": 93_600, "deadline_at": None, "late": False}
    row |= {"target": {"what": "completion", "due_at": ASKED, "late": False}}
    second: Row = {"number": "SD-2026-000043", "priority": "medium", "status": "awaiting_third_party", "late": True}
    second |= {"deadline_at": REGISTERED, "subject": second_subject, "age": 12 * 86_400}
    third: Row = {"number": "SD-2026-000031", "priority": "low", "status": "awaiting_info"}
    third |= {"deadline_at": INFO_DUE, "subject": second_subject, "age": 5 * 86_400}
    return {"rows": [row, row | second, row | third], "late": 1, "due_today": 0}
