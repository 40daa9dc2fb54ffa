"""Reading the configuration as a whole: every problem of every file is found before anything starts."""

from __future__ import annotations

import gc
import os.path
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from mailgate.config.collisions import collisions
from mailgate.config.csv_clients import read_csv
from mailgate.config.deadlines import Calendar, Deadlines
from mailgate.config.limits import Loops, MessageLimits
from mailgate.config.login import Login
from mailgate.config.metrics import Metrics
from mailgate.config.models import (
    Authenticity,
    Database,
    Desk,
    Files,
    Gateway,
    Mailbox,
    Outbox,
    Settings,
    Smtp,
)
from mailgate.config.oauth import OAuth, unresolved
from mailgate.config.people import ClientsFile, People, StaffFile
from mailgate.config.problems import ConfigError, Problem, SecretError
from mailgate.config.retention import Retention
from mailgate.config.sources import Source, TomlSource, read_toml
from mailgate.config.targets import Targets
from mailgate.config.toml_lines import Loc
from mailgate.config.validation import validated
from mailgate.rules.targets import ServiceTarget
from mailgate.rules.vocabulary import Language, Priority

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that was configured. The tables are those of mailgate.toml; `people` comes from its other files."""

    path: Path
    """Of mailgate.toml; absolute."""
    desk: Desk
    database: Database
    mailboxes: tuple[Mailbox, ...]
    gateways: tuple[Gateway, ...]
    smtp: Smtp
    oauth: tuple[OAuth, ...]
    authenticity: Authenticity
    deadlines: Deadlines
    calendar: Calendar
    files: Files
    outbox: Outbox
    limits: MessageLimits
    loops: Loops
    targets: Targets | None
    metrics: Metrics
    retention: Retention
    people: People

    def promised(self, client_id: str | None, priority: Priority) -> ServiceTarget:
        """3.9: the service target of a client's requests; nothing is promised where the desk has no targets."""
        client = self.people.clients.get(client_id or "")
        return self.targets.promised(priority, client.targets if client else None) if self.targets else ServiceTarget()


def load(path: Path, *, secrets: bool = False, people: bool = True) -> Config:
    """The configuration in the file and in those that it names. Raises ConfigError with all that is wrong.

    `secrets` demands every password and every package as well: for what logs in (`run`, the online `check`), so that an
    example, an offline check or a list of requests needs none. Without `people` the files of clients and
    staff are left unread and nobody is known: for what only looks into the database.
    """
    with no_collector():
        return _Reading(path, read_toml(path)).config(secrets, people)


