"""What a notice's samples always name, the notice that goes out names too: a template that passes can be filled in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mailgate.desk.monthly import send_report
from mailgate.outbox.compose import BLANK
from mailgate.outbox.samples import sample
from mailgate.outbox.variants import variants
from tests.rig.hand import DeskInHand, written
from tests.rig.house import ANNA, COMPLAINTS, IVAN, SERGEY
from tests.rig.play import minsk


def tables(facts: Any, place: str = "") -> Iterator[tuple[str, set[str]]]:
    """Every table of facts: where it stands, and what it names."""
    if isinstance(facts, dict):
        yield place, set(facts)
        for name, value in facts.items():
            yield from tables(value, f"{place}.{name}")
    elif isinstance(facts, list):
        for each in facts:
            yield from tables(each, f"{place}[]")


def always(many: Iterable[Any]) -> dict[str, set[str]]:
    """By place, the names that every table there has."""
    found: dict[str, list[set[str]]] = defaultdict(list)
    for place, names in (table for facts in many for table in tables({**BLANK, **facts})):
        found[place].append(names)
    return {place: set.intersection(*names) for place, names in found.items()}


def test_what_every_sample_names_every_notice_names(hand: DeskInHand, config: Path) -> None:
    staff = config.with_name("staff.toml")
    staff.write_text(staff.read_text().replace('["support"]', '["support", "leads"]'))
    hand.reconfigure(config)
    hand.write(IVAN, "Портал", "Не открывается.", attachments=[("экран.png", b"png")])
    hand.write("m.sidorova@gamma.example", "Хостинг", "Сколько стоит?")
    hand.write(ANNA, "Очередь", "!очереди")
    hand.answer(hand.last(ANNA, "staff_new"), "!готова ли\n\nСделано.")
    hand.answer(hand.last(ANNA, "staff_new"), "!показать SD-2026-000001")
    hand.now = minsk(1, 12, 9, 5)
    send_report(hand.database, hand.now, hand.desk)

    with hand.database.read() as session:
        facts = [(notice.name, notice.facts) for notice in written(session)]

    assert {"not_registered", "staff_error", "staff_done", "report"} < {name for name, _ in facts}
    for name, each in facts:
        sampled, there = always(draft.facts for draft in variants(name, "ru")), always([each])
        missing = {place: sampled[place] - there[place] for place in sampled.keys() & there.keys()}
        assert not any(missing.values()), (name, missing)


def test_6_3_what_is_being_done_is_what_staff_wrote_in_the_sample_too(hand: DeskInHand) -> None:
    hand.write(IVAN, "Претензия", "Обещали перезвонить.", to=COMPLAINTS)

    hand.answer(hand.last(SERGEY, "staff_new"), "!продлить 20 рабочих дней\n\nЗапросили записи разговоров.")

    with hand.database.read() as session:
        facts = next(notice.facts for notice in written(session) if notice.name == "complaint_extended")
    sampled = sample("complaint_extended", "ru").facts
    assert set(sampled["detail"]) <= set(facts["detail"])
    assert (sampled["text"] is None, sampled["author"] is None) == (False, False)
    assert (facts["text"], facts["author"]["addr"]) == ("Запросили записи разговоров.", SERGEY)
