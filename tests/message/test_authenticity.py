"""RFC 8601: S3, whose word counts, and what it must say."""

from __future__ import annotations

from functools import partial

import pytest

from mailgate.message.authenticity import parse_results, verdict
from mailgate.message.model import Verdict
from mailgate.message.parse import parse
from tests.rig.effort import cpu_seconds

TRUSTED = ("mx.desk.example",)


def judged(*results: str, sender: str = "i@alfa.example") -> Verdict:
    headers = "".join(f"Authentication-Results: {result}\n" for result in results)
    return verdict(parse(f"{headers}From: {sender}\n\nx".encode()), TRUSTED)


@pytest.mark.parametrize(
    "result",
    [
        "mx.desk.example; dmarc=pass header.from=alfa.example",
        "MX.Desk.Example; DMARC=Pass (p=reject) header.from=ALFA.example",
        "mx.desk.example 1; dkim=pass header.d=alfa.example",
        "mx.desk.example; dkim=pass (2048-bit key) header.d=alfa.example header.b=abc/def= ; spf=fail",
        "mx.desk.example; dkim/1=pass header.i=@mail.alfa.example",
        "mx.desk.example;\n dkim=fail header.d=other.example;\n dkim=pass header.d=alfa.example",
        'mx.desk.example; dkim=pass reason="good; really" header.d="alfa.example"',
        "(comment) mx.desk.example (x (nested)); dmarc=pass header.from=alfa.example",
        "mx.desk.example; spf=pass smtp.mailfrom=alfa.example; dmarc=pass (p=none) header.from=alfa.example",
    ],
)
def test_the_domain_in_from_is_proven(result: str) -> None:
    assert judged(result) == Verdict.PASS


def test_s3_a_provider_with_many_servers_is_trusted_below_one_name() -> None:
    def judged_by(name: str) -> Verdict:
        raw = f"Authentication-Results: {name}; dkim=pass header.i=@alfa.example\nFrom: i@alfa.example\n\nx"
        return verdict(parse(raw.encode()), ("*.mx.example",))

    assert judged_by("front-80.iva.mx.example") == judged_by("FRONT-81.mx.example.") == Verdict.PASS
    assert {judged_by(name) for name in ("mx.example", "evilmx.example", "a.mx.example.evil", "*")} == {Verdict.NONE}


def test_dkim_of_the_parent_domain_proves_a_subdomain() -> None:
    assert judged("mx.desk.example; dkim=pass header.d=alfa.example", sender="i@mail.alfa.example") == Verdict.PASS


@pytest.mark.parametrize(
    "result",
    [
        "mx.other.example; dmarc=pass header.from=alfa.example",
        "mx.desk.example.evil.example; dmarc=pass header.from=alfa.example",
        "xmx.desk.example; dmarc=pass header.from=alfa.example",
        '"mx.desk.example x"; dmarc=pass header.from=alfa.example',
        "evil.example (mx.desk.example); dmarc=pass header.from=alfa.example",
        "mx.desk.example; dmarc=pass header.from=evil.example",
        "mx.desk.example; dmarc=pass",
        "mx.desk.example; dmarc=none header.from=alfa.example",
        "mx.desk.example; spf=pass smtp.mailfrom=i@alfa.example",
        "mx.desk.example; dkim=pass header.d=evil.example",
        "mx.desk.example; dkim=pass header.d=example",
        "mx.desk.example; dkim=pass header.d=evilalfa.example",
        "mx.desk.example; dkim=none (dkim=pass header.d=alfa.example)",
        "mx.desk.example; dkim=pass header.d=evil.example header.d=alfa.example",
        "mx.desk.example; dkim=neutral header.d=alfa.example",
        "mx.desk.example 2; dmarc=pass header.from=alfa.example",
        "mx.desk.example; none",
        "mx.desk.example (; dmarc=pass header.from=alfa.example",
        "dmarc=pass header.from=alfa.example",
        "; dmarc=pass header.from=alfa.example",
        "",
    ],
)
def test_s3_s4_anything_else_proves_nothing(result: str) -> None:
    assert judged(result) != Verdict.PASS


@pytest.mark.parametrize(
    "result",
    [
        "mx.desk.example; dmarc=fail header.from=alfa.example",
        "mx.desk.example; dkim=fail header.d=alfa.example; spf=pass",
    ],
)
def test_a_failure_is_said(result: str) -> None:
    assert judged(result) == Verdict.FAIL


