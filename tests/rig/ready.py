"""What a process does before daemons are forked from it: everything that each of them would have to do anew."""

from __future__ import annotations

import gc
from importlib import import_module
from zoneinfo import ZoneInfo

from sqlalchemy.orm import configure_mappers

from mailgate import assets
from mailgate.cli import command
from mailgate.outbox.compose import environment, html_of, subject_of, text_of
from mailgate.outbox.samples import sample
from mailgate.rules.notices import NOTICES

NEEDED = ("alembic.command", "mailgate.cli.setting", "mailgate.cli.views", "mailgate.daemon.census", "psycopg")


def get_ready() -> None:
    """Import it all, put commands and tables together, compile the Russian templates."""
    for module in NEEDED:
        import_module(module)
    command()
    configure_mappers()
    templates = environment(assets.templates(), zone=ZoneInfo("Europe/Minsk"))
    for name in NOTICES:
        for part in (subject_of, text_of, html_of):
            part(sample(name, "ru"), templates)
    gc.freeze()  # a fork that looks for garbage in it would copy it all
