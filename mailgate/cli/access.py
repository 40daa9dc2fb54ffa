"""`auth login`: somebody signs in once, and mailgate opens the mailbox with access tokens from then on."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailgate.cli.failure import Failed, Wrong
from mailgate.cli.setting import configuration

if TYPE_CHECKING:
    from mailgate.config import Config, Login, OAuth

app = typer.Typer(help="Logging in without passwords.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def group() -> None:
    """Logging in without passwords."""


@app.command()
def login(
    context: typer.Context,
    mailbox: Annotated[str, typer.Argument(metavar="MAILBOX", help='Its name; "smtp" is the login of [smtp].')],
) -> None:
    """Sign in to a mailbox in a browser, on any device, and keep the refresh token."""
    from mailgate.access.consent import ConsentError
    from mailgate.access.keeping import keep

    account = _account(configuration(context, people=False), mailbox)
    application, file = _application(account), _file(account)
    try:
        token = _by_code(application) if application.place("device") else _by_browser(application, account)
    except ConsentError as error:
        raise Failed(str(error)) from None
    keep(file, token)
    typer.echo(f"The refresh token is kept in {file}. Next: mailgate check")


def _account(config: Config, name: str) -> Login:
    accounts = {login.called: login for login in (config.smtp, *(mailbox.imap for mailbox in config.mailboxes))}
    if name not in accounts:
        raise Wrong(f"there is no mailbox {name!r}; there are: {', '.join(accounts)}")
    return accounts[name]


def _application(account: Login) -> OAuth:
    application = account.application
    if application is None:
        raise Wrong(f"{account.called} logs in with a password; for access tokens name an [[oauth]] table: oauth = …")
    if application.grant == "client_credentials":
        raise Wrong(f'"{application.name}" opens {account.called} by itself: nobody has to sign in')
    if not (application.place("device") or application.place("authorize")):
        raise Wrong(f'the table [[oauth]] "{application.name}" names neither a device_url nor an authorize_url')
    return application


def _file(account: Login) -> Path:
    """Where the token goes. Asked for before anybody signs in for nothing."""
    file = account.token_file
    assert file is not None, "the configuration demands it for this grant"
    if not os.access(file.parent, os.W_OK | os.X_OK):
        raise Failed(f"{file.parent}: no folder that can be written to; make it, or name another token_file")
    return file


def _by_code(application: OAuth) -> str:
    from mailgate.access.consent import device_code, wait_for_consent

    code = device_code(application)
    typer.echo(f"Open   {code.address}\nenter  {code.user_code}\nand sign in as the mailbox's account. Waiting ...")
    return wait_for_consent(application, code, time.sleep)


def _by_browser(application: OAuth, account: Login) -> str:
    from mailgate.access.consent import BrowserConsent

    consent = BrowserConsent(application, account.username or "")
    typer.echo(f"Open this address in a browser and sign in as {account.username}:\n\n{consent.address}\n")
    typer.echo("The browser will then say that it cannot reach 127.0.0.1: that is right. Copy its address line.")
    return consent.refresh_token(typer.prompt("The address"))
