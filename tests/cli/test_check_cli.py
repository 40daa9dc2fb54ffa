"""`check`: what is wrong, and what to do about it, before the daemon is started."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from mailgate.cli import checking, main
from mailgate.config import load
from mailgate.daemon.lease import Lease, daemon_lease, mailbox_lease
from mailgate.daemon.lock import only_one
from mailgate.store import queries
from mailgate.store.database import Database
from tests.cli.conftest import CommandLine, replaced
from tests.rig.dovecot import Dovecot, free_port
from tests.rig.hand import DeskInHand
from tests.rig.house import COMPLAINTS, DESK, IVAN, ROOT, House
from tests.rig.postgres import Postgres
from tests.rig.smtp import Sink


def wrong(cli: CommandLine, expect: int = 2) -> dict[str, str]:
    """What `check --offline` finds fault with: what -> problem."""
    findings = cli.json("check", "--offline", expect=expect)
    return {each["what"]: each["problem"] for each in findings if not each["ok"]}


def test_the_example_passes(cli: CommandLine) -> None:
    lines = cli("check", "--offline").splitlines()

    assert all(line.startswith("ok     ") for line in lines)
    assert "2 clients, 3 contacts" in "".join(lines)
    assert lines[2].endswith(" people")


def test_one_is_counted_as_one(cli: CommandLine) -> None:
    staff = cli.config.with_name("staff.toml")
    groups = re.sub("groups = .*", 'groups = ["support", "complaints"]', staff.read_text().split("[[staff]]")[1])
    staff.write_text(f"[[staff]]{groups}")

    assert "staff.toml: 1 person" in cli("check", "--offline")


def test_the_example_passes_where_it_lies(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", str(ROOT / "config" / "mailgate.toml"), "check", "--offline", "--json"]) == 0
    assert all(each["ok"] for each in json.loads(capsys.readouterr().out))


def test_a_file_with_a_mistake_is_named_with_its_line(cli: CommandLine) -> None:
    staff = cli.config.with_name("staff.toml")
    replaced(staff, "a.kovaleva@desk.example", "a.kovaleva at desk")
    line = next(n for n, text in enumerate(staff.read_text().splitlines(), 1) if " at desk" in text)

    assert cli.error("check", "--offline", expect=2).startswith(f"{staff}:{line}: ")


def test_mistakes_are_found_as_json_too(cli: CommandLine) -> None:
    replaced(cli.config, 'timezone = "Europe/Minsk"', 'timezone = "Europe/Mins"')
    replaced(cli.config, 'info = "3 working days"', "info = 3")

    findings = cli.json("check", "--offline", expect=2)

    assert [(each["what"], each["ok"]) for each in findings] == [("configuration", False)] * 2
    assert all(each["problem"].startswith(f"{cli.config}:") for each in findings)


def test_every_mistake_is_named_at_once(cli: CommandLine) -> None:
    replaced(cli.config, 'timezone = "Europe/Minsk"', 'timezone = "Europe/Mins"')
    replaced(cli.config, 'info = "3 working days"', "info = 3")

    cli("check", "--offline", expect=2)

    assert cli.said.count(f"{cli.config}:") == 2


def test_a_mailbox_that_nobody_serves(cli: CommandLine) -> None:
    replaced(cli.config, '# staff_group = "complaints"', 'staff_group = "lawyers"')

    assert '"lawyers"' in wrong(cli)["mailbox complaints <complaints@desk.example>"]


def test_a_policy_by_which_nobody_could_be_proven(cli: CommandLine) -> None:
    replaced(cli.config, 'trusted_authserv_ids = ["mx.desk.example"]', "trusted_authserv_ids = []")

    assert "trusted_authserv_ids" in wrong(cli)["authenticity"]


def test_where_from_is_trusted_it_is_said_how_staff_give_orders(cli: CommandLine) -> None:
    replaced(cli.config, 'policy = "require" ', 'policy = "off" ')

    checked = cli("check", "--offline")

    assert "authenticity: From is trusted, and staff have to answer a notice with their orders" in checked


@pytest.fixture
def own(cli: CommandLine) -> Path:
    """The folder of an admin's templates, named in the configuration."""
    replaced(cli.config, '# templates = "../templates" ', 'templates = "../own"')
    folder = cli.config.parents[1] / "own"
    (folder / "ru").mkdir(parents=True)
    return folder


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("{% if %}", "registered.txt.j2:1: "),
        ("{{ no_such_fact }}", "no_such_fact"),
        ("{{ 1 / 0 }}", "ZeroDivisionError"),
        ("{% extends 'no_such.j2' %}", "no_such.j2"),
    ],
)
def test_a_template_that_cannot_be_filled_in(cli: CommandLine, own: Path, template: str, fault: str) -> None:
    (own / "ru" / "registered.txt.j2").write_text(template)

    found = wrong(cli)

    assert list(found) == ["template ru/registered"]
    assert fault in found["template ru/registered"]


