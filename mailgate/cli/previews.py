"""Notices on sample data."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import typer
from jinja2 import Environment, TemplateError, TemplateSyntaxError

from mailgate import assets
from mailgate.cli.failure import Failed
from mailgate.cli.setting import configuration_if_any
from mailgate.outbox.compose import environment, html_of, subject_of, text_of
from mailgate.outbox.samples import sample


def preview(context: typer.Context, notice: str, language: str, *, html: bool) -> str:
    """The notice as it would be sent: its HTML part, or its subject and text part. Raises Failed for a bad template."""
    templates, draft = _templates(context), sample(notice, language)
    try:
        if html:
            return html_of(draft, templates)
        return f"Subject: {subject_of(draft, templates)}\n\n{text_of(draft, templates)}"
    except TemplateSyntaxError as error:
        raise Failed(f"{error.filename}:{error.lineno}: {error.message}") from error
    except TemplateError as error:
        raise Failed(f"the template {language}/{notice} cannot be filled in: {error.message}") from error


def _templates(context: typer.Context) -> Environment:
    """Those of the configuration, then the built-in ones."""
    config = configuration_if_any(context)
    own = config.files.templates if config else None
    zone = config.desk.zone if config else ZoneInfo("Europe/Minsk")
    return environment(*((own,) if own else ()), assets.templates(), zone=zone)
