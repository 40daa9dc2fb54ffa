"""Notices on sample data."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import typer

from mailgate import assets
from mailgate.cli.setting import configuration
from mailgate.config import ConfigError
from mailgate.outbox.compose import environment, html_of, subject_of, text_of
from mailgate.outbox.samples import sample


def preview(context: typer.Context, notice: str, language: str, *, html: bool) -> str:
    """The notice as it would be sent: its HTML part, or its subject and text part."""
    folders, zone = [assets.templates()], ZoneInfo("Europe/Minsk")
    try:
        config = configuration(context)
    except ConfigError:
        if context.obj is not None:
            raise
    else:
        zone = config.desk.zone
        folders = [*([config.files.templates] if config.files.templates else []), *folders]
    templates, draft = environment(*folders, zone=zone), sample(notice, language)
    if html:
        return html_of(draft, templates)
    return f"Subject: {subject_of(draft, templates)}\n\n{text_of(draft, templates)}"
