"""Templates on trial: every notice in every language, filled in with sample facts."""

from __future__ import annotations

import traceback
from collections.abc import Iterator

from jinja2 import Environment, TemplateError, TemplateNotFound, TemplateSyntaxError

from mailgate.outbox.compose import Draft, html_of, subject_of, text_of
from mailgate.outbox.samples import sample
from mailgate.outbox.variants import variants
from mailgate.rules.notices import NOTICES
from mailgate.rules.vocabulary import Language


def faults(templates: Environment, *, thoroughly: bool = False) -> Iterator[tuple[str, str, str]]:
    """(notice, language, what goes wrong) of each that cannot be filled in; `thoroughly`, in whatever branch."""
    for language in Language:
        for notice in NOTICES:
            drafts = variants(notice, language) if thoroughly else [sample(notice, language)]
            if (what := next(filter(None, (_fault(draft, templates) for draft in drafts)), None)) is not None:
                yield notice, language, what


def fault_of(error: Exception, name: str) -> str:
    """What went wrong, with the file and the line of the template where that can be told."""
    if isinstance(error, TemplateSyntaxError):
        return f"{error.filename or name}:{error.lineno}: {error.message}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(".j2")]
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else f"the template {name} cannot be filled in"
    if isinstance(error, RecursionError):
        return f'{place}: it extends, imports or calls itself without end; the one that it replaces is "built-in/…"'
    if isinstance(error, TemplateNotFound):
        return f"{place}: there is no template {error.message}"
    return f"{place}: {error}" if isinstance(error, TemplateError) else f"{place}: {type(error).__name__}: {error}"


def _fault(draft: Draft, templates: Environment) -> str | None:
    """A template may raise anything, or say nothing."""
    try:
        said = [part(draft, templates).strip() for part in (subject_of, text_of, html_of)]
    except Exception as error:
        return fault_of(error, f"{draft.language}/{draft.name}")
    return None if all(said) else "a part of the mail would be empty"