def test_a_template_that_would_never_be_used(cli: CommandLine, own: Path) -> None:
    (own / "ru" / "registred.txt.j2").write_text("Здравствуйте!")
    (own / "ru" / "_mine.j2").write_text("")

    found = wrong(cli)

    assert list(found) == [f"template {own / 'ru' / 'registred.txt.j2'}"]


def test_a_table_for_people_names_what_is_wrong(cli: CommandLine) -> None:
    replaced(cli.config, 'trusted_authserv_ids = ["mx.desk.example"]', "trusted_authserv_ids = []")

    lines = cli("check", "--offline", expect=2).splitlines()

    assert [line for line in lines if line.startswith("WRONG  authenticity: ")]


def test_servers_that_answer(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> None:
    house = House(tmp_path, dovecot, sink)
    (tmp_path / "mailgate.db").unlink()

    lines = house.cli("check").splitlines()

    assert all(line.startswith("ok     ") for line in lines)
    assert any(line.startswith("ok     IMAP ") for line in lines)
    assert any(line.startswith("ok     SMTP ") for line in lines)
    assert any("mailgate.db: empty" in line for line in lines)


def test_servers_that_do_not_answer_end_with_1(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> None:
    house = House(tmp_path, dovecot, sink)
    house.run_once()
    dovecot.set_password(house.users[DESK], "changed")
    house.config.write_text(house.config.read_text().replace(f"port = {sink.port}", f"port = {free_port()}"))

    problems = {each["what"]: each["problem"] for each in json.loads(house_said(house)) if not each["ok"]}

    assert {what.split()[0] for what in problems} == {"IMAP", "SMTP"}
    assert sum(what.startswith("IMAP") for what in problems) == 1


def house_said(house: House) -> str:
    """What `check --json` prints when a server is not right."""
    printed = house.cli("check", "--json", expect=1)
    return printed.removesuffix(house.said)


def test_an_old_schema_names_the_way_out(cli: CommandLine, hand: DeskInHand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailgate.store.schema.head", lambda: "9999")

    (found,) = checking._database(load(cli.config))

    assert "mailgate db upgrade" in str(found.problem)


def test_a_newer_schema_is_not_to_be_upgraded(cli: CommandLine, hand: DeskInHand) -> None:
    with hand.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    (problem,) = of_database(cli).values()

    assert problem is not None
    assert "a newer mailgate worked on it" in problem
    assert "db upgrade" not in problem


def of_database(cli: CommandLine) -> dict[str, str | None]:
    """What `check` finds of the database: what -> problem."""
    return {found.what: found.problem for found in checking._database(load(cli.config))}


def test_who_works_on_the_database_is_named(cli: CommandLine, hand: DeskInHand) -> None:
    assert not any("works on it" in what for what in of_database(cli))

    with only_one(Path(str(hand.database.url.database))):
        assert f"a daemon works on it: process {os.getpid()}" in of_database(cli)


def test_several_daemons_are_named_with_the_mailboxes_that_each_holds(postgres: Postgres) -> None:
    database = Database(postgres.new_database())
    held = {"a": (daemon_lease("a"), mailbox_lease("support"), mailbox_lease("sales")), "b": (daemon_lease("b"),)}
    for holder, names in held.items():
        for name in names:
            assert Lease(database, name, holder).take()

    found = [each.what for each in checking._use(database)]

    database.dispose()
    assert found == [
        "a daemon works on it: a holds sales, support",
        "a daemon works on it: b holds no mailbox",
    ]


def test_6_4_requests_whose_mailbox_is_no_more(cli: CommandLine, hand: DeskInHand) -> None:
    hand.write(IVAN, "Не перезвонили", "Дважды обещали.", to=COMPLAINTS)
    replaced(cli.config, 'name = "complaints"\naddress', 'name = "pretenzii"\naddress')
    (named,) = (each for each in checking._database(load(cli.config)) if '"complaints"' in each.what)
    replaced(cli.config, 'name = "pretenzii"', 'name = "pretenzii"\nstaff_group = "nobody"')
    (unserved,) = (each for each in checking._database(load(cli.config)) if '"complaints"' in each.what)

    assert named.problem is None
    assert named.what.startswith('1 open complaints of the mailbox "complaints"')
    assert "nobody of the staff is in that group" in str(unserved.problem)


def test_3_10_requests_whose_client_has_another_id(cli: CommandLine, hand: DeskInHand) -> None:
    hand.write(IVAN, "Портал", "Не открывается.")
    before = [each.what for each in checking._database(load(cli.config)) if '"alfa"' in each.what]
    replaced(cli.config.parent / "clients.toml", 'id = "alfa"', 'id = "alpha"')

    (named,) = (each for each in checking._database(load(cli.config)) if '"alfa"' in each.what)

    assert (before, named.problem) == ([], None)
    assert named.what.startswith('1 open requests of the client "alfa"')


def test_a_disk_that_is_nearly_full(cli: CommandLine, hand: DeskInHand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=3 * 2**20))

    (problem,) = filter(None, of_database(cli).values())

    assert problem == "only 3 MiB are free; make room before it is full"


def test_a_clock_that_differs(cli: CommandLine, hand: DeskInHand, monkeypatch: pytest.MonkeyPatch) -> None:
    away = datetime.now(UTC) - timedelta(days=1)
    monkeypatch.setattr("mailgate.store.queries.database_clock", lambda _: away)

    (problem,) = filter(None, of_database(cli).values())

    assert problem.startswith("this host's differs by 1 day, ")


def test_a_database_that_cannot_be_used_says_what_to_do(cli: CommandLine, hand: DeskInHand) -> None:
    hand.database.dispose()
    Path(str(hand.database.url.database)).write_bytes(b"no database at all, but long enough to look like one" * 100)

    (problem,) = of_database(cli).values()

    assert problem == "it cannot be used: file is not a database (run `mailgate db check`; restore a backup)"


def test_no_password_of_the_database_is_shown(cli: CommandLine) -> None:
    server = f"127.0.0.1:{free_port()}"
    url = f"postgresql+psycopg://desk:s3cret@{server}/mail?password=s3cret&sslmode=disable"
    replaced(cli.config, "sqlite:///../var/mailgate.db", url)

    ((what, problem),) = of_database(cli).items()

    assert what == f"database postgresql+psycopg://desk:***@{server}/mail?sslmode=disable"
    assert "s3cret" not in str(problem)


def test_check_leaves_nothing_behind(cli: CommandLine, hand: DeskInHand) -> None:
    of_database(cli)

    with hand.read() as session:
        assert queries.setting(session, "check") is None


@pytest.mark.parametrize("url", ["sqlite:////proc/nowhere/mailgate.db", "sqlite:///mailgate.toml/mailgate.db"])
def test_a_database_that_cannot_be_made_is_told_with_its_line(
    cli: CommandLine, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for box in ("SUPPORT", "COMPLAINTS"):
        monkeypatch.setenv(f"{box}_PASSWORD", "secret")
    replaced(cli.config, 'url = "sqlite:///../var/mailgate.db"', f'url = "{url}"')
    line = next(n for n, text in enumerate(cli.config.read_text().splitlines(), 1) if url in text)
    place = f"{cli.config}:{line}: url: nothing can be written in "

    (found,) = checking._database(load(cli.config))

    assert found.is_configuration
    assert str(found.problem).startswith(place)
    assert "where the user who runs mailgate may write" in str(found.problem)
    for command in (("db", "upgrade"), ("run", "--once")):
        assert cli.error(*command, expect=2).startswith(place)


def test_a_database_of_somebody_else(cli: CommandLine, hand: DeskInHand, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = Path(f"{hand.database.url.database}.lock")
    lock.touch()
    monkeypatch.setattr("os.access", lambda path, _: path != lock)

    (problem,) = of_database(cli).values()

    assert f"url: {lock} belongs to somebody else" in str(problem)
