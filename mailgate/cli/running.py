"""`run`, `check`, `demo`, `render`."""

from __future__ import annotations

import faulthandler
import gc
import logging
from typing import Annotated

import typer

from mailgate.cli.failure import FAILED, WRONG, Failed, Wrong
from mailgate.cli.logs import LogFormat, log_to_stderr


def add_to(app: typer.Typer) -> None:
    """Put the commands of this module into the command line."""
    for command in (run, check, demo, render):
        app.command()(command)


def run(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Do what waits now, then end.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more.")] = False,
    log_format: Annotated[
        LogFormat | None, typer.Option(help="How to log: by default text on a terminal, else json.", show_default=False)
    ] = None,
) -> None:
    """The daemon: watches every mailbox until it is stopped."""
    from mailgate.cli.setting import configuration, require_place
    from mailgate.config.load import no_collector

    log_to_stderr(logging.DEBUG if verbose else logging.WARNING if once else logging.INFO, log_format)
    with no_collector():
        config = configuration(context, secrets=True)
        require_place(config)
        from mailgate.daemon import run as run_daemon
        from mailgate.daemon.files import require_templates
        from mailgate.daemon.supervisor import tell

        require_templates(config)
        gc.freeze()  # all this is kept for good
    faulthandler.enable()  # systemd's watchdog ends a daemon that hangs by SIGABRT: then the log says where it hung
    counts = run_daemon(config, once=once, ready=lambda: tell("READY=1"))
    if once:
        typer.echo(str(counts))
    for failure in counts.failures:
        typer.echo(f"mailgate: {failure}", err=True)
    if counts.failures:
        raise typer.Exit(FAILED)


def check(
    context: typer.Context,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no server.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Is everything right? What is not comes with what to do."""
    from mailgate.cli import checking
    from mailgate.cli.output import emit_json
    from mailgate.config import ConfigError

    try:
        findings = checking.check(context, offline=offline)
    except ConfigError as error:
        if not json:
            raise
        findings = [checking.Finding("configuration", str(each), is_configuration=True) for each in error.problems]
    if json:
        emit_json([{"what": each.what, "ok": each.problem is None, "problem": each.problem} for each in findings])
    else:
        for each in findings:
            typer.echo(f"ok     {each.what}" if each.problem is None else f"WRONG  {each.what}: {each.problem}")
    bad = [each for each in findings if each.problem is not None]
    if bad:
        raise typer.Exit(WRONG if any(each.is_configuration for each in bad) else FAILED)


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the mail servers up, to play along by mail.")] = False,
) -> None:
    """Plays the main job on an embedded mail server, with no set-up."""
    try:
        from mailgate.demo import play
    except ImportError as missing:
        raise Failed(f"the demo needs its mail servers: pip install 'mailgate[demo]' ({missing})") from missing
    raise typer.Exit(play(keep=keep))


def render(
    context: typer.Context,
    notice: Annotated[str, typer.Argument(metavar="NOTICE", help="Its name, such as registered.")],
    language: Annotated[str, typer.Option(help="ru, be or en.")] = "ru",
    html: Annotated[bool, typer.Option("--html", help="The HTML part.")] = False,
    facts: Annotated[bool, typer.Option("--facts", help="What its templates may name, as JSON.")] = False,
) -> None:
    """A notice on sample data, to preview a template; from which files it came goes to stderr."""
    from mailgate.cli.output import emit_json
    from mailgate.cli.previews import files, rendered
    from mailgate.cli.setting import configuration_if_any
    from mailgate.rules.notices import NOTICES
    from mailgate.rules.vocabulary import Language

    if notice not in NOTICES:
        raise Wrong(f"there is no notice {notice!r}; there are: {', '.join(NOTICES)}")
    if language not in tuple(Language):
        raise Wrong(f"there is no language {language!r}; there are: {', '.join(Language)}")
    if facts:
        from mailgate.outbox.samples import sample

        emit_json(sample(notice, language).facts)
        return
    config = configuration_if_any(context)
    typer.echo(rendered(config, notice, language, html=html), nl=False)
    for file in files(config, notice, language, html=html):
        typer.echo(f"from {file}", err=True)
