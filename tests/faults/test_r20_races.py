"""Lost races and a database that fails inside a step: nothing is lost, nothing is twice, nothing goes to quarantine."""

from __future__ import annotations

import pytest
from sqlmodel import select

from mailgate.store.tables import Mail
from tests.faults.kit import FaultyHouse
from tests.rig.house import ANNA

FAIL_ONCE = """
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from mailgate.daemon import courier, watcher
from mailgate.desk import journal
from tests.faults.instants import AFTER, BEFORE, strike_at
courier.DATABASE_RETRY = watcher.DATABASE_RETRY = 0.1
faults = iter((True,))
def fail():
    print("it fails", flush=True)
    raise {fault}
strike_at(({place}), fail, lambda *_: next(faults, False))
"""
FAULTS = (
    "OperationalError('COMMIT', {}, Exception('the database is gone'))",
    "StaleDataError('somebody else was quicker')",
    "IntegrityError('INSERT', {}, Exception('it stands already'))",
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.partition("(")[0])
@pytest.mark.parametrize("place", ["journal, 'message_arrived', AFTER", "courier, 'notices_settled', AFTER"])
def test_a_fault_of_the_database_inside_a_step_changes_nothing(both: FaultyHouse, fault: str, place: str) -> None:
    both.start(FAIL_ONCE.format(fault=fault, place=place))
    both.submit()
    both.submit()

    both.wait_settled()

    found = both.count()
    assert "it fails" in both.log()
    assert found.sound, found
    assert (found.second_copies, found.in_quarantine) == (0, 0), found
    with both.look() as session:
        assert set(session.scalars(select(Mail.attempts))) == {0}
    assert len(both.letters(ANNA, "staff_new")) == 2
