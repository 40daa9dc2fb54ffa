"""What was kept for its term is erased by the program itself, beside the mail."""

from __future__ import annotations

import sqlite3

from tests.rig.house import IVAN
from tests.rig.play import NUMBER, SUBJECT, TROUBLE, Play, minsk

TERM = '[retention]\nended = "1 year"\nunregistered = "90 days"'


def test_a_run_erases_what_is_due_and_nothing_where_no_term_is_named(play: Play) -> None:
    play.given("!закрыть телефон\nРассказали.")
    play.write("mallory@nobody.example", "Offer", "Buy this.")
    play.run_once()
    play.go(minsk(1, 12, 12, 0, year=2027))
    assert play.show(NUMBER)["subject"] == SUBJECT

    play.configure(TERM)
    play.go(minsk(1, 12, 12, 5, year=2027))

    shown = play.show(NUMBER)
    assert (shown["subject"], shown["status"], shown["history"][-1]["by"]) == ("", "closed", "mailgate")
    assert IVAN not in play.cli("export", "--json")
    assert "difference 0" in play.cli("census")
    assert play.cli("quarantine", "list", "--json") == "[]\n"


def test_nothing_of_it_is_left_in_the_file(play: Play) -> None:
    play.given("!закрыть телефон\nРассказали.")
    play.configure(TERM)
    play.go(minsk(1, 12, 12, 5, year=2027))

    path = play.folder / "mailgate.db"
    assert sqlite3.connect(path).execute("SELECT count(*) FROM raw_mail").fetchone() == (0,)
    found = b"".join(each.read_bytes() for each in (path, play.folder / "mailgate.db-wal") if each.exists())
    assert TROUBLE.encode() not in found
    assert IVAN.encode() not in found
