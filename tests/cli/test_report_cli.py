"""`mailgate report`."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine, replaced
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN, JOHN
from tests.rig.play import minsk


@pytest.fixture
def november(hand: DeskInHand) -> DeskInHand:
    """Two requests of Ivan's and one of John's; one was completed after an hour of work."""
    hand.write(IVAN, "Первый", "Вопрос.")
    hand.write(JOHN, "Second", "A question.")
    hand.write(IVAN, "Третий", "Вопрос.")
    hand.now = minsk(23, 11, 11, 5)
    hand.answer(hand.last(ANNA, "staff_new"), "!готово\n\nИсправили.")
    return hand


def test_the_numbers_as_json(cli: CommandLine, november: DeskInHand) -> None:
    found = cli.json("report", "--month", "2026-11")

    assert found["month"] == "2026-11"
    assert found["total"] == {"registered": 3, "completed": 1, "closed": 0, "rejected": 0}
    assert found["by"]["client"]["alfa"]["registered"] == 2
    assert found["completion"]["all"] == {"count": 1, "median": 3600, "p90": 3600}
    assert found["targets"] is None


def test_the_numbers_as_csv_are_the_same(cli: CommandLine, november: DeskInHand) -> None:
    found = list(csv.reader(io.StringIO(cli("report", "--month", "2026-11", "--csv"))))

    assert found[0] == ["section", "key", "measure", "value"]
    assert ["total", "", "registered", "3"] in found
    assert ["client", "alfa", "registered", "2"] in found
    assert ["completion", "all", "median", "3600"] in found
    assert ["day", "2026-11-23", "registered", "3"] in found


def test_the_numbers_for_people_have_hours(cli: CommandLine, november: DeskInHand) -> None:
    lines = [line.split() for line in cli("report", "--month", "2026-11").splitlines()]

    assert ["completion", "all", "median", "1:00", "h"] in lines


def test_one_client_alone(cli: CommandLine, november: DeskInHand) -> None:
    found = cli.json("report", "--month", "2026-11", "--client", "beta")

    assert (found["client"], found["total"]["registered"]) == ("beta", 1)


def test_it_is_mailed_to_the_leads(cli: CommandLine, november: DeskInHand, config: Path) -> None:
    assert "no staff member is in the group" in cli.error("report", "--month", "2026-11", "--mail", expect=1)
    replaced(config.with_name("staff.toml"), '["support"] ', '["support", "leads"] ')

    said = cli("report", "--month", "2026-11", "--client", "alfa", "--mail")

    assert said == "The report of 2026-11 goes to 1 of the staff with the next delivery of the outbox.\n"
    (notice,) = (each for each in cli.json("outbox", "list") if each["name"] == "report")
    assert notice["to"] == ANNA


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--month", "11-2026"], "--month 11-2026: write year and month, such as 20"),
        (["--month", "2999-01"], "--month 2999-01: it has not begun yet; this month is 20"),
        (["--client", "gamma"], "--client gamma: no client has this id in "),
        (["--json", "--csv"], "choose one of --mail, --json and --csv"),
    ],
)
def test_what_is_wrong_is_told(cli: CommandLine, hand: DeskInHand, words: list[str], said: str) -> None:
    assert cli.error("report", *words, expect=2).startswith(said)
