"""Notices on sample data, and files of an admin's that take no template's place."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from jinja2 import Environment

from mailgate import assets
from mailgate.cli.failure import Failed
from mailgate.config.problems import nearest
from mailgate.outbox import charts
from mailgate.outbox.compose import environment, html_of, subject_of, text_of
from mailgate.outbox.samples import sample
from mailgate.outbox.trial import fault_of

if TYPE_CHECKING:
    from mailgate.config import Config


def rendered(config: Config | None, notice: str, language: str, *, html: bool) -> str:
    """The notice as it would be sent: its HTML part, or its subject and text part. Raises Failed for a bad template.

    The templates of the configuration come first, where there is one.
    """
    templates, draft = templates_of(config), sample(notice, language)
    try:
        if html:
            shown = charts.pictures(draft.facts) if notice == charts.NOTICE else ()
            return charts.embedded(html_of(draft, templates), shown)
        return f"Subject: {subject_of(draft, templates)}\n\n{text_of(draft, templates)}"
    except Exception as error:
        raise Failed(fault_of(error, f"{language}/{notice}")) from error


def files(config: Config | None, notice: str, language: str, *, html: bool) -> list[str]:
    """The files from which that came, the admin's own or the built-in ones."""
    templates = templates_of(config)
    names = [f"{language}/{notice}.{part}.j2" for part in (("html", "txt") if html else ("subject", "txt"))]
    return [str(templates.get_template(name).filename) for name in names]


def templates_of(config: Config | None) -> Environment:
    """The admin's templates, where there is a configuration that names some, then the built-in ones."""
    own = config.files.templates if config else None
    zone = config.desk.zone if config else ZoneInfo("Europe/Minsk")
    return environment(*((own,) if own else ()), assets.templates(), zone=zone)


def unusable(own: Path) -> Iterator[tuple[Path, str]]:
    """A file that cannot be read, or takes no template's place; one that begins with "_" serves others."""
    stock = assets.templates()
    built_in = {path.relative_to(stock).as_posix() for path in stock.rglob("*.j2")}
    for path in sorted(path for path in own.rglob("*") if path.is_file() and not path.name.startswith(".")):
        if problem := _unreadable(path) or _misnamed(path.relative_to(own), built_in):
            yield path, problem


def _unreadable(path: Path) -> str | None:
    if path.suffix != ".j2":
        return None
    try:
        path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return "text that is not UTF-8; save the file as UTF-8"
    except OSError as error:
        return f"it cannot be read: {error.strerror}; a file that the user who runs mailgate can read"
    return None


def _misnamed(path: Path, built_in: Collection[str]) -> str | None:
    name = path.as_posix()
    if path.name.startswith("_") or name in built_in:
        return None
    like = nearest(name, built_in)
    if path.suffix != ".j2" and not like:
        return None
    hint = f'did you mean "{like}"?' if like else "`mailgate render` names the notices"
    return f"no notice has a template of this name, so it is never used; {hint}"
