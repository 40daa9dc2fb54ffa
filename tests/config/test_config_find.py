"""Where the configuration is looked for."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from mailgate.config import ConfigError, find


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working folder, and an /etc of the test's own."""
    usual = (Path("config/mailgate.toml"), tmp_path / "etc/mailgate.toml")
    monkeypatch.setattr(importlib.import_module("mailgate.config.find"), "USUAL", usual)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def made(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.touch()
    return path


def test_the_argument_comes_first_then_the_variable_then_the_usual_places(here):
    argument, variable = made(here / "argument.toml"), made(here / "variable.toml")
    local, system = made(here / "config/mailgate.toml"), made(here / "etc/mailgate.toml")
    environ = {"MAILGATE_CONFIG": str(variable)}

    assert find(argument, environ) == argument
    assert find(None, environ) == variable
    assert find(None, {}).absolute() == local
    local.unlink()
    assert find(None, {"MAILGATE_CONFIG": ""}) == system


def test_none_is_found(here):
    with pytest.raises(ConfigError) as caught:
        find(None, {})

    assert str(caught.value) == (
        "config/mailgate.toml: no configuration; looked for --config, $MAILGATE_CONFIG, config/mailgate.toml and "
        f"{here}/etc/mailgate.toml; create one of them, or name yours with --config PATH"
    )


@pytest.mark.parametrize("argument", [None, Path("etc/mailgate.toml")])
def test_a_folder_that_one_may_not_enter_hides_no_file(here, monkeypatch, argument):
    made(here / "etc/mailgate.toml")
    monkeypatch.setattr("os.path.isfile", lambda path: False)
    monkeypatch.setattr("os.access", lambda path, mode: False)

    with pytest.raises(ConfigError) as caught:
        find(argument, {})

    assert "you may not look into" in str(caught.value)
    assert "sudo -u mailgate" in str(caught.value)


@pytest.mark.parametrize(
    ("argument", "environ", "by"),
    [(Path("no.toml"), {}, "--config"), (None, {"MAILGATE_CONFIG": "no.toml"}, "$MAILGATE_CONFIG")],
)
def test_what_is_named_must_be_there(here, argument, environ, by):
    made(here / "config/mailgate.toml")

    with pytest.raises(ConfigError) as caught:
        find(argument, environ)

    want = "name a file such as /etc/mailgate/mailgate.toml"
    assert str(caught.value) == f"no.toml: there is no such file ({by} names it); {want}"


def test_a_folder_is_no_configuration(here):
    with pytest.raises(ConfigError, match=r"it is a folder \(--config names it\)"):
        find(here, {})
