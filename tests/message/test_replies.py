"""Replies of every mail program in every language: what is new in them is found word for word."""

from __future__ import annotations

from tests.message.replies import shares

WORST, IN_ALL = 0.97, 0.99
"""Shares of one program or language, and of all: room for what cannot be told apart."""


def test_new_text_of_every_program_in_every_language() -> None:
    by_program, by_tongue = shares()

    for name, results in (by_program | by_tongue).items():
        assert sum(results) / len(results) >= WORST, name
    every = [right for results in by_program.values() for right in results]
    assert sum(every) / len(every) >= IN_ALL
