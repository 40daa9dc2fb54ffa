"""A configuration that is right, and a way to make one thing in it wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailgate.config import Config, ConfigError, load

MAILGATE = """\
[desk]
name = "Служба поддержки пользователей"
organisation = "ООО «Пример»"
language = "ru"
timezone = "Europe/Minsk"
number_format = "SD-{year}-{seq:06d}"

[database]
url = "sqlite:///var/mailgate.db"

[[mailbox]]
name = "support"
address = "support@desk.example"
purpose = "requests"
[mailbox.imap]
host = "127.0.0.1"
port = 1143
security = "none"
username = "support"
password_env = "MAILGATE_TEST_PASSWORD"
folder = "INBOX"
after = "move"
processed_folder = "Processed"

[[mailbox]]
name = "claims"
address = "claims@desk.example"
purpose = "complaints"
imap = { host = "imap.desk.example", username = "claims", password = "s3cret" }

[smtp]
host = "127.0.0.1"
port = 1025
security = "none"

[authenticity]
trusted_authserv_ids = ["mx.desk.example"]
policy = "require"

[deadlines]
info = "3 working days"
complaint_progress = "10 working days"

[calendar]
country = "BY"
hours = "09:00-18:00"
days_off = []
working_days = []

[files]
clients = "clients.toml"
staff = "staff.toml"

[outbox]
hold = "30s"

[limits]
size = "50 MiB"
"""

CLIENTS = """\
[[client]]
id = "alfa"
name = "ОАО «Альфа»"
official_mailbox = "info@alfa.example"
authorised_mailbox = "it@alfa.example"
preferred_fallback = "authorised"
[[client.contact]]
name = "Иван Петров"
email = "ivan.petrov@alfa.example"
phones = ["+375 29 123-45-67"]
language = "ru"
[[client.contact]]
name = "Вольга Сідарэнка"
email = "volha@alfa.example"
"""

STAFF = """\
[[staff]]
name = "Анна Ковалёва"
email = "a.kovaleva@desk.example"
groups = ["support"]

[[staff]]
name = "Анна Мороз"
email = "a.moroz@desk.example"
groups = ["support", "complaints"]
"""


class Folder:
    """A folder with the three files."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for name, text in (("mailgate.toml", MAILGATE), ("clients.toml", CLIENTS), ("staff.toml", STAFF)):
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        (self.path / name).write_text(text, encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> int:
        """Puts `new` in place of the first `old`; the line on which it begins."""
        before, found, after = (self.path / name).read_text(encoding="utf-8").partition(old)
        assert found, f"{old} is not in {name}"
        self.write(name, before + new + after)
        return before.count("\n") + 1

    def use_csv(self, text: str | bytes) -> None:
        """The clients as a table."""
        self.replace("mailgate.toml", '"clients.toml"', '"clients.csv"')
        (self.path / "clients.csv").write_bytes(text if isinstance(text, bytes) else text.encode())

    def load(self, *, secrets: bool = False, people: bool = True) -> Config:
        return load(self.path / "mailgate.toml", secrets=secrets, people=people)

    def problems(self, *, secrets: bool = False) -> list[str]:
        """What is reported, without the folder's name."""
        with pytest.raises(ConfigError) as caught:
            self.load(secrets=secrets)
        return [str(problem).replace(f"{self.path}/", "") for problem in caught.value.problems]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)
