"""What a process does before daemons are forked from it: everything that each of them would have to do anew."""

from __future__ import annotations

import gc
import tempfile
from importlib import import_module
from pathlib import Path

from sqlalchemy.orm import configure_mappers

from mailgate.cli import command
from mailgate.outbox.compose import html_of, subject_of, text_of
from mailgate.outbox.samples import sample
from mailgate.rules.notices import NOTICES
from mailgate.store.database import Database
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN, ROOT

NEEDED = (
    *("alembic.command", "holidays.countries", "psycopg"),
    *("mailgate.cli.setting", "mailgate.cli.views", "mailgate.daemon.census"),
)


def get_ready() -> None:
    """Import it all, put commands and tables together, rehearse, compile the Russian templates."""
    for module in NEEDED:
        import_module(module)
    command()
    configure_mappers()
    with tempfile.TemporaryDirectory(prefix="mailgate-rehearsal-") as folder:
        _rehearse(Database(f"sqlite:///{Path(folder) / 'mailgate.db'}"))
    gc.freeze()  # a fork that looks for garbage in it would copy it all


def _rehearse(database: Database) -> None:
    """Read a configuration, register a request, carry out an order: what is put together at its first use stays."""
    hand = DeskInHand(ROOT / "config" / "mailgate.toml", database)
    hand.write(IVAN, "Не открывается портал", "С утра.")
    hand.answer(hand.last(ANNA, "staff_new"), "!взять\n\nСмотрим.")
    for name in NOTICES:
        for part in (subject_of, text_of, html_of):
            part(sample(name, "ru"), hand.templates)
    database.dispose()
