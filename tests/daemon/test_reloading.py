"""The configuration read anew when its files change: all or nothing, and staff hear of a fault once."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from mailgate.config import Config, load
from mailgate.daemon import reloading
from mailgate.daemon.files import stamps
from mailgate.daemon.reloading import Reloading
from mailgate.daemon.run import Running
from mailgate.store.database import Database
from mailgate.store.tables import Notice
from tests.rig.hand import DeskInHand, written
from tests.rig.house import ANNA, COMPLAINTS, IVAN, KATE, ROOT, SERGEY

pytestmark = pytest.mark.usefixtures("passwords")


@pytest.fixture
def passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that the example configuration takes from the environment; and no waiting."""
    monkeypatch.setenv("SUPPORT_PASSWORD", "secret")
    monkeypatch.setenv("COMPLAINTS_PASSWORD", "secret")
    monkeypatch.setattr(reloading, "LOOK_EVERY", 0.02)
    monkeypatch.setattr(reloading, "RETRY_EVERY", 0.2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of a configuration, behind the links with which Kubernetes swaps a whole folder at once."""
    shutil.copytree(ROOT / "config", tmp_path / "first")
    (tmp_path / "data").symlink_to(tmp_path / "first")
    folder = tmp_path / "etc"
    folder.mkdir()
    for name in ("mailgate.toml", "clients.toml", "staff.toml"):
        (folder / name).symlink_to(tmp_path / "data" / name)
    return folder


class Desk:
    """A desk whose files are watched."""

    def __init__(self, running: Running) -> None:
        self.running, self.adopted = running, 0
        self.reloading = Reloading(running, self._count, lambda: None)

    async def _count(self) -> None:
        self.adopted += 1

    async def until(self, so: Callable[[], object]) -> None:
        """Wait for it."""
        async with asyncio.timeout(30):
            while not so():
                await asyncio.sleep(0.02)

    def alerts(self) -> list[Notice]:
        """What staff were told of the configuration."""
        with self.running.database.read() as session:
            return [notice for notice in written(session) if notice.name == "staff_configuration"]

    @property
    def organisation(self) -> str:
        """One setting of those in force."""
        return self.running.desk().config.desk.organisation


@pytest.fixture
async def desk(folder: Path) -> AsyncIterator[Desk]:
    """It runs, without its mailboxes."""
    config = load(folder / "mailgate.toml", secrets=True)
    database = Database(config.database.url)
    database.upgrade()
    found = Desk(Running(config, database, hold=True))
    task = asyncio.create_task(found.reloading.run())
    await asyncio.sleep(0.1)
    yield found
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    database.dispose()


def rename(folder: Path, old: str, new: str) -> None:
    """Change the configuration as editors do: a new file takes the place of the old one."""
    changed = (folder / "mailgate.toml").read_text().replace(old, new)
    assert new in changed
    (folder / "new").write_text(changed)
    (folder / "new").rename(folder / "mailgate.toml")


async def test_a_file_that_an_editor_replaces(desk: Desk, folder: Path) -> None:
    rename(folder, "ООО «Пример»", "ООО «Новое»")

    await desk.until(lambda: desk.organisation == "ООО «Новое»")

    await desk.until(lambda: desk.adopted == 1)
    assert desk.alerts() == []


async def test_a_folder_that_is_swapped_by_its_link(desk: Desk, folder: Path) -> None:
    second = shutil.copytree(folder.parent / "first", folder.parent / "second")
    for file in second.iterdir():
        if file.is_file():
            file.write_text(file.read_text().replace("ООО «Пример»", "ООО «Новое»"))
    (folder.parent / "next").symlink_to(second)
    (folder.parent / "next").rename(folder.parent / "data")

    await desk.until(lambda: desk.organisation == "ООО «Новое»")


async def test_people_whose_file_changes(desk: Desk, folder: Path) -> None:
    staff = folder.parent / "first" / "staff.toml"
    staff.write_text(staff.read_text().replace("Kate Brown", "Kate Green"))

    await desk.until(lambda: "Kate Green" in {each.name for each in desk.running.desk().people.everybody_on_staff()})


async def test_a_file_that_is_still_being_written_is_not_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = iter(range(10))
    last = [0]

    def growing(_config: object) -> dict[Path, tuple[int, int, int]]:
        last[0] = next(sizes, 9)
        return {Path("mailgate.toml"): (0, last[0], 0)}

    read_at: list[int] = []
    monkeypatch.setattr(desk.reloading, "_take_over", lambda: read_at.append(last[0]))
    monkeypatch.setattr(reloading, "stamps", growing)

    await desk.until(lambda: desk.adopted)

    assert read_at[0] == 9


async def test_a_bad_file_changes_nothing_and_staff_hear_of_each_fault_once(desk: Desk, folder: Path) -> None:
    before = desk.running.desk()
    rename(folder, "[desk]", "[desq]")

    await desk.until(desk.alerts)
    await asyncio.sleep(0.5)  # it is tried again meanwhile

    assert desk.running.desk() is before
    first = desk.alerts()
    assert {notice.reader for notice in first} == {ANNA, SERGEY, KATE}
    assert len(first) == 3
    assert "desq" in str(first[0].facts["detail"]["problems"])
    rename(folder, "[desq]", "[dessk]")
    await desk.until(lambda: len(desk.alerts()) == 6)
    assert desk.adopted == 0


async def test_staff_hear_when_it_is_mended(desk: Desk, folder: Path) -> None:
    rename(folder, "[desk]", "[desq]")
    await desk.until(desk.alerts)

    rename(folder, "[desq]", "[desk]")
    await desk.until(lambda: len(desk.alerts()) == 6)

    assert [notice.facts["detail"]["mended"] for notice in desk.alerts()] == [False] * 3 + [True] * 3
    assert desk.reloading.fault == ""


async def test_a_daemon_that_starts_with_good_files_says_that_they_are_mended(desk: Desk, folder: Path) -> None:
    rename(folder, "[desk]", "[desq]")
    await desk.until(desk.alerts)
    rename(folder, "[desq]", "[desk]")
    other = Desk(desk.running)

    task = asyncio.create_task(other.reloading.run())
    await desk.until(lambda: len(desk.alerts()) == 6)
    task.cancel()

    assert desk.alerts()[-1].facts["detail"]["mended"]


async def test_a_file_that_was_missing_and_comes_is_found(desk: Desk, folder: Path) -> None:
    rename(folder, 'clients = "clients.toml"', 'clients = "people.toml"')
    await desk.until(lambda: desk.reloading.fault)

    shutil.copyfile(folder / "clients.toml", folder / "people.toml")

    await desk.until(lambda: desk.running.desk().config.files.clients.name == "people.toml")


async def test_a_template_that_cannot_be_filled_in_is_a_bad_file(desk: Desk, folder: Path) -> None:
    own = folder / "own" / "ru"
    own.mkdir(parents=True)
    rename(folder, '# templates = "../templates" ', 'templates = "own" ')
    await desk.until(lambda: desk.adopted == 1)

    (own / "registered.txt.j2").write_text("{{ no_such_fact }}")
    await desk.until(desk.alerts)
    assert "registered" in desk.reloading.fault
    assert desk.adopted == 1

    (own / "registered.txt.j2").unlink()
    await desk.until(lambda: desk.adopted == 2)


async def test_a_mistake_in_whatever_branch_of_a_template_is_one(desk: Desk, folder: Path) -> None:
    own = folder / "own" / "ru"
    own.mkdir(parents=True)
    (own / "rejected.txt.j2").write_text("Отклонён.{% if not detail.no_answer %}{{ nubmer }}{% endif %}")

    rename(folder, '# templates = "../templates" ', 'templates = "own" ')
    await desk.until(desk.alerts)

    assert "nubmer" in desk.reloading.fault
    assert desk.adopted == 0


async def test_another_database_takes_a_restart(desk: Desk, folder: Path) -> None:
    rename(folder, "mailgate.db", "other.db")

    await desk.until(desk.alerts)

    assert "restart" in desk.reloading.fault
    assert not (folder.parent / "var" / "other.db").exists()


async def test_a_signal_reads_the_files_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(reloading, "tell", told.append)
    monkeypatch.setattr(reloading, "LOOK_EVERY", 3_600.0)
    await asyncio.sleep(0.1)

    desk.reloading.ask()
    await desk.until(lambda: len(told) == 2)

    assert desk.adopted == 1
    assert told[0].startswith("RELOADING=1\nMONOTONIC_USEC=")
    assert told[1] == "READY=1"


async def test_what_nobody_foresaw_ends_no_watching(
    desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def defective(*_args: object, **_more: object) -> Config:
        raise ZeroDivisionError("nobody foresaw this")

    with monkeypatch.context() as patch:
        patch.setattr(reloading, "load", defective)
        desk.reloading.ask()
        await desk.until(lambda: "nobody foresaw this" in desk.reloading.fault)
    rename(folder, "ООО «Пример»", "ООО «Новое»")

    await desk.until(lambda: desk.organisation == "ООО «Новое»")
    assert "ZeroDivisionError" in caplog.text
    await desk.until(lambda: desk.reloading.fault == "")


def test_what_is_watched(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "own" / "ru").mkdir(parents=True)
    (folder / "own" / "ru" / "registered.txt.j2").write_text("")
    (folder / "smtp.password").write_text("secret")
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "support").write_text("secret")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    rename(folder, '# templates = "../templates" ', 'templates = "own" ')
    rename(folder, '# username = "mailgate" ', 'username = "mailgate"\npassword_file = "smtp.password" ')
    rename(folder, 'password_env = "SUPPORT_PASSWORD"', "")

    found = stamps(load(folder / "mailgate.toml"))

    assert {os.path.relpath(path, tmp_path) for path in found} == {
        "etc/mailgate.toml", "etc/clients.toml", "etc/staff.toml", "etc/smtp.password", "credentials/support",
        "etc/own/ru/registered.txt.j2",
    }  # fmt: skip
    assert None not in found.values()


async def test_6_4_requests_whose_mailbox_is_renamed_are_told_to_the_admin(
    desk: Desk, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    DeskInHand(folder / "mailgate.toml", desk.running.database).write(IVAN, "Претензия", "Плохо.", to=COMPLAINTS)

    rename(folder, 'name = "complaints"', 'name = "pretenzii"')
    await desk.until(lambda: desk.adopted == 1)

    await desk.until(lambda: '1 open complaints of the mailbox "complaints"' in caplog.text)


async def test_3_10_requests_whose_client_has_another_id_are_told_to_the_admin(
    desk: Desk, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    DeskInHand(folder / "mailgate.toml", desk.running.database).write(IVAN, "Портал", "Не открывается.")

    clients = folder / "clients.toml"
    clients.write_text(clients.read_text().replace('id = "alfa"', 'id = "alpha"'))
    await desk.until(lambda: desk.adopted == 1)

    await desk.until(lambda: '1 open requests of the client "alfa"' in caplog.text)
