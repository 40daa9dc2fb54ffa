"""Notices on sample data."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from jinja2 import Environment, TemplateError, TemplateSyntaxError

from mailgate import assets
from mailgate.cli.failure import Failed
from mailgate.outbox import charts
from mailgate.outbox.compose import environment, html_of, subject_of, text_of
from mailgate.outbox.samples import sample

if TYPE_CHECKING:
    from mailgate.config import Config


def rendered(config: Config | None, notice: str, language: str, *, html: bool) -> str:
    """The notice as it would be sent: its HTML part, or its subject and text part. Raises Failed for a bad template.

    The templates of the configuration come first, where there is one.
    """
    templates = templates_of(config)
    draft = sample(notice, language)
    try:
        if html:
            shown = charts.pictures(draft.facts) if notice == charts.NOTICE else ()
            return charts.embedded(html_of(draft, templates), shown)
        return f"Subject: {subject_of(draft, templates)}\n\n{text_of(draft, templates)}"
    except TemplateSyntaxError as error:
        raise Failed(f"{error.filename}:{error.lineno}: {error.message}") from error
    except TemplateError as error:
        raise Failed(f"the template {language}/{notice} cannot be filled in: {error.message}") from error


def templates_of(config: Config | None) -> Environment:
    """The admin's templates, where there is a configuration that names some, then the built-in ones."""
    own = config.files.templates if config else None
    zone = config.desk.zone if config else ZoneInfo("Europe/Minsk")
    return environment(*((own,) if own else ()), assets.templates(), zone=zone)
