"""`pip install mailgate` into an empty environment, from a wheel that is made from the source distribution.

Needs the package index, for the locked versions of what mailgate depends on.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mailgate import __version__
from tests.rig.house import ROOT

pytestmark = pytest.mark.timeout(600)

SHOW_EXAMPLE = "from mailgate import assets; print(assets.example_config() / 'mailgate.toml')"
IMPORT_EVERYTHING = """
import importlib, pkgutil, mailgate
OTHERS = (
    "mailgate.demo", "mailgate.daemon.metrics", "mailgate.store.at_once", "mailgate.store.patience",  # of extras
    "mailgate.store.migrations", "mailgate.__main__",
)
for each in pkgutil.walk_packages(mailgate.__path__, "mailgate."):
    if not each.name.startswith(OTHERS):
        importlib.import_module(each.name)
"""
INIT = (
    "--address", "support@desk.example", "--provider", "yandex", "--organisation", "ООО «Пример»",
    "--staff", "Анна Ковалёва <a.kovaleva@desk.example>",
)  # fmt: skip


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment that holds mailgate and what it asked for, nothing else."""
    folder = tmp_path_factory.mktemp("install")
    ran(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT))
    ran(sys.executable, "-m", "venv", "--without-pip", str(folder / "empty"))
    python = str(folder / "empty" / "bin" / "python")
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check", "--quiet")
    (wheel,) = folder.glob("*.whl")
    ran(*pip, "install", "--constraint", str(ROOT / "requirements.lock"), str(wheel))
    ran(*pip, "check")
    return Path(python).parent


def ran(*words: str, cwd: Path | None = None) -> str:
    """What a command prints; far from the checkout, unless `cwd` says otherwise."""
    known = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MAILGATE_CONFIG")}
    done = subprocess.run(words, capture_output=True, encoding="utf-8", cwd=cwd or "/", env=known, check=False)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_it_says_its_version(environment: Path) -> None:
    assert ran(str(environment / "mailgate"), "--version") == f"mailgate {__version__}\n"


def test_its_man_page_comes_along(environment: Path) -> None:
    assert (environment.parent / "share" / "man" / "man1" / "mailgate.1").exists()


def test_nothing_that_it_imports_was_forgotten_in_what_it_depends_on(environment: Path) -> None:
    ran(str(environment / "python"), "-c", IMPORT_EVERYTHING)


def test_the_shipped_example_is_right(environment: Path) -> None:
    example = ran(str(environment / "python"), "-c", SHOW_EXAMPLE).strip()

    lines = ran(str(environment / "mailgate"), "--config", example, "check", "--offline").splitlines()

    assert Path(example).is_relative_to(environment.parent)
    assert [line for line in lines if not line.startswith("ok ")] == []


def test_a_message_is_explained_and_a_notice_shown(environment: Path, tmp_path: Path) -> None:
    mail = tmp_path / "mail.eml"
    mail.write_bytes("From: a@b.example\nSubject: Портал\nMessage-ID: <1@b.example>\n\nНе открывается\n".encode())

    explained = json.loads(ran(str(environment / "mailgate"), "explain", str(mail), "--json"))

    assert (explained["kind"], explained["from_addr"]) == ("request", "a@b.example")
    assert "SD-2026-000042" in ran(str(environment / "mailgate"), "render", "registered", "--language", "be")


def test_a_configuration_is_begun(environment: Path, tmp_path: Path) -> None:
    mailgate = str(environment / "mailgate")

    ran(mailgate, "init", str(tmp_path / "desk"), *INIT)

    checked = ran(mailgate, "--config", str(tmp_path / "desk" / "mailgate.toml"), "check", "--offline")
    assert "WRONG" not in checked
    ran(mailgate, "--config", str(tmp_path / "desk" / "mailgate.toml"), "db", "upgrade")


def test_what_was_not_installed_is_named(environment: Path) -> None:
    done = subprocess.run([environment / "mailgate", "demo"], capture_output=True, encoding="utf-8", check=False)

    assert done.returncode == 1
    assert "pip install 'mailgate[demo]'" in done.stderr


def test_make_test_names_missing_packages_before_anything_long_is_installed() -> None:
    outside = {
        name: value for name, value in os.environ.items() if not name.startswith("MAKE")
    }  # `make test` runs this
    planned = subprocess.run(
        ["make", "--dry-run", "--always-make", "test"],
        cwd=ROOT, env=outside, capture_output=True, encoding="utf-8", check=True,
    ).stdout.splitlines()  # fmt: skip

    assert planned[0] == "sh scripts/test-servers.sh packages"
    assert planned[1].startswith("sh scripts/setup.sh")
