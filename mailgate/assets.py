"""The files that mailgate brings along: in a checkout beside the package, in an installed wheel inside it."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def templates() -> Path:
    """The folder of the built-in templates."""
    return _folder("templates")


def example_config() -> Path:
    """The folder of the example configuration: mailgate.toml and the files that it names."""
    return _folder("config")


def _folder(name: str) -> Path:
    installed = _PACKAGE / "_assets" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name
