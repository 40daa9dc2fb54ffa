"""What holds for every command: exit codes, what an error says, and how soon it starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mailgate import __version__
from mailgate.cli import main
from tests.cli.conftest import CommandLine, replaced
from tests.rig.dovecot import free_port
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN, ROOT

COMMANDS = (
    "run", "check", "demo", "requests list", "requests show", "requests do", "register", "quarantine list",
    "quarantine show", "quarantine release", "quarantine drop", "outbox list", "outbox retry", "explain", "render",
    "db upgrade", "db backup", "db check", "why", "census", "export", "status",
)  # fmt: skip
HEAVY = ("sqlmodel", "sqlalchemy", "alembic", "imapclient", "aiosmtplib", "apscheduler", "holidays", "jinja2", "rich")


def process(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    known = {name: value for name, value in os.environ.items() if name != "MAILGATE_CONFIG"}
    return subprocess.run(
        [sys.executable, "-m", "mailgate", *words],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        cwd=cwd,
        env=known | {"PYTHONPATH": str(ROOT)} | environment,
        check=False,
    )


def imported(cwd: Path, *words: str) -> set[str]:
    """The heavy packages that a command brings in."""
    look = f"import sys\nfrom mailgate.cli import main\nmain(sys.argv[1:])\nprint(*set({HEAVY!r}) & set(sys.modules))"
    environment = {name: value for name, value in os.environ.items() if name != "MAILGATE_CONFIG"}
    done = subprocess.run(
        [sys.executable, "-c", look, *words],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        cwd=cwd,
        env=environment | {"PYTHONPATH": str(ROOT)},
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_interface_has_its_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command.split(), "--help"]) == 0
    assert f"Usage: mailgate {command}" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"mailgate {__version__}\n"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["frobnicate"], "No such command 'frobnicate'"),
        (["requests", "show"], "NUMBER"),
        (["requests", "list", "--status", "lost"], "'awaiting_info'"),
        (["register", "--channel", "fax"], "'phone', 'letter'"),
        (["outbox", "retry", "one"], "write a whole number"),
        (["requests", "list", "--limit", "0"], "--limit': write at least 1"),
        (["census", "--since", "yesterday"], "--since yesterday: write year, month and day"),
        (["census", "--since", ""], "--since : write year, month and day"),
        (["census", "--since", "0001-01-01", "--offline"], "--since 0001-01-01: write year, month and day"),
        (["requests", "list", "--limit", "9" * 30], "--limit': write at most 1000000000"),
        (["quarantine", "show", "9" * 30], "'ID': write at most 9223372036854775807"),
        (["outbox", "retry", "9" * 30], "write at most 9223372036854775807"),
        (["requests", "show", "\udcff"], "the command line is not in UTF-8: \\udcff"),
        (["requests", "do", "SD-2026-000001", "note \udcff", "--as", ANNA], "the command line is not in UTF-8: note"),
        (
            ["register", "--channel", "phone", "--contact", IVAN, "--subject", "Авария", "--as", ANNA],
            "--phone: a call is registered by the number that called (3.4)",
        ),
    ],
)
def test_wrong_words_are_named_and_end_with_2(words: list[str], hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    printed, said = capsys.readouterr()
    assert printed == ""
    assert hint in said
    assert said.startswith("mailgate: ")
    assert said.count("\n") == 1
    assert "Value error" not in said


@pytest.mark.parametrize("words", [[], ["requests"]])
def test_a_group_without_a_command_shows_its_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "Commands:" in "".join(capsys.readouterr())


def test_a_configuration_that_may_not_be_read(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(Path, "read_bytes", refuse)

    said = cli.error("requests", "list", expect=2)

    assert said.startswith(f"{cli.config}: it cannot be read: Permission denied; ")


def test_each_of_several_mistakes_says_whose_it_is(cli: CommandLine) -> None:
    replaced(cli.config, 'language = "ru" ', 'language = "de" ')
    replaced(cli.config, 'country = "BY"', 'country = "XX"')

    cli("check", "--offline", expect=2)

    assert [line.startswith(f"mailgate: {cli.config}:") for line in cli.said.splitlines()] == [True, True]


def test_a_wrong_configuration_is_named_by_file_and_line_and_ends_with_2(cli: CommandLine) -> None:
    replaced(cli.config, 'language = "ru" ', 'language = "de" ')
    line = next(n for n, text in enumerate(cli.config.read_text().splitlines(), 1) if '"de"' in text)

    assert cli.error("requests", "list", expect=2).startswith(f"{cli.config}:{line}: ")


def test_a_missing_configuration_says_where_it_was_looked_for(tmp_path: Path) -> None:
    done = process("requests", "list", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert "config/mailgate.toml" in done.stderr
    assert "/etc/mailgate/mailgate.toml" in done.stderr


def test_a_configuration_that_is_named_and_missing_is_an_error_even_where_none_is_needed(tmp_path: Path) -> None:
    message = tmp_path / "mail.eml"
    message.write_bytes(b"From: a@b.example\n\nHello\n")

    done = process("explain", str(message), cwd=tmp_path, MAILGATE_CONFIG="no-such.toml")

    assert done.returncode == 2
    assert "no-such.toml" in done.stderr


def test_without_a_schema_the_way_to_one_is_named(cli: CommandLine) -> None:
    assert "mailgate db upgrade" in cli.error("requests", "list", expect=1)


def test_a_file_that_is_no_database_is_an_error_of_one_line(cli: CommandLine) -> None:
    var = cli.config.parents[1] / "var"
    var.mkdir()
    (var / "mailgate.db").write_text("shopping list\n" * 1000)

    assert "not a database" in cli.error("requests", "list", expect=1)


def test_a_server_that_does_not_answer_is_named(cli: CommandLine) -> None:
    server = f"127.0.0.1:{free_port()}"
    url = f"postgresql+psycopg://desk:s3cret@{server}/mail?password=s3cret"
    replaced(cli.config, "sqlite:///../var/mailgate.db", url)

    for command in (("requests", "list"), ("status",), ("db", "upgrade")):
        said = cli.error(*command, expect=1)

        called = f"the database postgresql+psycopg://desk:***@{server}/mail: it cannot be used: "
        assert said.startswith(called)
        assert "refused" in said
        assert "s3cret" not in said


def test_what_needs_a_password_says_which_one_is_missing(
    cli: CommandLine, hand: DeskInHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SUPPORT_PASSWORD", raising=False)
    monkeypatch.setenv("COMPLAINTS_PASSWORD", "secret")

    for command in (["run", "--once"], ["check"], ["census"]):
        assert "SUPPORT_PASSWORD" in cli.error(*command, expect=2)


def test_output_is_utf_8_whatever_the_locale_says(cli: CommandLine, hand: DeskInHand, tmp_path: Path) -> None:
    hand.write(IVAN, "Не открывается портал", "С утра.")

    for form in ([], ["--json"]):
        done = process("--config", str(cli.config), "requests", "list", *form, cwd=tmp_path, PYTHONIOENCODING="koi8-r")
        assert "Не открывается портал" in done.stdout


def test_closed_streams_are_written_to_nowhere(cli: CommandLine, hand: DeskInHand) -> None:
    hand.write(IVAN, "Не открывается портал", "С утра.")
    words = ["sh", "-c", '"$0" -m mailgate "$@" <&- >&- 2>&-', sys.executable, "--config", str(cli.config)]

    for command, code in (["requests", "show", "SD-2026-000001"], 0), (["requests", "show", "SD-1"], 1):
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        assert subprocess.run([*words, *command], env=environment, timeout=60, check=False).returncode == code


def test_a_full_disk_is_said_in_words(cli: CommandLine, hand: DeskInHand) -> None:
    with open("/dev/full", "w", buffering=1) as full:
        words = [sys.executable, "-m", "mailgate", "--config", str(cli.config), "requests", "list", "--json"]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            words, stdout=full, stderr=subprocess.PIPE, text=True, env=environment, timeout=60, check=False
        )

    assert (done.returncode, done.stderr) == (1, "mailgate: No space left on device\n")


def test_a_table_in_a_pipe_has_one_line_a_row_and_no_frame(cli: CommandLine, hand: DeskInHand) -> None:
    hand.write(IVAN, "Очень длинная тема " * 12, "С утра.")

    hand.write(IVAN, "Очень длинная тема " * 12, "С утра.", proof="fail")

    head, *rows = cli("requests", "list").splitlines()

    assert head.split() == ["number", "priority", "status", "client", "contact", "subject", "registered", "deadline"]
    assert len(rows) == 1
    assert rows[0].startswith("SD-2026-000001  medium")
    assert "2026-11-23 10:05" in rows[0]
    for table in ([head, *rows], cli("quarantine", "list").splitlines()):
        assert max(map(len, table)) < 180
        assert "Очень длинная тема Очень" in table[1]
        assert "…" in table[1]
    assert len(cli.json("requests", "list")[0]["subject"]) > 180


def test_what_a_client_wrote_is_no_markup(cli: CommandLine, hand: DeskInHand) -> None:
    hand.write(IVAN, "[bold]Портал[/bold] [link=http://x]", "[red]С утра.[/red]")

    shown = cli("requests", "show", "SD-2026-000001")

    assert "[bold]Портал[/bold] [link=http://x]" in shown
    assert "[red]С утра.[/red]" in shown


def test_an_unknown_staff_member_may_do_nothing(cli: CommandLine, hand: DeskInHand) -> None:
    hand.write(IVAN, "Портал", "С утра.")

    assert IVAN in cli.error("requests", "do", "SD-2026-000001", "start", "--as", IVAN, expect=2)
    assert hand.show()["status"] == "registered"
    cli("requests", "do", "SD-2026-000001", "start", "--as", ANNA)


def test_help_and_explain_bring_in_nothing_heavy(tmp_path: Path) -> None:
    message = tmp_path / "mail.eml"
    message.write_bytes(b"From: a@b.example\n\nHello\n")

    assert imported(tmp_path, "--help") == set()
    assert imported(tmp_path, "explain", str(message), "--json") == set()


def test_nor_does_the_list_of_requests(cli: CommandLine, hand: DeskInHand, tmp_path: Path) -> None:
    hand.write(IVAN, "Портал", "С утра.")

    assert imported(tmp_path, "--config", str(cli.config), "requests", "list") == set()
