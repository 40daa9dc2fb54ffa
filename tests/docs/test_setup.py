"""Each example of docs/setup.md is a configuration that can be loaded."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from mailgate.config import load
from mailgate.desk import gateways
from scripts.configuration import ROOT

PAGE = (ROOT / "docs" / "setup.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
REST = '[desk]\norganisation = "ООО «Пример»"\n[database]\nurl = "sqlite:///mailgate.db"\n'


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: re.findall(r'host = "(.+?)"', text)[0])
def test_the_example_is_a_whole_configuration(example: str, tmp_path: Path):
    for name in ("clients.toml", "staff.toml"):
        shutil.copy(ROOT / "config" / name, tmp_path)
    (tmp_path / "mailgate.toml").write_text(f"{REST}{example}", encoding="utf-8")

    config = load(tmp_path / "mailgate.toml")

    assert config.mailboxes[0].imap.username
    assert config.smtp.username


def test_there_is_an_example_for_each_provider_of_the_table():
    hosts = set(re.findall(r"`((?:imap|smtp|outlook)\.[a-z0-9.]+)`", PAGE.partition("##")[0]))

    assert hosts
    assert hosts <= {host for example in EXAMPLES for host in re.findall(r'host = "(.+?)"', example)}


def test_3_1_each_header_of_a_gateway_is_told_to_who_writes_one():
    said = re.findall(r"^\| `(X-[A-Za-z-]+)` ", PAGE, re.MULTILINE)

    assert sorted(said) == sorted(
        [gateways.CONTACT, gateways.REQUEST, gateways.TYPE, gateways.SERVICE, gateways.URGENCY]
    )
