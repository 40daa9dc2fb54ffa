"""The command line: words in, tables or JSON out.

Exit codes: 0 done, 1 it failed, 2 the command line or the configuration is wrong.

Why: every command imports what it needs when it is called, so that `--help` and `explain` start fast.
"""

from __future__ import annotations

import gc
import io
import os
import re
import sys
from collections.abc import Sequence
from functools import cache

import typer

from mailgate.cli.app import app
from mailgate.cli.failure import Wrong, explain_failure

_UNDECODED = re.compile("[\udc80-\udcff]")
"""How Python gives bytes that are no UTF-8 (PEP 383)."""
GARBAGE = (50_000, 20, 50)
"""How seldom garbage is looked for: little of ours is cyclic, and the look takes a tenth of a command's time."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    gc.set_threshold(*GARBAGE)
    # pydantic would look for plugins in everything that is installed, which takes a twentieth of a command's time.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    _open_closed_streams()
    _speak_utf8()
    try:
        words = list(sys.argv[1:] if argv is None else argv)
        _require_text(words)
        return command()(args=words, prog_name="mailgate", standalone_mode=False) or 0
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else int(done.code is not None)
    except Exception as error:
        return explain_failure(error)


@cache
def command() -> typer.core.TyperGroup:
    """All commands with their words, put together once."""
    found = typer.main.get_command(app)
    assert isinstance(found, typer.core.TyperGroup)
    return found


def _require_text(words: Sequence[str]) -> None:
    """Raise Wrong where a word is no text: no database and no mail could hold it. Only a file may be called so."""
    for word in words:
        if _UNDECODED.search(word) and not os.path.lexists(word):
            raise Wrong(f"the command line is not in UTF-8: {word}; call it under a locale such as C.UTF-8")


def _open_closed_streams() -> None:
    """What was started with `>&-` has None there, and a socket or database would get the number of the closed file."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))  # noqa: SIM115


def _speak_utf8() -> None:
    """Whatever the locale says: scripts count on it. What UTF-8 cannot hold comes out as JSON's own escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


__all__ = ["command", "main"]
