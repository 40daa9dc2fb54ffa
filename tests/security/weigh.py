"""One hostile message in a process of its own: what it costs, what became of it, and of an honest one behind it.

`python -m tests.security.weigh CONFIG DATABASE FILE`, or FILE `-` for the honest one alone, prints a JSON document.
"""

from __future__ import annotations

import json
import re
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
    Path("/proc/self/clear_refs").write_text("5")  # from here on the most is counted anew
    before, start = megabytes("VmRSS"), time.process_time()
    mail = hand.receive(Path(file).read_bytes()) if file != "-" else hand.write(IVAN, "Второй", "Ещё один.")
    seconds, most = time.process_time() - start, megabytes("VmHWM")
    behind = hand.write(IVAN, "За ним", "Честное письмо.")
    return {
        "seconds": round(seconds, 2),
        "more_mb": most - before,
        "mb": most,
        "decision": mail.decision,
        "reason": mail.reason,
        "told": len(hand.told(name="staff_quarantine")),
        "behind": behind.decision,
    }


def megabytes(which: str) -> int:
    """`VmRSS`, what this process holds now; `VmHWM`, the most it held. (`getrusage` counts its parent's too.)"""
    found = re.search(rf"{which}:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) // 1024


if __name__ == "__main__":
    print(json.dumps(weigh(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])))
