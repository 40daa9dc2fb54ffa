"""`init`: a configuration to begin with, by asking or by flags."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailgate.cli.failure import Wrong

if TYPE_CHECKING:
    from mailgate.cli.asking import Answers


def add_to(app: typer.Typer) -> None:
    """Put the command of this module into the command line."""
    app.command()(init)


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", file_okay=False, help="Where the three files go; made where it is missing.")
    ],
    address: Annotated[str, typer.Option(help="The mailbox that requests come to.")] = "",
    complaints: Annotated[str, typer.Option(help="The mailbox for complaints, if there is one.")] = "",
    provider: Annotated[str, typer.Option(help="yandex, mailru, google, microsoft or own; else found out.")] = "",
    imap_host: Annotated[str, typer.Option(help="The IMAP server, unless the provider's.")] = "",
    smtp_host: Annotated[str, typer.Option(help="The SMTP server, unless the provider's.")] = "",
    username: Annotated[str, typer.Option(help="The account, unless it is called like the address.")] = "",
    tenant: Annotated[str, typer.Option(help="Microsoft: the organisation, unless it is the address's domain.")] = "",
    client_id: Annotated[str, typer.Option(help="Microsoft: the id of the registered application.")] = "",
    organisation: Annotated[str, typer.Option(help="Who runs the desk.")] = "",
    name: Annotated[str, typer.Option(help="What the desk is called.")] = "",
    language: Annotated[str, typer.Option(help="ru, be or en.")] = "",
    timezone: Annotated[str, typer.Option(help="Such as Europe/Minsk.")] = "",
    staff: Annotated[list[str] | None, typer.Option(metavar="PERSON", help="'Name <address>'; once for each.")] = None,
    client: Annotated[
        list[str] | None, typer.Option(metavar="CONTACT", help="'Client: Name <address>'; once for each contact.")
    ] = None,
) -> None:
    """Write a commented configuration, by asking or by these flags. No file is overwritten."""
    from mailgate.cli.asking import Answers, contact, person

    given = Answers(
        folder=_from_the_root(folder), address=address, complaints=complaints, provider=provider,
        imap_host=imap_host, smtp_host=smtp_host, username=username, tenant=tenant, client_id=client_id,
        organisation=organisation, name=name, language=language, timezone=timezone,
        staff=tuple(map(person, staff or ())), clients=tuple(map(contact, client or ())),
    )  # fmt: skip
    _begin(given, on_terminal=sys.stdin.isatty())


def _from_the_root(folder: Path) -> Path:
    """The whole path. Raises Wrong."""
    try:
        return folder.expanduser().absolute()
    except (RuntimeError, FileNotFoundError):  # nobody's home; the working folder was deleted
        want = "write its path from the root, such as /etc/mailgate"
        raise Wrong(f"{folder}: the folder that this begins with does not exist; {want}") from None


def _begin(given: Answers, *, on_terminal: bool) -> None:
    from mailgate.cli.asking import completed
    from mailgate.cli.drafting import drafts
    from mailgate.cli.providers import mx_of

    _refuse_to_overwrite(given.folder)
    answers = completed(given, mx_of, on_terminal=on_terminal)
    files = drafts(answers)
    _try_out(files)
    _write(answers, files)
    if on_terminal:
        _ask_passwords(answers)
    for line in _next_steps(answers):
        typer.echo(line)


def _refuse_to_overwrite(folder: Path) -> None:
    for name in ("mailgate.toml", "clients.toml", "staff.toml"):
        if (folder / name).exists():
            raise Wrong(f"{folder / name} is there already, and nothing is overwritten; name another folder")


def _try_out(files: Mapping[str, str]) -> None:
    """What was answered may be wrong, such as a time zone: nothing is written then. Raises Wrong."""
    from mailgate.config import ConfigError, load

    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            Path(folder, name).write_text(text, encoding="utf-8")
        try:
            load(Path(folder, "mailgate.toml"))
        except ConfigError as error:
            said = "\n".join(f"{each.what}; {each.want}" for each in error.problems)
            raise Wrong(re.sub(rf"{re.escape(folder)}/([^\s:]+):\d+", r"\1", said)) from None  # that file is gone then


def _write(answers: Answers, files: Mapping[str, str]) -> None:
    from mailgate.cli.drafting import SERVICE, state_of

    answers.folder.mkdir(parents=True, exist_ok=True)
    if answers.folder != SERVICE:  # else systemd makes it
        state_of(answers).mkdir(mode=0o700, exist_ok=True)
    for name, text in files.items():
        with (answers.folder / name).open("x", encoding="utf-8") as file:
            file.write(text)
        typer.echo(f"wrote {answers.folder / name}")


def _ask_passwords(answers: Answers) -> None:
    """Without echo; each goes into a file of its own that only its owner reads, and into nothing else.

    Who gives up here (Ctrl-C, Ctrl-D) still hears the next steps: the configuration is written.
    """
    from mailgate.access.keeping import keep
    from mailgate.cli.drafting import password_files

    for name, file in password_files(answers).items():
        question = f"The password of {name}, which is not shown (empty: later)"
        if file.exists():
            continue
        try:
            password = typer.prompt(question, default="", hide_input=True, show_default=False)
        except typer.Abort:
            return
        if password:
            keep(file, password)
            typer.echo(f"wrote {file}")


def _next_steps(answers: Answers) -> Iterator[str]:
    from mailgate.cli.drafting import MAILBOX, SERVICE, credentials, password_files

    yield f"\nNext, for {answers.who.title}:"
    steps = [step.format(address=answers.address, called=MAILBOX) for step in answers.who.steps]
    files = password_files(answers)
    steps += [
        f"Write the password of {name} into its file: install -m 0600 /dev/stdin {file}, then the password, Ctrl-D."
        for name, file in files.items()
        if not file.exists()
    ]
    if not answers.clients:
        steps.append(f"Name your clients and their contacts in {answers.folder / 'clients.toml'}.")
    check = f"mailgate --config {answers.folder / 'mailgate.toml'} check"
    if answers.folder == SERVICE:
        if not files:
            steps.append("No passwords are handed over: systemctl edit mailgate, then [Service] and LoadCredential=.")
        brought = "".join(f" -p LoadCredential={name}:{file}" for name, file in credentials(answers).items())
        check = f"systemd-run --pipe --collect --uid=mailgate{brought} /opt/mailgate/bin/{check}"
    steps.append(f"See that everything is right: {check}")
    for number, step in enumerate(steps, 1):
        yield f"  {number}. {step}"
