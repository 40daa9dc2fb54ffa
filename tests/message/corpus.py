"""How well mailgate reads real mail: the share of each labelled field that it gets right, and the time it takes.

    python tests/message/corpus.py [--wrong FIELD | --write docs/reading.md]

The folder of messages with its `labels.jsonl` is named by MAILGATE_CORPUS.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from mailgate.message.body import new_text  # noqa: E402
from mailgate.message.classify import read  # noqa: E402
from mailgate.message.guard import Sound, inspect  # noqa: E402
from mailgate.message.model import Bounce, IncomingMessage  # noqa: E402
from mailgate.message.parse import parse  # noqa: E402
from tests.message.reading_page import cost, page  # noqa: E402

CORPUS = Path(os.environ.get("MAILGATE_CORPUS", ROOT.parent / "shared" / "corpus"))
PERSONAL = frozenset({"request", "reply"})
Label = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """One message as it was read, with what its label says."""

    label: Label
    message: IncomingMessage
    kind: str
    new_text: str
    bounce: Bounce | None
    automatic: str | None
    sound: bool
    seconds: float
    raw: bytes


@dataclass(frozen=True, slots=True)
class Wrong:
    """A field that was read otherwise than its label says."""

    file: str
    expected: object
    found: object


def readings(corpus: Path = CORPUS) -> Iterator[Reading]:
    """Reads every labelled message; the CPU time covers guard, parse, new text and classification."""
    with (corpus / "labels.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            label = json.loads(line)
            raw = (corpus / label["file"]).read_bytes()
            started = time.process_time()
            sound = inspect(raw) == Sound()
            message = parse(raw)
            found, written = read(message), new_text(message)
            spent = time.process_time() - started
            yield Reading(label, message, found.kind, written, found.bounce, found.automatic, sound, spent, raw)


def squeezed(text: str) -> str:
    """White space does not count in comparisons."""
    return " ".join(text.split())


def _kind(reading: Reading) -> tuple[bool, object, object] | None:
    label = reading.label
    if "kind" in label:
        accepted = label.get("kind_accept", [label["kind"]])
        return reading.kind in accepted, accepted, reading.kind
    if "kind_not" in label:
        return reading.kind not in label["kind_not"], f"not {label['kind_not']}", reading.kind
    return None


def _subject(reading: Reading) -> tuple[bool, object, object] | None:
    label, found = reading.label, squeezed(reading.message.subject)
    if "subject" in label:
        return found == squeezed(label["subject"]), label["subject"], found
    if "subject_must_contain" in label:
        return _contains(found, label["subject_must_contain"]), label["subject_must_contain"], found[:200]
    return None


def _sender(reading: Reading) -> tuple[bool, object, object] | None:
    if "from_addr" not in reading.label:
        return None
    found = reading.message.from_[0].addr if reading.message.from_ else ""
    return found.lower() == reading.label["from_addr"].lower(), reading.label["from_addr"], found


def _message_id(reading: Reading) -> tuple[bool, object, object] | None:
    if "message_id" not in reading.label:
        return None
    return (
        reading.message.message_id == reading.label["message_id"],
        reading.label["message_id"],
        reading.message.message_id,
    )


def _text(reading: Reading) -> tuple[bool, object, object] | None:
    label, found = reading.label, squeezed(reading.message.text)
    wanted, unwanted = label.get("text_must_contain"), label.get("text_must_not_contain")
    if wanted is None and unwanted is None:
        return None
    right = _contains(found, wanted or ()) and not any(squeezed(text) in found for text in unwanted or ())
    return right, (wanted, unwanted), found[:300]


def _new_text(reading: Reading) -> tuple[bool, object, object] | None:
    if "new_text" not in reading.label:
        return None
    found = squeezed(reading.new_text)
    return found == squeezed(reading.label["new_text"]), reading.label["new_text"], found[:600]


def _new_text_parts(reading: Reading) -> tuple[bool, object, object] | None:
    label, found = reading.label, squeezed(reading.new_text)
    wanted, unwanted = label.get("new_text_must_contain"), label.get("new_text_must_not_contain")
    if wanted is None and unwanted is None:
        return None
    right = _contains(found, wanted or ()) and not any(squeezed(text) in found for text in unwanted or ())
    return right, (wanted, unwanted), found[:600]


def _contains(found: str, wanted: list[str] | tuple[str, ...]) -> bool:
    return all(squeezed(text) in found for text in wanted)


def _attachments(reading: Reading) -> tuple[bool, object, object] | None:
    label = reading.label
    names = [attachment.name for attachment in reading.message.attachments]
    if "attachments_count" in label:
        bad = any(part in name for part in label.get("attachment_names_must_not_contain", ()) for name in names)
        return len(names) == label["attachments_count"] and not bad, label["attachments_count"], names
    if "attachments" not in label:
        return None
    wanted: Counter[str] = Counter(label["attachments"])
    spare: Counter[str] = Counter(label.get("attachments_optional", ()))
    missing = wanted - spare - Counter(names)
    extra = Counter(names) - wanted - spare
    right = not missing and (not extra or label.get("attachments_extra_ok", False))
    return right, (label["attachments"], label.get("attachments_optional")), names


def _recipients(reading: Reading) -> tuple[bool, object, object] | None:
    label = reading.label
    found = {address.lower() for address in reading.bounce.recipients} if reading.bounce else set()
    if "bounce_recipient" in label:
        wanted = {address.lower() for address in label["bounce_recipient"]}
        return wanted == found, sorted(wanted), sorted(found)
    if "bounce_recipient_any" in label:
        wanted = {address.lower() for address in label["bounce_recipient_any"]}
        return bool(wanted & found), f"any of {sorted(wanted)}", sorted(found)
    return None


def _bounce_class(reading: Reading) -> tuple[bool, object, object] | None:
    label, found = reading.label, reading.bounce.cls if reading.bounce else None
    if label.get("bounce_final") is False:
        return found in {"delayed", "soft"}, "delayed", found
    if "bounce_class" in label:
        return found == label["bounce_class"], label["bounce_class"], found
    if label.get("bounce_final"):
        return found != "delayed", "final", found
    return None


def _person(reading: Reading) -> tuple[bool, object, object] | None:
    """No person's mail is taken for a machine's."""
    if reading.label.get("kind") not in PERSONAL:
        return None
    return reading.kind not in {"auto_reply", "bounce"}, "a person's", reading.kind


def _machine(reading: Reading) -> tuple[bool, object, object] | None:
    """Everything that is a machine's must never be answered."""
    if set(reading.label.get("kind_accept", [reading.label.get("kind")])) & {"request", "reply", None}:
        return None
    return reading.automatic is not None, "must not be answered", reading.automatic