@pytest.mark.parametrize("signer", ["students.alfa.example", "alfa.example"])
@pytest.mark.parametrize("author", ["header.from=alfa.example", "header.from=ALFA.example.", ""])
def test_s4_our_server_s_failed_dmarc_comes_before_any_signature(signer: str, author: str) -> None:
    signed = f"dkim=pass header.d={signer}"

    assert judged(f"mx.desk.example; {signed}; dmarc=fail (adkim=s) {author}") == Verdict.FAIL
    assert (
        judged(f"mx.desk.example; dmarc=fail {author}; {signed}; dmarc=pass header.from=alfa.example") == Verdict.FAIL
    )
    assert judged(f"mx.desk.example; {signed}; dmarc=fail header.from=other.example") == Verdict.PASS
    assert judged(f"mx.desk.example; {signed}; dmarc=none {author}") == Verdict.PASS


@pytest.mark.parametrize(
    "ours",
    [
        "mx.desk.example; spf=fail (envelope-from=x(; dmarc=fail header.from=alfa.example",
        'mx.desk.example; spf=fail reason="x; dmarc=fail header.from=alfa.example',
        "mx.desk.example; spf=fail smtp.helo=x); dmarc=fail header.from=alfa.example",
        "mx.desk.example; spf=fail smtp.helo=x\\",
        "mx.desk.example; spf=fail smtp.mailfrom==?utf-8?q?x?=@evil.example",
        "mx.desk.example; spf=fail smtp.helo=\x01x",
    ],
)
def test_s3_our_header_stays_topmost_where_a_sender_made_it_malformed(ours: str) -> None:
    assert judged(ours, "mx.desk.example; dmarc=pass header.from=alfa.example") == Verdict.NONE


@pytest.mark.parametrize(
    "comment", ['(5" disk)', "(a \\) b)", "(a \\( b)", "(a (b \\) c) d)", '(")', "(\\\\)", "(a;b=c)"]
)
def test_a_comment_is_whatever_its_brackets_hold(comment: str) -> None:
    said = f"mx.desk.example; spf=fail {comment}; dkim=pass header.d=alfa.example"

    assert judged(said) == Verdict.PASS
    assert judged(f"mx.desk.example; spf=fail {comment[:-1]}; dkim=pass header.d=alfa.example)") == Verdict.NONE


def test_s3_results_behind_a_bare_cr_are_not_believed() -> None:
    """A server that takes forged headers away and adds none of its own sees one long line there."""
    forged = b"Authentication-Results: mx.desk.example; dmarc=pass header.from=alfa.example"
    rest = b"\r\nFrom: i@alfa.example\r\n\r\nx\ry"

    assert verdict(parse(b"X-Odd: a\r\n" + forged + rest), TRUSTED) == Verdict.PASS
    assert verdict(parse(b"X-Odd: a\r" + forged + rest), TRUSTED) == Verdict.NONE
    assert verdict(parse(b"X-Long: " + b"y" * 450_000 + b"\r\nX-Odd: a\r" + forged + rest), TRUSTED) == Verdict.NONE


HEAVY = {
    "Authentication-Results": ('"\\', '\\"', '"a\\', "(", "()", "(\\", ";", "a=", '""', "\\"),
    "Return-Path": ("<", "<a ", "<a> ", ">", "><", "> <"),
    "DKIM-Signature": (";", "; ", ";i", ";i=", "i =", "=3B", ";i=;"),
    "Received": (" by ", "from ", "with lmtp ", '"\\', "(", ";", "from a by b with LMTP "),
}


