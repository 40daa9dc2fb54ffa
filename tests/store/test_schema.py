"""The schema: what the migrations make is what the tables say, and no other schema is worked on."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from mailgate.store.database import Database, alembic_config
from mailgate.store.schema import SchemaError, head, revisions
from mailgate.store.tables import Mail
from tests.rig.postgres import Postgres


def test_migrations_make_exactly_the_tables_of_the_models(bare: Database) -> None:
    bare.upgrade()

    with bare.reader.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Mail.metadata) == []


def test_upgrade_has_nothing_to_do_the_second_time(bare: Database) -> None:
    assert bare.revision() is None

    assert bare.upgrade() is True
    assert bare.upgrade() is False

    assert bare.revision() == head()
    bare.require_schema()


def test_every_migration_can_be_taken_back(bare: Database) -> None:
    bare.upgrade()
    with bare.writer.begin() as connection:
        command.downgrade(alembic_config(connection), "base")

    assert bare.revision() is None
    assert bare.upgrade() is True


def test_the_database_of_a_newer_mailgate_is_refused_and_left_alone(bare: Database) -> None:
    bare.upgrade()
    with bare.writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    for work in (bare.upgrade, bare.require_schema):
        with pytest.raises(SchemaError, match=r"at schema 9999.*its newest is .*a newer mailgate worked on it"):
            work()
    assert bare.revision() == "9999"


def test_a_database_without_a_schema_says_which_command_makes_one(bare: Database) -> None:
    with pytest.raises(SchemaError, match=r"has no schema yet.*mailgate db upgrade"):
        bare.require_schema()


def test_postgresql_keeps_mail_without_trying_to_compress_it(postgres: Postgres) -> None:
    database = Database(postgres.new_database())
    stored = text("SELECT attstorage FROM pg_attribute WHERE attrelid = 'raw_mail'::regclass AND attname = 'raw'")

    with database.reader.connect() as connection:
        assert connection.execute(stored).scalar_one() == "e"
    database.dispose()


def test_revisions_are_numbered_without_a_gap() -> None:
    assert revisions() == [f"{number:04}" for number in range(1, len(revisions()) + 1)]


def test_an_integrity_check_finds_a_sound_database_sound(database: Database) -> None:
    assert database.check() == []


def test_it_is_our_own_server_that_answers(postgres: Postgres) -> None:
    stranger = Postgres()
    try:
        stranger.port = postgres.port

        with pytest.raises(RuntimeError, match="another server listens"):
            stranger.new_database()
    finally:
        stranger.close()


def test_3_10_an_upgrade_leaves_nobody_vouched_for_who_was_a_contact(bare: Database) -> None:
    bare.upgrade()
    with bare.writer.begin() as connection:
        command.downgrade(alembic_config(connection), "0006")
        for number, channel, client, detail in (
            ("contact", "portal", "'alfa'", "{}"),
            ("stranger", "portal", "NULL", "{}"),
            ("let in", "smdo", "'alfa'", '{"released_by": "staff:a@desk.example"}'),
            ("let in by mail", "email", "'alfa'", "{}"),
        ):
            connection.execute(
                text(
                    "INSERT INTO request (number, kind, status, type, urgency, priority, priority_rank, "
                    "priority_by_hand, channel, mailbox, subject, client_id, contact_addr, contact_name, language, "
                    "registered_at, rejected_for_no_answer, vouched, version) VALUES (:number, 'requests', "
                    "'registered', 'unclassified', 'normal', 'medium', 3, false, :channel, 'support', '', "
                    f"{client}, 'a@alfa.example', '', 'ru', '2026-11-23 07:05:00', false, true, 1)"
                ),
                {"number": number, "channel": channel},
            )
            connection.execute(
                text(
                    'INSERT INTO event (request_id, at, event, "by", clause, detail) SELECT id, registered_at, '
                    "'registered', '', '3.3', :detail FROM request WHERE number = :number"
                ),
                {"number": number, "detail": detail},
            )

    bare.upgrade()

    with bare.reader.connect() as connection:
        vouched = connection.execute(text("SELECT number FROM request WHERE vouched ORDER BY id")).scalars().all()
    assert vouched == ["stranger", "let in", "let in by mail"]


def test_a_folder_that_is_made_for_letters_is_its_owner_s_alone(tmp_path: Path) -> None:
    made = Database(f"sqlite:///{tmp_path / 'var' / 'mailgate.db'}")

    made.upgrade()
    made.dispose()

    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700
