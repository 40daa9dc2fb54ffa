"""3.10: whose mail is taken without the word of our own mail server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mailgate.store.database import Database
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN, JOHN, SERGEY
from tests.rig.signing import record, sealed, signed

SIGNED_BY_IVAN = (
    b"From: Ivan <ivan.petrov@alfa.example>\r\nTo: support@desk.example\r\nSubject: Printer\r\nMessage-ID: <1@alfa>\r\n"
    b"Date: Mon, 23 Nov 2026 10:05:00 +0300\r\n\r\nIt is broken.\r\n"
)


def changed(config: Path, file: str, old: str, new: str) -> None:
    path = config.parent / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.fixture
def checking(config: Path, database: Database) -> DeskInHand:
    """A desk that checks signatures itself, in a world where every domain has the key of the test."""
    changed(config, "mailgate.toml", "# dkim = false", "dkim = true")
    hand = DeskInHand(config, database)
    hand.desk = replace(hand.desk, txt=lambda _: record())
    return hand


def test_3_10_a_signed_mail_needs_no_word_of_our_server(checking: DeskInHand) -> None:
    mail = checking.receive(signed(SIGNED_BY_IVAN))

    assert mail.decision == "register"


def test_3_10_an_unsigned_mail_waits_in_quarantine_and_staff_are_told(checking: DeskInHand) -> None:
    mail = checking.receive(SIGNED_BY_IVAN)

    assert (mail.decision, mail.reason) == ("quarantine", "not_authentic")
    assert checking.told(ANNA, "staff_quarantine")


def test_3_10_what_our_server_found_wrong_no_signature_puts_right(checking: DeskInHand) -> None:
    found = b"Authentication-Results: mx.desk.example; dmarc=fail header.from=alfa.example\r\n"

    mail = checking.receive(found + signed(SIGNED_BY_IVAN))

    assert mail.reason == "not_authentic"


def test_3_10_signatures_count_only_where_the_configuration_says_so(hand: DeskInHand) -> None:
    hand.desk = replace(hand.desk, txt=lambda _: record())

    assert hand.receive(signed(SIGNED_BY_IVAN)).reason == "not_authentic"


def test_dns_is_asked_before_the_transaction_that_needs_the_key(checking: DeskInHand) -> None:
    asked: list[bool] = []

    def txt(name: str) -> bytes:
        free = not asked
        if free:  # whoever holds a transaction now would not let this one through
            with checking.database.write():
                pass
        asked.append(free)
        return record()

    checking.desk = replace(checking.desk, txt=txt)

    assert checking.receive(signed(SIGNED_BY_IVAN)).decision == "register"
    assert asked == [True, False]


def test_dns_is_not_asked_about_mail_that_is_proven_already(checking: DeskInHand) -> None:
    asked: list[str] = []
    checking.desk = replace(checking.desk, txt=lambda name: asked.append(name))

    checking.write(IVAN, "Printer", "It is broken.")

    assert asked == []


def test_3_10_a_client_whose_domain_proves_nothing_may_be_trusted(config: Path, database: Database) -> None:
    changed(config, "clients.toml", '# authenticity = "off" ', 'authenticity = "off" ')
    hand = DeskInHand(config, database)

    assert hand.write(JOHN, "Printer", "It is broken.", proof="").decision == "register"
    assert hand.write(IVAN, "Printer", "It is broken.", proof="").reason == "not_authentic"


def test_3_10_a_client_may_demand_proof_from_a_desk_that_does_not(config: Path, database: Database) -> None:
    changed(config, "mailgate.toml", 'policy = "require" ', 'policy = "off" ')
    changed(config, "clients.toml", '# authenticity = "off" ', 'authenticity = "require" ')
    hand = DeskInHand(config, database)

    assert hand.write(JOHN, "Printer", "It is broken.", proof="").reason == "not_authentic"
    assert hand.write(IVAN, "Printer", "It is broken.", proof="").decision == "register"


def test_3_10_a_trusted_client_s_address_gives_no_staff_rights(config: Path, database: Database) -> None:
    changed(config, "clients.toml", '# authenticity = "off" ', 'authenticity = "off" ')
    hand = DeskInHand(config, database)

    assert hand.write(ANNA, "Help", "!help", proof="").reason == "not_authentic"


@pytest.fixture
def trusting(config: Path, database: Database) -> DeskInHand:
    """A desk whose server says nothing of senders, so that From is trusted."""
    changed(config, "mailgate.toml", 'policy = "require" ', 'policy = "off" ')
    changed(config, "mailgate.toml", 'trusted_authserv_ids = ["mx.desk.example"]', "trusted_authserv_ids = []")
    return DeskInHand(config, database)


def test_s5_where_from_is_trusted_no_forged_staff_order_is_carried_out(trusting: DeskInHand) -> None:
    assert trusting.write(IVAN, "Printer", "It is broken.", proof="").decision == "register"
    (number,) = trusting.numbers()
    clients = trusting.last(IVAN, "registered")

    for answers in (None, clients):  # what went to a client is no proof of staff
        forged = trusting.write(ANNA, f"Re: [{number}]", "!reject\nNo.", answers=answers, proof="")

        assert (forged.decision, forged.reason) == ("quarantine", "not_authentic")
    assert trusting.show(number)["status"] == "registered"
    assert len(trusting.told(ANNA, "staff_quarantine")) == 2, "the owner of the address is told"


def test_3_10_where_from_is_trusted_staff_give_orders_by_answering_notices(trusting: DeskInHand) -> None:
    trusting.write(IVAN, "Printer", "It is broken.", proof="")
    (number,) = trusting.numbers()

    assert trusting.answer(trusting.last(ANNA, "staff_new"), "!take", proof="").decision == "command"
    assert trusting.show(number)["status"] == "in_progress"
    assert (
        trusting.answer(trusting.last(ANNA, "staff_new"), "!reject\nNo.", sender=SERGEY, proof="").reason
        == "not_authentic"
    )


def test_3_10_where_from_is_trusted_a_notice_that_mail_waits_is_answered_with_the_order(trusting: DeskInHand) -> None:
    trusting.write(ANNA, "Queue", "!queue", proof="")

    trusting.answer(trusting.last(ANNA, "staff_quarantine"), "!queue", proof="")

    assert trusting.told(ANNA, "staff_queue")


@pytest.fixture
def listening(config: Path, database: Database) -> DeskInHand:
    """A desk that takes the word of one mailing list."""
    changed(config, "mailgate.toml", "# trusted_arc_sealers = []", 'trusted_arc_sealers = ["lists.example"]')
    hand = DeskInHand(config, database)
    hand.desk = replace(hand.desk, txt=lambda _: record())
    return hand


FAILED_HERE = b"Authentication-Results: mx.desk.example; dmarc=fail header.from=alfa.example\r\n"


def test_3_10_a_mail_that_a_trusted_list_changed_is_proven_by_its_seal(listening: DeskInHand) -> None:
    assert listening.receive(FAILED_HERE + sealed(SIGNED_BY_IVAN)).decision == "register"


def test_s3_what_a_sender_smuggles_past_our_filters_passes_no_list_either(listening: DeskInHand) -> None:
    smuggled = b"DKIM-Signature: v=1; d=other.example; i=x=3Bdkim=3Dpass=20header.d=3Dalfa.example=3B@other.example\r\n"

    assert listening.receive(FAILED_HERE + smuggled + sealed(SIGNED_BY_IVAN)).reason == "not_authentic"


@pytest.mark.parametrize("domain", ["other.example", "lists.example.evil.example"])
def test_3_10_a_seal_of_anybody_else_proves_nothing(listening: DeskInHand, domain: str) -> None:
    assert listening.receive(FAILED_HERE + sealed(SIGNED_BY_IVAN, domain=domain)).reason == "not_authentic"


def test_3_10_seals_count_only_where_the_configuration_names_them(hand: DeskInHand) -> None:
    hand.desk = replace(hand.desk, txt=lambda _: record())

    assert hand.receive(FAILED_HERE + sealed(SIGNED_BY_IVAN)).reason == "not_authentic"
