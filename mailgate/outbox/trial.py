"""Templates on trial: every notice in every language, filled in with sample facts."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import Environment, TemplateError, TemplateSyntaxError

from mailgate.outbox.compose import html_of, subject_of, text_of
from mailgate.outbox.samples import sample
from mailgate.rules.notices import NOTICES
from mailgate.rules.vocabulary import Language


def faults(templates: Environment) -> Iterator[tuple[str, str, str]]:
    """(notice, language, what goes wrong) of each that cannot be filled in."""
    for language in Language:
        for notice in NOTICES:
            if (what := _fault(notice, language, templates)) is not None:
                yield notice, language, what


def _fault(notice: str, language: str, templates: Environment) -> str | None:
    """A template may raise anything."""
    draft = sample(notice, language)
    try:
        for part in (subject_of, text_of, html_of):
            part(draft, templates)
    except TemplateSyntaxError as error:
        return f"{error.filename}:{error.lineno}: {error.message}"
    except TemplateError as error:
        return f"it cannot be filled in: {error.message}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None
