"""`make fuzz ENGINE=atheris SECONDS=60`: the same readers, by an engine that is led by which code an input reaches.

Atheris (libFuzzer) changes replies of mail programs bit by bit. The first byte says which reader gets the rest. It ends
at the first fault with the input kept in a file.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["mailgate"]):
    from mailgate.message.charset import clean
    from tests.fuzz.tally import Tally, keep
    from tests.fuzz.targets import TEXTS, mail
    from tests.message.replies import replies

NAMES = ("mail", *sorted(TEXTS))
_EVERY = 97
"""One in so many of the made-up replies is a seed."""
_LONGEST = 20_000


def seeds(folder: Path) -> None:
    """What the engine starts from: mail, and the text of it for every other reader."""
    for number, reply in enumerate(list(replies())[::_EVERY]):
        for place in {0, number % len(NAMES)}:
            (folder / f"{number}-{place}").write_bytes(bytes((place,)) + reply.raw)
    for place, text in (
        (NAMES.index("parse_orders"), "!готово\nСделано."),
        (NAMES.index("parse_term"), "3 рабочих дня"),
    ):
        (folder / f"text-{place}").write_bytes(bytes((place,)) + text.encode())


def main() -> None:
    """Tries for so long. The engine ends the process itself: 0 where nothing was found."""
    options = argparse.ArgumentParser(prog="python -m tests.fuzz.guided", description=(__doc__ or "").split("\n")[0])
    options.add_argument("--seconds", type=int, default=60)
    seconds = options.parse_args().seconds
    tally = Tally(time.monotonic() + seconds)

    def once(data: bytes) -> None:
        name, rest = NAMES[data[0] % len(NAMES)] if data else "mail", data[1:]
        text = clean(rest.decode("utf-8", "replace"))
        try:
            if name == "mail":
                tally.try_one(name, lambda: mail(rest), rest)
            else:
                tally.try_one(name, lambda: TEXTS[name](text), text)
        except Exception as fault:
            fault.add_note(f"{name} with the input kept in {keep(rest if name == 'mail' else text)}")
            raise

    with tempfile.TemporaryDirectory() as folder:
        seeds(Path(folder))
        limits = (f"-max_total_time={seconds}", f"-max_len={_LONGEST}", "-verbosity=0", "-print_final_stats=1")
        atheris.Setup([sys.argv[0], *limits, folder], once)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
