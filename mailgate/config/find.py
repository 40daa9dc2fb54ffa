"""Where the configuration is.

Why os.path: where a folder may not be entered, it says that there is no file, and pathlib raises.
"""

from __future__ import annotations

import os.path
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from mailgate.config.problems import ConfigError, Problem

USUAL: Final = (Path("config/mailgate.toml"), Path("/etc/mailgate/mailgate.toml"))

_LET_IN: Final = "work as the user who runs mailgate: sudo -u mailgate mailgate …"


def find(argument: Path | None, environ: Mapping[str, str]) -> Path:
    """The file that `--config` names, else `$MAILGATE_CONFIG`, else the first usual one. Raises ConfigError."""
    if argument is not None:
        return _named(argument, "--config")
    if variable := environ.get("MAILGATE_CONFIG"):
        return _named(Path(variable), "$MAILGATE_CONFIG")
    for path in USUAL:
        if os.path.isfile(path):
            return path
    for path in USUAL:
        if closed := _closed(path):
            raise ConfigError([Problem(path, None, closed, _LET_IN)])
    what = f"no configuration; looked for --config, $MAILGATE_CONFIG, {' and '.join(map(str, USUAL))}"
    raise ConfigError([Problem(USUAL[0], None, what, "create one of them, or name yours with --config PATH")])


def _closed(path: Path) -> str | None:
    """Whether this user may not even see if the file is there."""
    folder = path.parent
    return f"you may not look into {folder}" if os.path.isdir(folder) and not os.access(folder, os.X_OK) else None


def _named(path: Path, by: str) -> Path:
    if os.path.isfile(path):
        return path
    if closed := _closed(path):
        raise ConfigError([Problem(path, None, closed, _LET_IN)])
    what = f"{'it is a folder' if os.path.isdir(path) else 'there is no such file'} ({by} names it)"
    raise ConfigError([Problem(path, None, what, "name a file such as /etc/mailgate/mailgate.toml")])
