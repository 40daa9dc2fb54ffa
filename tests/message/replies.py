"""Replies of mail programs, made up and read: `python -m tests.message.replies` prints what is read rightly.

A reply is known by its program, its language and what its writer newly wrote. It is right where the new text is found
word for word; `--wrong PROGRAM` shows those that are not.
"""

from __future__ import annotations

import argparse
import email.policy
import itertools
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage

from mailgate.message.body import new_text
from mailgate.message.classify import read
from mailgate.message.model import Kind
from mailgate.message.parse import parse
from tests.message.programs import GREETS, PROGRAMS, QUOTED, Words
from tests.message.tongues import ADDR, TONGUES


@dataclass(frozen=True)
class Reply:
    """One message, and what is new in it."""

    program: str
    tongue: str
    raw: bytes
    expected: str


def replies() -> Iterator[Reply]:
    """Every program in every language with every text, with and without a signature."""
    for (program, compose), (code, tongue) in itertools.product(PROGRAMS.items(), TONGUES.items()):
        for number, new in enumerate(tongue.prose):
            for sign in (False, True):
                text = compose(Words(tongue, new, QUOTED[(number + sign) % 2], sign))
                yield Reply(program, code, _mail(text), GREETS.get(program, "") + new)


def _mail(text: str) -> bytes:
    message = EmailMessage(policy=email.policy.SMTP.clone(max_line_length=998))
    message["From"], message["To"], message["Subject"] = "Ivan <ivan@alfa.example>", ADDR, "Re: [SD-2026-000042] Portal"
    message["In-Reply-To"] = "<1@desk.example>"
    message.set_content(text, subtype="html" if text.startswith("<") else "plain", cte="8bit")
    return message.as_bytes()


def is_right(reply: Reply) -> bool:
    """Whether the new text is found word for word, and a person's mail taken for one."""
    return found(reply) == spaced(reply.expected)


def found(reply: Reply) -> str:
    message = parse(reply.raw)
    return spaced(new_text(message)) if read(message).kind is Kind.REPLY else "not taken for a reply"


def spaced(text: str) -> str:
    """Without empty lines and blanks at line ends, which HTML does not carry."""
    return "\n".join(line.strip() for line in text.split("\n") if line.strip())


def shares() -> tuple[dict[str, list[bool]], dict[str, list[bool]]]:
    """What was read rightly, by program and by language."""
    by_program: dict[str, list[bool]] = defaultdict(list)
    by_tongue: dict[str, list[bool]] = defaultdict(list)
    for reply in replies():
        right = is_right(reply)
        by_program[reply.program].append(right)
        by_tongue[reply.tongue].append(right)
    return by_program, by_tongue


def main() -> int:
    """Prints the shares, or the wrong ones of some programs."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("--wrong", metavar="PROGRAM", nargs="+", choices=PROGRAMS)
    for reply in replies() if (wanted := options.parse_args().wrong) else ():
        if reply.program in wanted and not is_right(reply):
            print(
                f"{reply.program}, {reply.tongue}\n  expected {spaced(reply.expected)!r}\n  found    {found(reply)!r}"
            )
    for table in () if wanted else shares():
        for name, results in table.items():
            print(f"{name:20}{len(results):6}{sum(results):6}{sum(results) / len(results):8.3f}")
        print(f"{'all':20}{sum(map(len, table.values())):6}{sum(sum(results) for results in table.values()):6}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
