"""The package as others install it: a wheel without the checkout beside it."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from mailgate import __version__
from mailgate.rules.notices import NOTICES
from mailgate.rules.vocabulary import Language
from tests.rig.house import ROOT

RENDER_EVERYTHING = """
import contextlib, io, sys
from pathlib import Path
import mailgate
from mailgate.cli import main
from mailgate.rules.notices import NOTICES
from mailgate.rules.vocabulary import Language

assert Path(mailgate.__file__).is_relative_to(sys.argv[1]), mailgate.__file__
for notice in NOTICES:
    for language in Language:
        for html in ([], ["--html"]):
            with contextlib.redirect_stdout(io.StringIO()) as shown:
                code = main(["render", notice, "--language", language, *html])
            assert code == 0 and len(shown.getvalue()) > 100, (notice, language, html, code)
            print(notice, language, *html)
"""
SHOW_EXAMPLE = "from mailgate import assets; print(assets.example_config() / 'mailgate.toml')"


def built(kind: str, folder: Path) -> Path:
    """A distribution made from the checkout, without the network."""
    subprocess.run(
        [sys.executable, "-m", "build", f"--{kind}", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        capture_output=True,
        check=True,
        timeout=120,
    )
    return next(folder.iterdir())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel."""
    return built("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package as the wheel brings it."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def python(installed: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Python that finds the installed package before the checkout, called far from both."""
    known = {name: value for name, value in os.environ.items() if name != "MAILGATE_CONFIG"}
    return subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        encoding="utf-8",
        cwd=installed.parent,
        env=known | {"PYTHONPATH": str(installed)} | environment,
        check=True,
        timeout=120,
    )


def test_the_wheel_holds_what_a_desk_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())

    assert wheel.name == f"mailgate-{__version__}-py3-none-any.whl"
    assert "mailgate/py.typed" in names
    assert f"mailgate-{__version__}.dist-info/licenses/LICENSE" in names
    assert any(name.startswith("mailgate/store/migrations/versions/0001") for name in names)
    assert "mailgate/store/migrations/script.py.mako" in names
    assert not [name for name in names if name.startswith(("tests/", "scripts/"))]


def test_the_source_distribution_is_the_whole_project(tmp_path: Path) -> None:
    with tarfile.open(built("sdist", tmp_path)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert names >= {
        "LICENSE", "README.md", "Makefile", "pyproject.toml", "requirements.lock", "mailgate/__init__.py",
        "config/mailgate.toml", "systemd/mailgate.service", "templates/ru/registered.txt.j2", "tests/test_package.py",
        "scripts/setup.sh",
    }  # fmt: skip


def test_every_notice_in_every_language_comes_out_of_the_installed_package(installed: Path) -> None:
    done = python(installed, "-c", RENDER_EVERYTHING, str(installed))

    assert len(done.stdout.splitlines()) == len(NOTICES) * len(Language) * 2


def test_the_example_configuration_comes_along_and_is_right(installed: Path) -> None:
    example = python(installed, "-c", SHOW_EXAMPLE).stdout.strip()

    assert Path(example).is_relative_to(installed)
    checked = python(installed, "-m", "mailgate", "--config", example, "check", "--offline").stdout
    assert "WRONG" not in checked


def test_the_schema_is_made_from_the_installed_package(installed: Path, tmp_path: Path) -> None:
    example = Path(python(installed, "-c", SHOW_EXAMPLE).stdout.strip())
    config = tmp_path / "mailgate.toml"
    text = example.read_text().replace("sqlite:///../var/mailgate.db", f"sqlite:///{tmp_path}/mailgate.db")
    for name in ("clients.toml", "staff.toml"):
        (tmp_path / name).write_text((example.parent / name).read_text())
    config.write_text(text)

    python(installed, "-m", "mailgate", "--config", str(config), "db", "upgrade")

    assert python(installed, "-m", "mailgate", "--config", str(config), "db", "check").stdout == "sound\n"


def test_the_templates_of_an_admin_win_one_by_one(installed: Path, tmp_path: Path) -> None:
    example = Path(python(installed, "-c", SHOW_EXAMPLE).stdout.strip()).parent
    for name in ("clients.toml", "staff.toml"):
        (tmp_path / name).write_text((example / name).read_text())
    text = (example / "mailgate.toml").read_text()
    (tmp_path / "mailgate.toml").write_text(text.replace('# templates = "../templates" ', 'templates = "own"'))
    own = tmp_path / "own" / "ru" / "registered.subject.j2"
    own.parent.mkdir(parents=True)
    own.write_text("Принято")

    def rendered(*words: str) -> str:
        return python(installed, "-m", "mailgate", "--config", str(tmp_path / "mailgate.toml"), "render", *words).stdout

    assert rendered("registered").startswith("Subject: [SD-2026-000042] Принято\n")
    assert "зарегистрировали" in rendered("registered")
    assert "Принято" not in rendered("registered", "--language", "be").partition("\n")[0]
    assert rendered("closed").startswith("Subject: [SD-2026-000042] ")


def test_every_locked_version_runs_on_the_oldest_python_that_is_promised() -> None:
    promised = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    oldest = promised.removeprefix(">=") + ".0"
    locked = [line.split("==") for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()]

    wanted = {name: (version, distribution(name)) for name, version in locked}

    assert [name for name, (version, found) in wanted.items() if found.version != version] == []
    assert {
        name: needed
        for name, (_, found) in wanted.items()
        if (needed := found.metadata["Requires-Python"]) and oldest not in SpecifierSet(needed)
    } == {}
