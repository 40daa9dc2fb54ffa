"""`[metrics]`: where figures are answered; other machines reach it only where that is said."""

from __future__ import annotations

import sys

import pytest
from pydantic import ValidationError

from mailgate.config import Metrics
from mailgate.config.problems import ConfigError, Wrong
from tests.config.conftest import Folder


@pytest.mark.parametrize(
    ("listen", "place"),
    [
        ("127.0.0.1:9464", ("127.0.0.1", 9464)),
        ("127.1.2.3:1", ("127.1.2.3", 1)),
        ("[::1]:9464", ("::1", 9464)),
        ("localhost:9464", ("127.0.0.1", 9464)),
    ],
)
def test_a_place_on_this_machine(listen: str, place: tuple[str, int]) -> None:
    assert Metrics(listen=listen).place == place


def test_by_default_nothing_listens() -> None:
    assert Metrics().place is None


@pytest.mark.parametrize("listen", ["0.0.0.0:9464", "192.0.2.7:9464", "[::]:9464", "[2001:db8::1]:9464"])
def test_a_place_that_others_reach_is_meant_or_refused(listen: str) -> None:
    with pytest.raises(ValidationError) as error:
        Metrics(listen=listen)

    wrong = error.value.errors()[0]["ctx"]["error"]
    assert isinstance(wrong, Wrong)
    assert "reached from other machines" in str(wrong.what)
    assert "public = true" in wrong.want
    assert Metrics(listen=listen, public=True).place is not None


NO_PLACES = (
    "9464", ":9464", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "::1:9464", "desk.example:9464",
    "http://127.0.0.1:9464", "",
)  # fmt: skip


@pytest.mark.parametrize("listen", NO_PLACES)
def test_no_place(listen: str) -> None:
    with pytest.raises(ValidationError) as error:
        Metrics(listen=listen, public=True)

    assert "an address and a port" in error.value.errors()[0]["ctx"]["error"].want


@pytest.mark.parametrize("listen", ["9464", "0.0.0.0:9464"])
def test_what_is_wrong_with_a_place_is_told_with_its_line(folder: Folder, listen: str) -> None:
    line = folder.replace("mailgate.toml", 'hold = "30s"', f'[metrics]\nlisten = "{listen}"') + 1

    assert f'mailgate.toml:{line}: listen = "{listen}"' in folder.problems()[0]


def test_without_the_package_it_is_said_which_one(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (folder.path / "mailgate.toml").read_text(encoding="utf-8")
    folder.write("mailgate.toml", text + '\n[metrics]\nlisten = "127.0.0.1:9464"\n')
    monkeypatch.setitem(sys.modules, "prometheus_client", None)

    with pytest.raises(ConfigError) as error:
        folder.load(secrets=True)

    assert "pip install 'mailgate[metrics]'" in str(error.value)
    assert folder.load().metrics.listen