@pytest.mark.parametrize("name", HEAVY)
def test_s20_no_header_of_the_trace_is_dear(name: str) -> None:
    """A fifth of what the guard lets through, in one header and in several, in half a second at most."""
    for piece in HEAVY[name]:
        for many in (1, 6):
            value = (piece * 100_000)[: 100_000 // many]
            headers = f"{name}: {value}\r\n" * many
            message = parse(f"{headers}From: i@alfa.example\r\n\r\nx".encode())

            assert cpu_seconds(partial(verdict, message, TRUSTED)) < 0.5, (piece, many)


def test_s3_our_own_name_forged_below_the_topmost_does_not_count() -> None:
    forged = "mx.desk.example; dmarc=pass header.from=alfa.example"

    assert judged("mx.desk.example; dmarc=fail header.from=alfa.example", forged) == Verdict.FAIL
    assert judged("mx.desk.example; spf=none", forged) == Verdict.NONE


OPENDMARC = "mx.desk.example; dmarc=none (p=none dis=none) header.from=alfa.example"
OPENDKIM = (
    "mx.desk.example;\n\tdkim=pass (2048-bit key; unprotected) header.d=alfa.example header.i=@alfa.example"
    " header.a=rsa-sha256 header.s=s1 header.b=KJEllJPy;\n\tdkim-atps=neutral"
)
POSTFIX = "from out.alfa.example (out.alfa.example [203.0.113.9])\n\tby mx.desk.example (Postfix) with ESMTP id E1D58"
DOVECOT = "from mx.desk.example ([127.0.0.1])\n\tby mx.desk.example with LMTP\n\tid kIaACWLLB2sjAQAAzhZldA"
LMTP = {
    "LMTP": DOVECOT,
    "LMTPS": DOVECOT.replace("LMTP", "LMTPS"),
    "LMTPS, as Dovecot says with what": DOVECOT.replace(
        "\n\tby", "\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\n\tby"
    ).replace("LMTP", "LMTPS"),
    "Cyrus": "from mx.desk.example ([unix socket])\n\t by mx.desk.example (Cyrus 3.6.1-Debian) with LMTPA",
    "Cyrus with TLS": "from mx ([192.0.2.1])\n\t by store (Cyrus 3.6) with LMTPSA (version=TLSv1.3 cipher=X)",
    "Zimbra": "from mx.desk.example (LHLO mx.desk.example) (192.0.2.1) by store.desk.example with LMTP",
    "Yandex": "from mx.yandex.example (mx.yandex.example [2001:db8::1])\n\tby store (nwsmtp/Yandex) with LMTP id aB-0",
    "UTF-8": DOVECOT.replace("LMTP", "UTF8LMTPS"),
}
DATE = "\n\tfor <support@desk.example>; Thu, 26 Nov 2026 05:58:09 +0000 (UTC)"


def as_written(*headers: str) -> Verdict:
    """Headers as the software of Debian 12 wrote them, topmost first."""
    return verdict(parse(("\n".join(headers) + "\nFrom: i@alfa.example\n\nx").encode()), TRUSTED)


def results(value: str) -> str:
    return f"Authentication-Results: {value}"


def received(value: str) -> str:
    return f"Received: {value}{DATE}"


@pytest.mark.parametrize("delivery", [[], *([received(each)] for each in LMTP.values())], ids=["local", *LMTP])
def test_opendkim_below_opendmarc_proves_a_domain_without_a_policy(delivery: list[str]) -> None:
    assert as_written(*delivery, results(OPENDMARC), results(OPENDKIM), received(POSTFIX)) == Verdict.PASS


LIKE_LMTP = (
    "x by y with LMTP (",
    "x with LMTP by y (",
    "x by y with LMTP; (",
    'x by y with LMTP;" (',
    "x by y with LMTP ((",
)


@pytest.mark.parametrize(
    "own",
    [
        [results(OPENDMARC), received(POSTFIX)],
        [received(DOVECOT), results(OPENDMARC), received(POSTFIX)],
        [received(POSTFIX), results(OPENDMARC)],
        *([received(POSTFIX.replace("out.alfa.example (", greeting)), results(OPENDMARC)] for greeting in LIKE_LMTP),
    ],
    ids=["milters", "milters and LMTP", "below the trace", *LIKE_LMTP],
)
def test_s3_what_came_in_does_not_join_our_filters_results(own: list[str]) -> None:
    assert as_written(*own, results(OPENDKIM), received(POSTFIX)) == Verdict.NONE


RSPAMD = """mx.desk.example;
\tdkim=pass header.d=%s header.s=s1 header.b=c+4dKyQd;
\tspf=pass (mx.desk.example: domain of a@%s designates 203.0.113.9 as permitted sender) smtp.mailfrom=a@%s;
\tdmarc=none"""


def test_rspamd_writes_one_header_below_the_trace() -> None:
    assert as_written(received(POSTFIX), results(RSPAMD % (("alfa.example",) * 3))) == Verdict.PASS
    assert as_written(received(POSTFIX), results(RSPAMD % (("other.example",) * 3))) == Verdict.NONE


INJECTED = "dkim=pass header.d=alfa.example"
SIGNED = "DKIM-Signature: v=1; a=rsa-sha256; d=other.example;\n %s; s=s1; b=x"


@pytest.mark.parametrize(
    ("result", "header"),
    [
        (
            f"mx.desk.example;\n\tdkim=pass header.d=other.example header.i=x;{INJECTED};z=1@other.example header.s=s1",
            SIGNED % "i=x=3Bdkim=3Dpass=20header.d=3Dalfa.example=3Bz=3D1@other.example",
        ),
        (
            f"mx.desk.example;\n\tdkim=pass header.d=other.example header.i=x;{INJECTED};z=1@other.example header.s=s1",
            SIGNED % "i = x=\n 3Bdkim=3Dpass=20header.d=3Dalfa.example=3Bz=3D1@other.example",
        ),
        (
            f"mx.desk.example;\n\tdkim=pass header.d=other.example header.i=x;{INJECTED};z=1@other.example header.s=s1",
            SIGNED % "i==?us-ascii?q?x=3Bdkim=3Dpass=20header.d=3Dalfa.example=3Bz=3D1?=@other.example",
        ),
        (
            "mx.desk.example; spf=fail (SPF fail - not authorized) smtp.mailfrom=nospf.example (client-ip=203.0.113.9;"
            f" envelope-from=x); {INJECTED}; (x@nospf.example; receiver=desk.example)",
            f'Return-Path: <"x); {INJECTED}; (x"@nospf.example>',
        ),
        (
            f"mx.desk.example; spf=fail smtp.mailfrom=y;{INJECTED};z=1@nospf.example",
            f'Return-Path: <"x@y;{INJECTED};z=1"@nospf.example>',
        ),
        (
            f"mx.desk.example; spf=fail smtp.helo=x;{INJECTED};y",
            received(POSTFIX.replace("out.alfa.example (", f"x;{INJECTED};y (")),
        ),
    ],
    ids=["OpenDKIM", "OpenDKIM folded", "OpenDKIM encoded", "policyd-spf", "OpenDMARC", "OpenDMARC, HELO"],
)
def test_s3_a_sender_writes_nothing_into_our_servers_results(result: str, header: str) -> None:
    assert as_written(results(result), "X: y") == Verdict.PASS, "without the source of it nobody could tell"
    assert as_written(results(result), header) == Verdict.NONE


STORE = "from mx.desk.example ([192.0.2.1])\n\tby store.desk.example with %s\n\tid kIaACWLLB2sjAQAAzhZldA"
GREETED = f"mx.desk.example; spf=fail smtp.helo=x;{INJECTED};y"


@pytest.mark.parametrize(
    "greeting",
    [
        f"from x;{INJECTED};y (out.evil.example [203.0.113.9])\n\tby mx.desk.example (Sendmail) with ESMTP",
        f"from x?{INJECTED.replace(' ', '?')}?y (out.evil.example [203.0.113.9])"
        "\n\tby mx.desk.example (Postfix) with ESMTP",
        f"from out.evil.example ([203.0.113.9] helo=x;{INJECTED};y)\n\tby mx.desk.example with esmtp (Exim 4.96)",
        f"from unknown (HELO x;{INJECTED};y) (203.0.113.9)\n\tby mx.desk.example with SMTP",
    ],
    ids=["as it is", "Postfix", "Exim", "qmail"],
)
@pytest.mark.parametrize(
    "hops",
    [[], *([STORE % way] for way in ("ESMTPS", "LMTPS", "ESMTP")), [LMTP["LMTPS, as Dovecot says with what"]],
     [STORE % "LMTP", STORE % "ESMTPS"]],
    ids=["none", "ESMTPS", "LMTPS", "ESMTP", "Dovecot with TLS", "two"],
)  # fmt: skip
def test_s3_a_greeting_is_looked_at_however_many_hops_are_ours(hops: list[str], greeting: str) -> None:
    ours = [received(hop) for hop in hops]

    assert as_written(*ours, results(GREETED), received(POSTFIX)) == Verdict.PASS, "without it nobody could tell"
    assert as_written(*ours, results(GREETED), received(greeting)) == Verdict.NONE


TRACES = (
    "from mail-a.google.example (mail-a.google.example. [203.0.113.9]) by mx.google.example with SMTPS id ffac for"
    " <i@desk.example> (Google Transport Security)",
    "by 2002:a05:6402:2554:b0:60:1 with SMTP id l20csp1",
    "from a.prod.exchange.example (2603:10a6::1) by b.prod.exchange.example (2603:10a6::2) with Microsoft SMTP Server"
    " (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.7 via Frontend Transport",
    "from a ([fe80::1]) by b ([fe80::2%5]) with mapi id 15.20.7.0",
    "from [192.0.2.1] (port=5000 helo=alfa) by mx.alfa.example with esmtpsa (TLS1.3) tls TLS_AES_256_GCM_SHA384"
    " (Exim 4.96) (envelope-from <i@alfa.example>) id 1abc-0",
    "from alfa (alfa.example [192.0.2.1] (may be forged)) (authenticated bits=0) by mx.alfa.example (8.17.1/8.17.1)"
    " with ESMTPSA id 4AQ (version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 bits=256 verify=NOT)",
    "from localhost (localhost [local]); by mx.alfa.example (OpenSMTPD) with ESMTPA id 1e2a",
    "from alfa ([192.0.2.1]) (AUTH: LOGIN i@alfa.example, SSL: TLSv1.3,256bits) by mx.alfa.example with ESMTPSA",
    "(qmail 1234 invoked by uid 0)",
    "from [192.0.2.1] (account i@alfa.example HELO alfa) by mx.alfa.example (CommuniGate Pro SMTP 6.2) with ESMTPSA",
    "from mx.alfa.example ([192.0.2.1]) by mx2.alfa.example ([192.0.2.2]) with mail-id 1; by way of the archive",
)


@pytest.mark.parametrize("trace", TRACES)
def test_no_honest_server_s_received_is_taken_for_a_smuggled_statement(trace: str) -> None:
    said = results("mx.desk.example; dmarc=pass header.from=alfa.example")

    assert as_written(received(DOVECOT), said, received(POSTFIX), received(trace)) == Verdict.PASS


@pytest.mark.parametrize("agent", ["i=@alfa.example", "i=prvs=3D1a=i@alfa.example", "i=i=2Bx@\n alfa.example"])
@pytest.mark.parametrize(
    "envelope", ["<SRS0=a+b=c=alfa.example=i@list.example>", "<i@alfa.example> (by mx; kept)", "<>"]
)
def test_an_honest_signature_and_envelope_smuggle_nothing(agent: str, envelope: str) -> None:
    bounce = f"Return-Path: {envelope}"

    assert as_written(bounce, results(OPENDKIM), received(POSTFIX), SIGNED % agent) == Verdict.PASS


def test_where_nothing_tells_of_the_hop_nobody_greeted() -> None:
    assert as_written(results("mx.desk.example; dmarc=pass (policy by its owner) header.from=alfa.example")) == "pass"


def test_another_servers_header_above_ours_is_passed_over() -> None:
    assert (
        judged("mx.other.example; dmarc=fail", "mx.desk.example; dmarc=pass header.from=alfa.example") == Verdict.PASS
    )


@pytest.mark.parametrize("sender", ["i@alfa.example, j@alfa.example", "x@evil.example <i@alfa.example>", ""])
def test_s1_a_doubtful_from_is_never_proven(sender: str) -> None:
    assert judged("mx.desk.example; dmarc=pass header.from=alfa.example", sender=sender) == Verdict.NONE


def test_shared_suffixes_prove_nobody() -> None:
    assert judged("mx.desk.example; dkim=pass header.d=com.by", sender="i@alfa.com.by") == Verdict.NONE


def test_nobody_is_trusted_by_default() -> None:
    message = parse(b"Authentication-Results: mx; dmarc=pass header.from=b.by\nFrom: a@b.by\n\nx")

    assert verdict(message, ()) == Verdict.NONE


def test_results_are_taken_apart() -> None:
    name, found = parse_results('mx.a; dkim=pass (ok) reason="a;b" header.d=x.by header.s=1; spf=softfail')

    assert name == "mx.a"
    assert [(one.method, one.result) for one in found] == [("dkim", "pass"), ("spf", "softfail")]
    assert found[0].properties == {"reason": "a;b", "header.d": "x.by", "header.s": "1"}
