"""The rig itself: what the other tests take for granted about their servers."""

from __future__ import annotations

import smtplib
import time

import pytest

from tests.rig.dovecot import Dovecot
from tests.rig.smtp import Sink

RAW = b"From: a@alfa.example\r\nSubject: one\r\n\r\n.dot\r\nbody\r\n"


def test_dovecot_is_ready_within_a_second():
    server = Dovecot()
    began = time.monotonic()

    server.start()

    elapsed = time.monotonic() - began
    server.close()
    assert elapsed < 1, f"{elapsed:.2f} s"


def test_what_is_delivered_is_what_a_client_reads(dovecot: Dovecot):
    user = dovecot.new_user()
    sent = [RAW.replace(b"one", b"%d" % number) for number in range(20)]

    for raw in sent:
        dovecot.deliver(user, raw)

    assert dovecot.messages(user) == sent
    assert dovecot.messages(user, "Nowhere") == []


def test_dovecot_offers_what_the_inbox_relies_on(dovecot: Dovecot):
    with dovecot.client(dovecot.new_user()) as client:
        assert {b"IDLE", b"MOVE", b"UIDPLUS"} <= set(client.capabilities())


def test_recreate_gives_a_new_uidvalidity(dovecot: Dovecot):
    user = dovecot.new_user()
    dovecot.deliver(user, RAW)
    with dovecot.client(user) as client:
        before = client.select_folder("INBOX")[b"UIDVALIDITY"]

    told = dovecot.recreate(user)

    with dovecot.client(user) as client:
        assert client.select_folder("INBOX")[b"UIDVALIDITY"] == told != before
    assert dovecot.messages(user) == [RAW]


def test_restart_keeps_port_and_mail(dovecot: Dovecot):
    user = dovecot.new_user()
    dovecot.deliver(user, RAW)

    dovecot.restart()

    assert dovecot.messages(user) == [RAW]


def test_killed_sessions_die_and_new_ones_come_up(dovecot: Dovecot):
    user = dovecot.new_user()
    client = dovecot.client(user)

    assert dovecot.kill_imap_processes() >= 1

    with pytest.raises(Exception, match=r"."):
        client.noop()
    assert dovecot.messages(user) == []


def test_a_changed_password_counts_at_once(dovecot: Dovecot):
    user = dovecot.new_user()
    dovecot.messages(user)

    dovecot.set_password(user, "other")

    assert dovecot.messages(user) == []


def test_sink_keeps_envelope_and_bytes(sink: Sink):
    with smtplib.SMTP(sink.host, sink.port) as smtp:
        smtp.sendmail("a@x.example", ["b@y.example", "c@y.example"], RAW)

    mail = sink.wait_for(lambda one: one.sender == "a@x.example")
    assert mail.recipients == ("b@y.example", "c@y.example")
    assert mail.raw == RAW
    assert sink.connections == 1


def test_sink_refuses_whom_it_is_told_to(sink: Sink):
    sink.faults.recipients["b@y.example"] = "550 5.1.1 no such user"
    with smtplib.SMTP(sink.host, sink.port) as smtp:
        refused = smtp.sendmail("a@x.example", ["b@y.example", "c@y.example"], RAW)

    assert refused == {"b@y.example": (550, b"5.1.1 no such user")}
    assert sink.wait_count(1)[0].recipients == ("c@y.example",)


def test_sink_says_421_and_hangs_up(sink: Sink):
    sink.faults.senders["*"] = "421 4.3.2 going down"
    smtp = smtplib.SMTP(sink.host, sink.port)
    smtp.ehlo()

    assert smtp.mail("a@x.example")[0] == 421

    time.sleep(0.1)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        smtp.noop()
    assert sink.received == ()


def test_r15_sink_can_lose_the_last_reply(sink: Sink):
    sink.faults.lose_replies = 1
    smtp = smtplib.SMTP(sink.host, sink.port)

    with pytest.raises(smtplib.SMTPServerDisconnected):
        smtp.sendmail("a@x.example", ["b@y.example"], RAW)

    assert len(sink.wait_count(1)) == 1
    with smtplib.SMTP(sink.host, sink.port) as again:
        again.sendmail("a@x.example", ["b@y.example"], RAW)
    assert len(sink.wait_count(2)) == 2


def test_sink_delays_and_defers(sink: Sink):
    sink.faults.delay = 0.3
    sink.faults.final_reply = "451 4.3.0 later"
    began = time.monotonic()

    with smtplib.SMTP(sink.host, sink.port) as smtp, pytest.raises(smtplib.SMTPDataError):
        smtp.sendmail("a@x.example", ["b@y.example"], RAW)

    assert time.monotonic() - began >= 0.3
    assert sink.received == ()
