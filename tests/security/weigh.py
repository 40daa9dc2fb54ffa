"""One hostile message in a process of its own: what it costs, what became of it, and of an honest one behind it.

`python -m tests.security.weigh CONFIG DATABASE FILE`, or FILE `-` for the honest one alone, prints a JSON document.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from mailgate.store.database import Database
from tests.rig.hand import DeskInHand
from tests.rig.house import IVAN


def weigh(config: Path, database: Path, file: str) -> dict[str, object]:
    """Seconds of processor, and the most memory in MB, of the message and of the whole process."""
    hand = DeskInHand(config, Database(f"sqlite:///{database}"))
    hand.write(IVAN, "Первый", "Чтобы всё было загружено.")
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.process_time()
    mail = hand.receive(Path(file).read_bytes()) if file != "-" else hand.write(IVAN, "Второй", "Ещё один.")
    seconds, after = time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF)
    behind = hand.write(IVAN, "За ним", "Честное письмо.")
    return {
        "seconds": round(seconds, 2),
        "more_mb": (after.ru_maxrss - before.ru_maxrss) // 1024,
        "mb": after.ru_maxrss // 1024,
        "decision": mail.decision,
        "reason": mail.reason,
        "told": len(hand.told(name="staff_quarantine")),
        "behind": behind.decision,
    }


if __name__ == "__main__":
    print(json.dumps(weigh(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])))