def _guard(reading: Reading) -> tuple[bool, object, object] | None:
    return reading.sound, "sound", inspect(reading.raw)


FIELDS: dict[str, Callable[[Reading], tuple[bool, object, object] | None]] = {
    "kind": _kind,
    "person": _person,
    "automatic": _machine,
    "subject": _subject,
    "from_addr": _sender,
    "message_id": _message_id,
    "text": _text,
    "new_text": _new_text,
    "new_text_parts": _new_text_parts,
    "attachments": _attachments,
    "bounce_recipient": _recipients,
    "bounce_class": _bounce_class,
    "guard": _guard,
}


def judge(found: list[Reading]) -> dict[str, tuple[int, list[Wrong]]]:
    """For each field: how many messages are labelled with it, and which were read wrongly.

    A field on which the label allows to fail counts only where it is right.
    """
    results: dict[str, tuple[int, list[Wrong]]] = {}
    for field, check in FIELDS.items():
        count, wrong = 0, []
        for reading in found:
            outcome = check(reading)
            if outcome is None or (not outcome[0] and field in reading.label.get("optional", ())):
                continue
            count += 1
            if not outcome[0]:
                wrong.append(Wrong(reading.label["file"], outcome[1], outcome[2]))
        results[field] = (count, wrong)
    return results


def excused(found: list[Reading]) -> int:
    """How often a field was read wrongly on which the label allows to fail."""
    wrong = ((reading.label, field, check(reading)) for field, check in FIELDS.items() for reading in found)
    return sum(
        1 for label, field, outcome in wrong if outcome and not outcome[0] and field in label.get("optional", ())
    )


def write(file: Path, found: list[Reading]) -> None:
    """The page with accuracy and cost."""
    costs = [cost(str(reading.label.get("kind", "undecided")), reading.raw) for reading in found]
    file.write_text(page(judge(found), excused(found), costs, datetime.now(UTC).date()), encoding="utf-8")


def main() -> int:
    """Prints the table, or the wrong ones of a field, or writes the page."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    options.add_argument("--wrong", metavar="FIELD", nargs="+", choices=FIELDS)
    options.add_argument("--write", metavar="PAGE", type=Path)
    chosen = options.parse_args()
    wanted = chosen.wrong
    if not CORPUS.joinpath("labels.jsonl").exists():
        print(f"no corpus at {CORPUS}: set MAILGATE_CORPUS", file=sys.stderr)
        return 2
    found = list(readings())
    if chosen.write:
        write(chosen.write, found)
        return 0
    results = judge(found)
    for field in wanted or ():
        for wrong in results[field][1]:
            print(f"{field}: {wrong.file}\n  expected {wrong.expected!r}\n  found    {wrong.found!r}")
    if wanted:
        return 0
    print(f"{'field':18}{'n':>5}{'right':>7}{'share':>8}")
    for field, (count, missed) in results.items():
        right = count - len(missed)
        print(f"{field:18}{count:5}{right:7}{right / count if count else 1:8.3f}")
    times = sorted(reading.seconds * 1000 for reading in found)
    worst = max(found, key=lambda reading: reading.seconds)
    print(f"CPU per message: median {statistics.median(times):.2f} ms, 95 % {times[int(len(times) * 0.95)]:.2f} ms, "
          f"worst {times[-1]:.0f} ms ({worst.label['file']})")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
