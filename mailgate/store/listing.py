"""The list of requests in working order (4.1): one statement, for sessions and for the driver alone.

Why the driver alone: people and scripts ask for the list all day, and SQLAlchemy takes longer to be imported than all
the rest of it.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, TypedDict, Unpack
from urllib.parse import parse_qsl, quote, urlencode

from mailgate.rules.vocabulary import OPEN, Priority
from mailgate.store.schema import REVISION, is_missing, require

BUSY_SECONDS: Final = 30
"""How long SQLite waits where somebody else has the database to himself."""


class Narrowed(TypedDict, total=False):
    """Which requests are listed: all, unless it is narrowed."""

    status: str | None
    client: str | None
    """By id."""
    priority: str | None
    only_open: bool
    """Only those on which somebody has to act."""
    limit: int | None


def working_order(**narrowed: Unpack[Narrowed]) -> tuple[str, dict[str, Any]]:
    """4.1: by priority, then by age. The statement, and the values of its `:names`."""
    priority = narrowed.get("priority")
    columns = {
        "status": narrowed.get("status"),
        "client_id": narrowed.get("client"),
        "priority_rank": None if priority is None else Priority(priority).rank,
    }
    values: dict[str, Any] = {name: value for name, value in columns.items() if value is not None}
    wanted = [f"{name} = :{name}" for name in values]
    if narrowed.get("only_open"):
        wanted.append(f"status IN ({', '.join(map(repr, map(str, sorted(OPEN))))})")
    where = f" WHERE {' AND '.join(wanted)}" if wanted else ""
    if (limit := narrowed.get("limit")) is not None:
        values["most"] = limit
    most = " LIMIT :most" if limit is not None else ""
    return f"SELECT * FROM request{where} ORDER BY priority_rank, registered_at, id{most}", values


def listed(url: str, **narrowed: Unpack[Narrowed]) -> Sequence[Any]:
    """The requests of a database, by its URL; each has the columns of `tables.Request` as attributes.

    Raises SchemaError, and what the driver raises.
    """
    ask = _ask_sqlite if url.startswith("sqlite:") else _ask_postgresql
    return ask(url, *working_order(**narrowed))


def _ask_sqlite(url: str, statement: str, values: dict[str, Any]) -> Sequence[Any]:
    file = url.removeprefix("sqlite:///").partition("?")[0]
    if not Path(file).exists():  # to open it would make one
        require(None)
    # The types of the columns that SQLite has not itself.
    sqlite3.register_converter("datetime", lambda text: datetime.fromisoformat(text.decode()).replace(tzinfo=UTC))
    sqlite3.register_converter("boolean", lambda text: text == b"1")
    with closing(sqlite3.connect(file, BUSY_SECONDS, detect_types=sqlite3.PARSE_DECLTYPES)) as connection:
        return _ask(connection, statement, values)


def _ask_postgresql(url: str, statement: str, values: dict[str, Any]) -> Sequence[Any]:
    import psycopg  # the driver is an extra

    with psycopg.connect(conninfo(url)) as connection:
        return _ask(connection, re.sub(r":(\w+)", r"%(\1)s", statement), values)


def conninfo(url: str) -> str:
    """The URL of a PostgreSQL database as libpq reads one: hosts that are named one by one come into one list."""
    address, _, query = url.replace("+psycopg", "", 1).partition("?")
    options = parse_qsl(query)
    hosts = [value.partition(":") for name, value in options if name == "host"]
    if len(hosts) > 1 or any(colon for _, colon, _ in hosts):
        options = [each for each in options if each[0] != "host"]
        options.append(("host", ",".join(host for host, _, _ in hosts)))
        options.append(("port", ",".join(port for _, _, port in hosts)))
    return f"{address}?{urlencode(options, quote_via=quote)}"


def _ask(connection: Any, statement: str, values: dict[str, Any]) -> Sequence[Any]:
    require(_revision(connection))
    found = connection.execute(statement, values)
    columns = [column[0] for column in found.description]
    return [SimpleNamespace(**dict(zip(columns, cells, strict=True))) for cells in found]


def _revision(connection: Any) -> str | None:
    try:
        (revision,) = connection.execute(REVISION).fetchone() or (None,)
    except Exception as error:
        if is_missing(error):
            return None
        raise
    return revision