@contextmanager
def no_collector() -> Iterator[None]:
    """For what makes much and throws little away.

    Why: a hundred thousand contacts are a million young objects; looking for cycles among them doubles the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@dataclass
class _Reading:
    """One reading: the files, and the problems found so far."""

    path: Path
    main: TomlSource
    problems: list[Problem] = field(default_factory=list)

    def config(self, secrets: bool, people: bool) -> Config:
        settings = self._validated(Settings, self.main)
        everybody = self._people(settings) if people else People()
        self._templates()
        if people:
            self._closed_templates()
        self.problems += unresolved(self.main)
        if settings is not None and secrets:
            self.problems += self._missing_secrets(settings)
            self.problems += self._missing_extras(settings)
        if settings is None or self.problems:
            raise ConfigError(self._in_order())
        tables: dict[str, Any] = {name: getattr(settings, name) for name in Settings.model_fields}
        return Config(path=self.path.absolute(), people=everybody, **tables)

    def _people(self, settings: Settings | None) -> People:
        clients = self._named("clients", _read_clients)
        staff = self._named("staff", _read_toml)
        clients_file = self._validated(ClientsFile, clients) if clients else None
        staff_file = self._validated(StaffFile, staff) if staff else None
        people = People(clients_file.clients if clients_file else (), staff_file.staff if staff_file else ())
        distinct = settings and clients_file and staff_file and _distinct(settings, clients_file, staff_file, people)
        self.problems += collisions(self.main, clients, staff, distinct=bool(distinct))
        return people

    def _named(self, key: str, read: Callable[[Path, list[Problem]], Source]) -> Source | None:
        """The file that [files] names, if it can be read."""
        name = self._file_name(key) or f"{key}.toml"
        file = self.path.parent / name
        if not os.path.isfile(file):
            what = f'{key} = "{name}": there is no file {file.absolute()}'
            self.problems.append(self.main.problem(("files", key), what, "write a path relative to this file"))
            return None
        try:
            return read(file, self.problems)
        except ConfigError as error:
            self.problems += error.problems
            return None

    def _templates(self) -> None:
        name = self._file_name("templates")
        if name and not os.path.isdir(folder := self.path.parent / name):
            what = f'templates = "{name}": there is no folder {folder.absolute()}'
            want = "write a folder relative to this file, or leave templates out to use the built-in ones"
            self.problems.append(self.main.problem(("files", "templates"), what, want))

    def _closed_templates(self) -> None:
        """Where this user may not look, built-in ones would be used and nobody would hear of it."""
        name = self._file_name("templates")
        folder = self.path.parent / name if name else None
        for each in (folder, *(folder / language for language in Language)) if folder else ():
            if os.path.isdir(each) and not os.access(each, os.R_OK | os.X_OK):
                what = f'templates = "{name}": {each.absolute()} cannot be read'
                want = "a folder that the user who runs mailgate may look into"
                self.problems.append(self.main.problem(("files", "templates"), what, want))

    def _file_name(self, key: str) -> str | None:
        files = self.main.data.get("files")
        name = files.get(key) if isinstance(files, dict) else None
        return name if isinstance(name, str) else None

    def _missing_secrets(self, settings: Settings) -> Iterator[Problem]:
        needs: list[tuple[Loc, Login | OAuth]] = [(("smtp",), settings.smtp)]
        needs += [(("mailbox", index, "imap"), box.imap) for index, box in enumerate(settings.mailboxes)]
        needs += [(("oauth", index), application) for index, application in enumerate(settings.oauth)]
        for loc, needy in needs:
            try:
                needy.demand_secret()
            except SecretError as error:
                yield self.main.problem((*loc, error.key), error.what, error.want)

    def _missing_extras(self, settings: Settings) -> Iterator[Problem]:
        if settings.metrics.listen and find_spec("prometheus_client") is None:
            what = f'listen = "{settings.metrics.listen}" needs prometheus-client, which is not installed'
            yield self.main.problem(("metrics", "listen"), what, "pip install 'mailgate[metrics]'")

    def _validated(self, model: type[M], source: Source) -> M | None:
        return validated(model, source, self.problems, {"folder": self.path.absolute().parent})

    def _in_order(self) -> Sequence[Problem]:
        """By file, the main one first, and by line; what is said twice once."""
        place = {problem: (problem.file != self.path, problem.file, problem.line or 0) for problem in self.problems}
        return sorted(place, key=lambda problem: place[problem])


def _read_toml(file: Path, problems: list[Problem]) -> Source:
    return read_toml(file)


def _read_clients(file: Path, problems: list[Problem]) -> Source:
    if file.suffix.lower() != ".csv":
        return read_toml(file)
    source, found = read_csv(file)
    problems += found
    return source


def _distinct(settings: Settings, clients: ClientsFile, staff: StaffFile, people: People) -> bool:
    """Whether each address has one owner, the desk included, and each client an id of its own."""
    others = [
        *(mailbox.address for mailbox in settings.mailboxes),
        *(gateway.address for gateway in settings.gateways),
        *(member.email for member in staff.staff),
    ]
    return (
        len(people.clients) == len(clients.clients)
        and len(people.contacts) == sum(len(client.contacts) for client in clients.clients)
        and len(set(others)) == len(others)
        and not any(map(people.contact, others))
    )
