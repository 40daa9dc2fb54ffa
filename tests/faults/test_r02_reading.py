"""R2, R3, R6, R10: nothing that waits in a mailbox is overlooked, taken for something else, or taken by half."""

from __future__ import annotations

import signal

import pytest
from sqlmodel import select

from mailgate.store.tables import RawMail
from tests.faults.conftest import Figures, Runs
from tests.faults.kit import FaultyHouse, wait
from tests.rig.dovecot import Dovecot
from tests.rig.house import DESK, IVAN
from tests.rig.proxy import Proxy


def test_r2_a_daemon_that_dies_after_it_read_leaves_no_mail_marked_as_seen(
    house: FaultyHouse, runs: Runs, figures: Figures
) -> None:
    house.configure('[limits]\nsize = "4 MiB"\n')
    count = runs(1, 30)
    for _ in range(count):
        house.submit()
        house.submit()
        house.submit(attachments=[("журнал.bin", bytes(9 * 2**18))])  # read in pieces
        too_large = house.write(IVAN, "Журнал", "Он велик.", attachments=[("журнал.bin", bytes(15 * 2**18))])
        house.ledger.messages.append(too_large.strip("<>"))  # of which the header is read
        for batch, left in ((1, 4), (2, 2), (2, 1)):
            daemon = house.start(f"from tests.faults.instants import die_at; die_at('read', {batch})")
            assert daemon.wait(20) == -signal.SIGKILL
            assert unseen(house) == left, "only what was taken is gone"
        house.start()
        house.wait_settled()
        house.stop()

    found = house.count()
    figures("R2", "SIGKILL after FETCH", found, runs=3 * count, result="`\\Seen` as it was")
    assert found.sound
    assert found.in_quarantine == 0


def unseen(house: FaultyHouse) -> int:
    """How many messages lie in the mailbox that nobody has read."""
    with house.dovecot.client(house.users[DESK]) as client:
        client.select_folder("INBOX", readonly=True)
        return len(client.search("UNSEEN"))


@pytest.mark.parametrize("after", ["move", "seen"])
def test_r3_what_a_person_reads_first_is_taken(house: FaultyHouse, after: str, runs: Runs, figures: Figures) -> None:
    house.configure(after=after)
    count = runs(10, 500)
    for _ in range(count):
        house.submit()
    with house.dovecot.client(house.users[DESK]) as person:
        person.select_folder("INBOX")
        person.add_flags(person.search(), [b"\\Seen"])
        house.start()
        house.wait_settled(60)
        for _ in range(count):
            house.submit()
            person.add_flags(person.search() or [1], [b"\\Seen"])
    house.wait_settled(60)

    found = house.count()
    figures("R3", f'another client marks mail as seen, after = "{after}"', found, runs=2 * count)
    assert found.sound


def test_r6_a_mailbox_that_is_numbered_anew_is_read_again_and_only_the_copies_are_noted(
    house: FaultyHouse, runs: Runs, figures: Figures
) -> None:
    house.configure(after="seen")
    house.start()
    for _ in range(20):
        house.submit()
    house.wait_settled()
    copies, count = 20, runs(1, 20)
    for _ in range(count):
        house.dovecot.recreate(house.users[DESK])
        for _ in range(5):
            house.submit()
        house.wait_settled()
        copies += len(house.ledger.messages)
        wait(lambda noted=copies: house.census()["copies"] == noted, 30, house.log)

    found = house.count()
    figures("R6", "the mailbox is recreated", found, runs=count, result=f"{found.written} messages, {copies} copies")
    assert found.sound


def test_r6_another_server_may_give_other_mail_the_same_numbers(house: FaultyHouse, figures: Figures) -> None:
    for _ in range(20):
        house.submit()
    house.start()
    house.wait_settled()
    house.stop()
    taken = house.dovecot.messages(house.users[DESK], "Processed")
    with house.dovecot.client(house.users[DESK]) as client:
        validity = client.select_folder("INBOX")[b"UIDVALIDITY"]
    house.dovecot = other = Dovecot()
    other.start()
    try:
        house.users = {address: other.new_user() for address in house.users}
        house.configure()
        for _ in range(5):
            house.submit()
        for raw in taken:
            other.deliver(house.users[DESK], raw)
        other.recreate(house.users[DESK], validity=validity)
        house.start()
        house.wait_settled()
        house.stop()

        found, copies = house.count(), house.census()["copies"]
        figures("R6", "the mailbox is moved to another server, of the same UIDVALIDITY", found)
        assert found.sound
        assert copies == 45
    finally:
        other.close()


@pytest.mark.parametrize("size", ["small", "large"])
def test_r10_a_connection_that_is_cut_at_every_kilobyte_yields_nothing_truncated(
    house: FaultyHouse, cable: Proxy, size: str, is_full: bool, figures: Figures
) -> None:
    step = 2**10 if size == "small" or is_full else 2**19
    cable.cuts = iter(range(1, 8 * 2**20, step))
    for number in range(5 if size == "small" else 1):
        house.submit(attachments=[("журнал.bin", bytes(3000 + number if size == "small" else 2**21))])
    sent = house.dovecot.messages(house.users[DESK])
    house.through(cable)
    house.start("from mailgate.inbox.errors import InboxError, Pace; InboxError.pace = Pace(0.01, 0.01)")
    house.wait_settled(3600)

    found, cuts = house.count(), len(cable.tries) - 1
    figures("R10", f"the connection is cut at every {step // 2**10} KB, {size} messages", found, runs=cuts)
    with house.look() as session:
        assert sorted(session.scalars(select(RawMail.raw))) == sorted(sent)
    assert found.sound
    assert cuts * step > sum(map(len, sent))
