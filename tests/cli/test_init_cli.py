"""`init`: three files that are right, with the comments of the example, by flags and by asking."""

from __future__ import annotations

import io
import os
import pty
import re
import stat
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from mailgate import assets
from mailgate.cli import main
from mailgate.cli.asking import Answers, completed
from mailgate.cli.providers import PROVIDERS, named, own_host, provider_of
from mailgate.config import load
from tests.rig.house import ROOT

FLAGS = {
    "--address": "support@desk.example",
    "--organisation": "ООО «Пример»",
    "--staff": "Анна Ковалёва <a.kovaleva@desk.example>",
    "--imap-host": "mail.desk.example",
    "--client-id": "0f0f0f0f-0000",
    "--provider": "own",
}


@pytest.fixture(autouse=True)
def _no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())


def words(folder: Path, *more: str, **flags: str) -> list[str]:
    """`init` with the usual flags, some of them changed."""
    given = FLAGS | {f"--{key.replace('_', '-')}": value for key, value in flags.items()}
    return ["init", str(folder), *(word for pair in given.items() if pair[1] for word in pair), *more]


def problems_of(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What `check --offline` finds fault with."""
    capsys.readouterr()
    main(["--config", str(folder / "mailgate.toml"), "check", "--offline"])
    printed, said = capsys.readouterr()
    return "".join(line for line in printed.splitlines() if not line.startswith("ok ")) + said


@pytest.mark.parametrize("provider", [each.name for each in PROVIDERS])
@pytest.mark.parametrize("complaints", ["", "complaints@desk.example"])
def test_what_is_written_is_right_for_every_provider(
    tmp_path: Path, provider: str, complaints: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, row = tmp_path / "desk", named(provider)
    assert row is not None

    assert (
        main(words(folder, provider=provider, complaints=complaints, imap_host="" if row.imap_host else "m.example"))
        == 0
    )

    said = capsys.readouterr().out
    assert all(step.partition("{")[0] in said for step in row.steps)
    assert problems_of(folder, capsys) == ""
    config = load(folder / "mailgate.toml")
    assert config.mailboxes[0].imap.host == (row.imap_host or "m.example")
    assert config.smtp.host == (row.smtp_host or "m.example")
    assert (config.smtp.security, config.smtp.port) in {("tls", 465), ("starttls", 587)}
    assert [box.address for box in config.mailboxes] == [each for each in ("support@desk.example", complaints) if each]
    assert {box.imap.security for box in config.mailboxes} == {"tls"}
    assert config.people.clients == {}


def test_every_comment_comes_from_the_example(tmp_path: Path) -> None:
    main(words(tmp_path, client="ОАО «Альфа»: Иван Петров <ivan.petrov@alfa.example>"))

    for name in ("mailgate.toml", "clients.toml", "staff.toml"):
        example = (assets.example_config() / name).read_text().splitlines()
        known = {each for line in example if "#" in line for each in (line, line[line.index("#") :])}
        known |= {f"# {line}" for line in example} | {each[each.index("#", 1) :] for each in known if "#" in each[1:]}
        written = [line[line.index("#") :] for line in (tmp_path / name).read_text().splitlines() if "#" in line]
        strange = [comment for comment in written if comment not in known]
        assert len(strange) <= (name == "mailgate.toml"), strange
        assert len(written) >= len([line for line in example if line.startswith("# ")]) / 2


def test_values_stand_beside_their_comments(tmp_path: Path) -> None:
    main(words(tmp_path, language="be"))

    text = (tmp_path / "mailgate.toml").read_text()
    assert re.search(r'^language = "be" {23}# ru, be, en; a contact', text, re.MULTILINE)
    assert "\n\n\n" not in text


def test_people_by_flags(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(
        words(
            tmp_path, "--client", "ОАО «Альфа»: Иван Петров <ivan.petrov@alfa.example>",
            "--client", "Beta Ltd: John Smith <john.smith@beta.example>",
            "--client", "ОАО «Альфа»: Вольга Сідарэнка <volha@alfa.example>",
            "--staff", "Kate Brown <k.brown@desk.example>", complaints="complaints@desk.example",
        )
    )  # fmt: skip

    assert code == 0
    assert problems_of(tmp_path, capsys) == ""
    people = load(tmp_path / "mailgate.toml").people
    assert {client.name: [each.email for each in client.contacts] for client in people.clients.values()} == {
        "ОАО «Альфа»": ["ivan.petrov@alfa.example", "volha@alfa.example"],
        "Beta Ltd": ["john.smith@beta.example"],
    }
    assert [member.email for member in people.group("complaints")] == [
        "a.kovaleva@desk.example",
        "k.brown@desk.example",
    ]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"address": ""}, "nobody can be asked here, as there is no terminal; give --address"),
        ({"staff": "", "organisation": ""}, "give --organisation and --staff"),
        ({"provider": "microsoft", "client_id": ""}, "give --client-id"),
        ({"provider": "compuserve"}, "there are: yandex, mailru, google, microsoft, own"),
        ({"address": "support at desk"}, 'write one such as "support@desk.example"'),
        ({"staff": "a.kovaleva@desk.example"}, "write a name and an address"),
        ({"client": "Иван <ivan@alfa.example>"}, "write client and contact"),
        ({"timezone": "Europe/Mins"}, 'timezone = "Europe/Mins"; write the name of a zone, such as "Europe/Minsk"'),
        ({"staff": "Desk <support@desk.example>"}, "is already the address of a mailbox (mailgate.toml); write"),
    ],
)
def test_what_does_not_suffice_is_told_and_nothing_is_written(
    tmp_path: Path, flags: dict[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "desk"

    assert main(words(folder, **flags)) == 2

    assert said in capsys.readouterr().err
    assert not folder.exists()


def test_a_folder_that_begins_nowhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    for folder in ("~nobody-of-that-name/desk", "desk"):
        assert main(words(Path(folder))) == 2
        assert capsys.readouterr().err == (
            f"mailgate: {folder}: the folder that this begins with does not exist; "
            "write its path from the root, such as /etc/mailgate\n"
        )


@pytest.mark.parametrize("name", ["mailgate.toml", "clients.toml", "staff.toml"])
def test_nothing_is_overwritten(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).write_text("mine")

    assert main(words(tmp_path)) == 2

    assert f"{tmp_path / name} is there already" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"


def test_the_passwords_of_the_service_are_systemds(tmp_path: Path) -> None:
    from mailgate.cli.drafting import SERVICE, credentials, drafts, state_of

    answers = Answers(
        folder=SERVICE, address="support@desk.example", complaints="", provider="yandex", imap_host="i.example",
        smtp_host="s.example", username="support", tenant="", client_id="", organisation="О", name="Д", language="ru",
        timezone="Europe/Minsk", staff=(), clients=(),
    )  # fmt: skip
    written = tomllib.loads(drafts(answers)["mailgate.toml"])

    assert not {"password_file", "password_env"} & set(written["mailbox"][0]["imap"])
    assert written["database"]["url"] == f"sqlite:///{state_of(answers)}/mailgate.db"
    unit = (ROOT / "systemd" / "mailgate.service").read_text()
    given = dict(re.findall(r"^LoadCredential=(\w+):(.+)$", unit, re.MULTILINE))
    assert given == {name: str(file) for name, file in credentials(answers).items()}
    assert set(given) == {written["mailbox"][0]["name"], "smtp"}
    assert f"--config {SERVICE}/mailgate.toml" in unit


@pytest.mark.parametrize(("provider", "hands_over"), [("yandex", True), ("microsoft", False)])
def test_the_next_steps_of_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], provider: str, hands_over: bool
) -> None:
    monkeypatch.setattr("mailgate.cli.drafting.SERVICE", tmp_path)

    assert main(words(tmp_path, provider=provider, imap_host="")) == 0

    said = capsys.readouterr().out
    file = tmp_path / "support.password"
    brought = f" -p LoadCredential=support:{file} -p LoadCredential=smtp:{file}" if hands_over else ""
    assert f"systemd-run --pipe --collect --uid=mailgate{brought} /opt/mailgate/bin/mailgate" in said
    assert ("systemctl edit mailgate" in said) is not hands_over


@pytest.mark.parametrize(
    ("domain", "mx", "provider"),
    [
        ("yandex.ru", [], "yandex"),
        ("desk.example", ["mx.yandex.net"], "yandex"),
        ("bk.ru", [], "mailru"),
        ("desk.example", ["emx.mail.ru"], "mailru"),
        ("gmail.com", [], "google"),
        ("desk.example", ["aspmx.l.google.com", "alt1.aspmx.l.google.com"], "google"),
        ("desk.example", ["desk-example.mail.protection.outlook.com"], "microsoft"),
        ("desk.example", ["mx.desk.example"], "own"),
        ("desk.example", ["mx.notmail.ru"], "own"),
        ("desk.example", [], "own"),
    ],
)
def test_the_provider_is_found_by_the_domain_and_by_its_mail_servers(
    domain: str, mx: Sequence[str], provider: str
) -> None:
    assert provider_of(domain, mx).name == provider


def test_an_own_server_is_the_one_that_takes_the_mail() -> None:
    assert own_host("desk.example", ["mx1.desk.example", "mx2.desk.example"]) == "mx1.desk.example"
    assert own_host("desk.example", []) == "mail.desk.example"


def test_a_name_server_that_is_silent_is_no_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    import dns.resolver

    from mailgate.cli.providers import mx_of

    def silent(*_: object, **__: object) -> None:
        raise dns.resolver.NoNameservers

    monkeypatch.setattr("dns.resolver.resolve", silent)
    assert mx_of("desk.example") == []


def test_what_was_given_is_not_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(question: str, default: str | None) -> str:
        asked.append(question)
        return default or "Анна <a@desk.example>"

    monkeypatch.setattr("typer.prompt", answer)
    nothing: dict[str, Any] = dict.fromkeys(
        ["complaints", "imap_host", "smtp_host", "username", "tenant", "client_id", "name", "language", "timezone"], ""
    )
    found = completed(
        Answers(
            **nothing | {"folder": tmp_path, "address": "support@desk.example", "provider": "", "organisation": "О"},
            staff=(), clients=(),
        ),
        lambda domain: ["mx.yandex.net"] if domain == "desk.example" else [],
        on_terminal=True,
    )  # fmt: skip

    assert (found.provider, found.imap_host, found.staff[0].name) == ("yandex", "imap.yandex.ru", "Анна")
    assert "The mailbox that requests come to" not in asked
    assert "The IMAP server" not in asked


def test_a_wrong_answer_is_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = {
        "The mailbox that requests come to": ["support", "support@desk.example"],
        "The provider": ["compuserve", "own"],
        "The organisation that runs the desk": ["a" * 201, "О"],
        "Its language: ru, be or en": ["by", "be"],
        "Its time zone": ["Europe/Mins", "Europe/Minsk"],
        "One of the staff: Name <address>": ["Анна", "Анна <a@desk.example>"],
    }
    monkeypatch.setattr("typer.prompt", lambda question, default: (answers.get(question) or [default]).pop(0))
    nothing: dict[str, Any] = dict.fromkeys(Answers.__dataclass_fields__, "")

    found = completed(
        Answers(**nothing | {"folder": tmp_path, "staff": (), "clients": ()}), lambda _: [], on_terminal=True
    )

    assert (found.address, found.provider, found.language) == ("support@desk.example", "own", "be")
    assert (found.timezone, found.staff[0].email) == ("Europe/Minsk", "a@desk.example")
    assert not any(answers.values())
    assert len(capsys.readouterr().err.splitlines()) == len(answers)


def test_who_gives_up_at_the_password_hears_what_is_next(tmp_path: Path) -> None:
    shown = played(words(tmp_path / "desk", smtp_host="s.example"), (
        ("account's name", "\n"), ("desk is called", "\n"), ("ru, be or en", "\n"), ("time zone", "\n"),
        ("(empty: later): ", "\x04"),
    ))  # fmt: skip

    assert "Write the password of support into its file" in shown


def test_a_file_is_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "desk").touch()

    assert main(words(tmp_path / "desk")) == 2

    assert f"'{tmp_path / 'desk'}' is a file" in capsys.readouterr().err


def test_on_a_terminal_the_password_is_asked_for_without_echo(tmp_path: Path) -> None:
    """A real terminal: what is typed comes back, but not the password."""
    folder = tmp_path / "desk"
    shown = played(words(folder, smtp_host="s.example"), (
        ("account's name", "\n"), ("desk is called", "\n"), ("ru, be or en", "en\n"), ("time zone", "\n"),
        ("(empty: later): ", "pass-canary\n"),
    ))  # fmt: skip

    password = folder / "support.password"
    assert password.read_text() == "pass-canary\n"
    assert stat.S_IMODE(password.stat().st_mode) == 0o600
    assert "canary" not in shown + (folder / "mailgate.toml").read_text()
    config = load(folder / "mailgate.toml", secrets=True)
    assert config.desk.language == "en"
    assert config.mailboxes[0].imap.password_value() == config.smtp.password_value() == "pass-canary"


def played(command: Sequence[str], answers: Sequence[tuple[str, str]]) -> str:
    """What a terminal shows of a command that ends well: to each question its answer, as it is typed."""
    near, far = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "mailgate", *command], stdin=far, stdout=far, stderr=far, cwd=ROOT,
        start_new_session=True, close_fds=True,
    )  # fmt: skip
    os.close(far)
    shown = ""
    for question, typed in answers:
        while question not in shown:
            shown += os.read(near, 10_000).decode()
        os.write(near, typed.encode())
    with suppress(OSError):
        while chunk := os.read(near, 10_000):
            shown += chunk.decode()
    os.close(near)
    assert process.wait(20) == 0, shown
    return shown
