"""What is wrong with a configuration: the file, the line, what was found there and what would be right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to put right. `line` counts from 1; None where the file as a whole is meant."""

    file: Path
    line: int | None
    what: str
    want: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else f"{self.file}"
        return f"{place}: {self.what}; {self.want}"


class ConfigError(Exception):
    """The configuration cannot be used; `problems` are all that were found, in all files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class SecretError(Exception):
    """A password that the configuration names is not there; `key` is the one that names it."""

    def __init__(self, key: str, what: str, want: str) -> None:
        self.key, self.what, self.want = key, what, want
        super().__init__(f"{what}; {want}")


class Wrong(ValueError):
    """A value that a validator refuses.

    `want` is the right form; `what` is the finding, where the value alone does not show it; `key` is where it stands,
    where a whole table is refused for one of its keys.
    """

    def __init__(self, want: str, what: str | None = None, key: str | None = None) -> None:
        self.want, self.what, self.key = want, what, key
        super().__init__(want)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like the one written, if any is."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)), None)
