"""The files of a configuration: how each looks from outside, and whether the templates among them can be used."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from mailgate import assets
from mailgate.config import Config, ConfigError, Problem
from mailgate.outbox.compose import environment

Stamps = dict[Path, tuple[int, int, int] | None]
"""By file: when it was changed, its size, its inode; None where there is no such file."""


def stamps(config: Config) -> Stamps:
    """How the files look now. Links are followed: one that is set to another file counts as a change."""
    return {path: _stamp(path) for path in _files(config)}


def require_templates(config: Config) -> None:
    """Raise ConfigError where one of the admin's own templates cannot be filled in, in whatever branch.

    Why in all of them: a notice that cannot be composed is refused for good, and its reader never hears of it.
    """
    own = config.files.templates
    if own is None:
        return
    from mailgate.outbox.trial import faults  # with all its samples: nothing for a desk with the built-in ones

    templates = environment(own, assets.templates(), zone=config.desk.zone)
    want = "correct the template, or delete it: the built-in one serves then"
    found = faults(templates, thoroughly=True)
    if problems := [Problem(own, None, f"template {language}/{name}: {what}", want) for name, language, what in found]:
        raise ConfigError(problems)


def _files(config: Config) -> Iterator[Path]:
    yield from (config.path, config.files.clients, config.files.staff)
    logins = (config.smtp, *(mailbox.imap for mailbox in config.mailboxes))
    yield from (login.password_file for login in logins if login.password_file is not None)
    yield from (each.client_secret_file for each in config.oauth if each.client_secret_file is not None)
    if credentials := os.environ.get("CREDENTIALS_DIRECTORY"):
        yield from Path(credentials).glob("*")
    if config.files.templates is not None:
        for pattern in ("*.j2", "*/*.j2"):
            yield from config.files.templates.glob(pattern)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
