"""`db upgrade`, `db backup`, `db check`."""

from __future__ import annotations

import os
import resource
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from mailgate.daemon.lock import only_one
from mailgate.store.advice import complaint
from mailgate.store.database import Database
from mailgate.store.schema import head
from tests.cli.conftest import CommandLine, replaced
from tests.rig.hand import DeskInHand
from tests.rig.house import IVAN


def test_upgrade_makes_the_schema_once(cli: CommandLine) -> None:
    assert cli("db", "upgrade") == f"upgraded to {head()}\n"
    assert cli("db", "upgrade") == f"already at {head()}\n"
    assert cli.json("requests", "list") == []


def test_a_backup_holds_what_the_database_held(cli: CommandLine, hand: DeskInHand, tmp_path: Path) -> None:
    hand.write(IVAN, "Портал", "С утра.")
    copy = tmp_path / "copy.db"

    assert cli("db", "backup", str(copy)) == f"backed up to {copy}\n"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600

    replaced(cli.config, "sqlite:///../var/mailgate.db", "sqlite:///../copy.db")
    assert [row["number"] for row in cli.json("requests", "list")] == ["SD-2026-000001"]
    assert cli("db", "check") == "sound\n"


def test_a_backup_overwrites_nothing(cli: CommandLine, hand: DeskInHand, tmp_path: Path) -> None:
    kept = tmp_path / "kept.db"
    kept.write_text("mine")

    assert "kept.db" in cli.error("db", "backup", str(kept), expect=2)
    assert kept.read_text() == "mine"


def test_a_backup_of_nothing_is_an_error(cli: CommandLine, tmp_path: Path) -> None:
    cli.error("db", "backup", str(tmp_path / "copy.db"), expect=1)

    assert not (tmp_path / "copy.db").exists()


def test_a_backup_to_a_folder_that_is_not_there_is_an_error(cli: CommandLine, hand: DeskInHand, tmp_path: Path) -> None:
    assert "is no folder" in cli.error("db", "backup", str(tmp_path / "no" / "copy.db"), expect=2)


def test_check_finds_a_damaged_file(cli: CommandLine, hand: DeskInHand) -> None:
    for number in range(30):
        hand.write(IVAN, f"Портал {number}", "С утра. " * 200)
    hand.database.dispose()
    file = Path(str(hand.database.url.database))
    file.with_name("mailgate.db-wal").unlink(missing_ok=True)
    content = bytearray(file.read_bytes())
    for page in range(8, len(content) // 4096, 7):
        content[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    file.write_bytes(content)

    cli("db", "check", expect=1)

    assert "mailgate: " in cli.said


def test_check_finds_a_row_without_its_owner(cli: CommandLine, hand: DeskInHand) -> None:
    hand.write(IVAN, "Портал", "С утра.")
    with Database(str(hand.database.url)).writer.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("DELETE FROM request")

    cli("db", "check", expect=1)

    assert "refers to a missing request" in cli.said


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        ("DELETE FROM raw_mail", "1 messages have lost their bytes: 1"),
        ("UPDATE mail SET decision = NULL, taken_at = '2020-01-01'", "1 messages were taken and never decided: 1"),
        ("UPDATE mail SET request_id = NULL", "1 messages were registered, and belong to no request: 1"),
        ("DELETE FROM event", "1 requests have no history: 1"),
        ("UPDATE notice SET accepted_at = NULL", "3 notices were accepted at no time: 1, 2, 3"),
        ("UPDATE notice SET claimed_by = 'a'", "3 notices that met their fate are still in somebody's hand: 1, 2, 3"),
        (
            "INSERT INTO deadline (request_id, trigger, due_at) VALUES (1, 'info_term_ended', '2026-11-23');"
            "UPDATE request SET status = 'closed'",
            "1 deadlines wait for requests that have ended: 1",
        ),
        (
            "INSERT INTO link (request_id, other_id, kind) VALUES (1, 1, 'a');"
            "INSERT INTO raw_mail (mail_id, raw) VALUES (99, '')",
            "1 bytes belong to no message: 99",
        ),
    ],
)
def test_check_finds_rows_that_contradict_each_other(cli: CommandLine, hand: DeskInHand, harm: str, words: str) -> None:
    hand.write(IVAN, "Портал", "С утра.")
    with hand.database.write() as session:
        for statement in harm.split(";"):
            session.execute(text(statement))

    cli("db", "check", expect=1)

    assert words in cli.said.splitlines()
    assert len(cli.said.splitlines()) == 2


@pytest.mark.parametrize(
    "command", [("requests", "list"), ("status",), ("db", "check"), ("db", "upgrade"), ("db", "backup", "copy")]
)
def test_a_database_that_cannot_be_used_says_what_to_do(cli: CommandLine, command: tuple[str, ...]) -> None:
    file = cli.config.parents[1] / "var" / "mailgate.db"
    file.parent.mkdir()
    file.write_bytes(b"no database at all, but long enough to look like one" * 100)

    said = cli.error(*command, expect=1)

    assert said.startswith(f"the database sqlite:///{file}: it cannot be used: file is not a database (")


@pytest.mark.parametrize("error", [sqlite3.OperationalError, psycopg.OperationalError])
def test_whoever_may_not_write_is_told_as_whom_to_work(error: type[Exception]) -> None:
    assert "work as the user who runs mailgate" in complaint(error("attempt to write a readonly database"))


def test_a_backup_that_finds_no_room_leaves_no_file(cli: CommandLine, hand: DeskInHand, tmp_path: Path) -> None:
    hand.write(IVAN, "Портал", "С утра. " * 5_000)
    room = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, room[1]))
    try:
        said = cli.error("db", "backup", str(tmp_path / "copy.db"), expect=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, room)

    assert "make room" in said
    assert not (tmp_path / "copy.db").exists()


@pytest.mark.parametrize("schema", ["0001", "9999"])
def test_what_another_version_worked_on_is_backed_up_too(
    cli: CommandLine, hand: DeskInHand, tmp_path: Path, schema: str
) -> None:
    hand.write(IVAN, "Портал", "С утра.")
    stand_at(hand, schema)

    cli("db", "backup", str(tmp_path / "copy.db"))

    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT number FROM request").fetchall() == [("SD-2026-000001",)]


def test_no_schema_is_changed_beneath_a_daemon(cli: CommandLine, hand: DeskInHand) -> None:
    stand_at(hand, "0001")

    with only_one(Path(str(hand.database.url.database))):
        assert f"process {os.getpid()}; stop it first" in cli.error("db", "upgrade", expect=1)

    assert hand.database.revision() == "0001"


def stand_at(hand: DeskInHand, schema: str) -> None:
    """The database is one of that version."""
    with hand.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :schema"), {"schema": schema})
