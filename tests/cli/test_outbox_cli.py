"""`outbox`: notices waiting, sent, failed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, select

from mailgate.cli import main
from mailgate.desk.notice_settled import Settlement
from mailgate.store import queries
from mailgate.store.database import Database
from mailgate.store.tables import Notice
from tests.cli.conftest import CommandLine, replaced
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN
from tests.rig.postgres import Postgres

REFUSED = Settlement(accepted=False, error="550 5.7.1 spam")
LATER = datetime.now(UTC) + timedelta(days=1)


def of(cli: CommandLine, reader: str, *words: str) -> list[dict[str, object]]:
    """The rows of the outbox for one reader."""
    return [row for row in cli.json("outbox", "list", *words) if row["to"] == reader]


def test_the_outbox_tells_what_went_out(cli: CommandLine, hand: DeskInHand) -> None:
    hand.write(IVAN, "Портал", "С утра.")

    (row,) = of(cli, IVAN)

    assert (row["name"], row["request"], row["state"]) == ("registered", "SD-2026-000001", "accepted")
    assert row["accepted_at"] == "2026-11-23T10:05:00+03:00"
    assert row["message_id"] == hand.last(IVAN, "registered")["Message-ID"]
    assert cli("outbox", "list").splitlines()[0].startswith("id")


def test_what_failed_is_listed_apart_and_tried_again_at_once(cli: CommandLine, hand: DeskInHand) -> None:
    hand.refuses[ANNA] = REFUSED
    hand.write(IVAN, "Портал", "С утра.")

    failed = of(cli, ANNA, "--failed")
    assert [(row["state"], row["last_error"]) for row in failed] == [("failed", "550 5.7.1 spam")]

    ids = [str(row["id"]) for row in cli.json("outbox", "list", "--failed")]
    assert cli("outbox", "retry", *ids, ids[0]) == f"{len(ids)} to be tried again\n"

    assert cli.json("outbox", "list", "--failed") == []
    again = next(row for row in of(cli, ANNA) if row["id"] == failed[0]["id"])
    assert again["state"] == "waiting"
    assert datetime.fromisoformat(str(again["next_at"])) <= datetime.now(UTC)


def test_what_was_sent_or_never_was_is_not_tried_again(cli: CommandLine, hand: DeskInHand) -> None:
    hand.refuses[ANNA] = REFUSED
    hand.write(IVAN, "Портал", "С утра.")
    failed = str(of(cli, ANNA, "--failed")[0]["id"])

    for other in (str(of(cli, IVAN)[0]["id"]), "4711"):
        assert other in cli.error("outbox", "retry", failed, other, expect=1)
    assert of(cli, ANNA, "--failed")[0]["state"] == "failed"


def test_what_is_being_sent_is_left_to_its_sender(cli: CommandLine, hand: DeskInHand) -> None:
    hand.write(IVAN, "Портал", "С утра.")
    with hand.database.write() as session:
        notice = session.get_one(Notice, of(cli, IVAN)[0]["id"])
        notice.state, notice.claimed_by, notice.next_at = "waiting", "another", LATER

    assert "being sent" in cli.error("outbox", "retry", str(notice.id), expect=1)


def test_what_is_claimed_at_this_moment_is_left_to_its_sender(cli: CommandLine, postgres: Postgres) -> None:
    url = postgres.new_database()
    Database(url).upgrade()
    replaced(cli.config, "sqlite:///../var/mailgate.db", url)
    desk = DeskInHand(cli.config, Database(url))
    desk.write(IVAN, "Портал", "С утра.")
    with desk.database.write() as session:
        notice = session.get_one(Notice, of(cli, IVAN)[0]["id"])
        notice.state, notice.next_at = "waiting", datetime.now(UTC)
    words = ["--config", str(cli.config), "outbox", "retry", str(notice.id)]

    with ThreadPoolExecutor(1) as pool:
        with desk.database.write() as session:
            assert queries.claim_notices(session, datetime.now(UTC), "another", LATER, 10)
            retried = pool.submit(main, words)
            while not (waits(session) or retried.done()):
                pass
        code = retried.result(60)

    with desk.database.read() as session:
        kept = session.get_one(Notice, notice.id)
    assert (code, kept.claimed_by, kept.next_at) == (1, "another", LATER)
    desk.database.dispose()


def waits(session: Session) -> bool:
    """Does somebody wait for a lock?"""
    return bool(session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


def test_r17_the_list_says_what_the_provider_s_cap_makes_wait(cli: CommandLine, hand: DeskInHand) -> None:
    hand.write(IVAN, "Портал", "С утра.")
    now = datetime.now(UTC)
    with hand.database.write() as session:
        sent, *others = session.scalars(select(Notice)).all()
        sent.accepted_at = now
        for each in others:
            each.state, each.accepted_at, each.next_at = "waiting", None, now
    cli("outbox", "list")
    assert "wait" not in cli.said

    replaced(cli.config, "# per_minute = 30 ", "per_minute = 1 ")
    cli("outbox", "list")

    assert cli.said.startswith("2 notices are due and wait: per_minute = 1 of [smtp] is reached; the next goes at ")
