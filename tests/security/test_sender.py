"""S1-S4, S29: who really wrote. Nobody acts in a contact's name without proof, and no honest contact is refused."""

from __future__ import annotations

import itertools
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from mailgate.store.database import Database
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, IVAN
from tests.rig.signing import forged_chains, record, sealed
from tests.security.conftest import Figures, Some
from tests.security.kit import ACCEPTED, EVIL, accepted, mail, notices, passed, pour

TWO_IN_ONE = (
    "{a}, {b}", "<{a}>, <{b}>", "<{a}> <{b}>", "{a} <{b}>", '"{a}" <{b}>', "{a} ({b})", "({a}) {b}", "<{a}> ({b})",
    "{a},<{b}>", "<{a},{b}>", "<<{a}>{b}>", "<{a}<{b}>>", "Ivan <{a}>, Petrov <{b}>", "Ivan <{a}> Petrov <{b}>",
    "friends: {a}, {b};", "friends: {a};, {b}", "friends:;, {a}, {b}", "<@{bd}:{a}>, {b}", "<@{bd},@{ad}:{b}>, {a}",
    '"Ivan\\" <{a}>" <{b}>', '"<{a}>" <{b}>', "<{a}>\\<{b}>", "{a};<{b}>", "{a}:<{b}>", "{a}|{b}", "{a}\t<{b}>",
    "{a}\x00<{b}>", "{a}\x00, {b}", "\x00{a} <{b}>", "<{a}\x00>{b}", "{a}\x1b <{b}>", "{a}\r\n <{b}>", "{a},\r\n\t{b}",
    "=?utf-8?q?{aq}?= <{b}>", "=?utf-8?b?{ab}?= <{b}>", "=?utf-8?q?{aq}=3E?= <{b}>", "=?utf-8?b?{ab}?=, {b}",
    "=?utf-8?q?=22{aq}=22?= <{b}>", '"=?utf-8?q?{aq}?=" <{b}>', "=?utf-8?q?{aq}=2C?= {b}", "{a}@{bd}", "<{a}@{bd}>",
    '"{a}"@{bd}', '<"{a}"@{bd}>', "{a}, undisclosed <{b}>", "{a} via desk <{b}>", "{a}\u2028<{b}>",
    "{a}\u200b <{b}>", "{a}\u202e <{b}>", "{a}<{b}", "{a}>{b}", "<{a}>{b}", "{a} on behalf of {b}",
)  # fmt: skip
BROKEN = (
    "", " ", "<>", "Иван Петров", "ivan.petrov", "@alfa.example", "ivan.petrov@",
    "ivan.petrov@alfa.example.evil.example", "ivan.petrov%alfa.example@evil.example",
    "alfa.example!ivan.petrov@evil.example", "ivan.petrov@evil.example",
    "=?utf-8?q?ivan.petrov=40alfa.example?=", "ivan.petrov@alfa.example\x00.evil.example", "ivan.petrov@[192.0.2.1]",
    "ivan.petrov@alfa.example\r\n .evil.example", "&lt;ivan.petrov@alfa.example&gt;",
)  # fmt: skip
SEVERAL_LINES = (
    "From: {a}\r\nFrom: {b}\r\n", "From: {a}\r\nfrom: {b}\r\n", "From: {a}\r\nFROM: {b}\r\n",
    "From : {a}\r\nFrom: {b}\r\n", "From\t: {a}\r\nFrom: {b}\r\n", "From:\r\nFrom: {a}\r\nFrom: {b}\r\n",
    "From: {a}\r\nX: 1\r\nFrom: {b}\r\n", "From: {a}\nFrom: {b}\r\n", "From: {a}\rFrom: {b}\r\n",
    "From: {a}\r\nFr\x00om: {b}\r\nFrom: {b}\r\n",
)  # fmt: skip
ONLY_B = (
    "From: {b}\r\nSender: {a}\r\n", "Sender: {a}\r\nFrom: {b}\r\n", "From: {b}\r\nReply-To: {a}\r\n",
    "From: {b}\r\nResent-From: {a}\r\n", "From: {b}\r\nX-Original-From: {a}\r\n",
    "From: {b}\r\nReturn-Path: <{a}>\r\n", " From: {a}\r\nFrom: {b}\r\n", "X: 1\r\n From: {a}\r\nFrom: {b}\r\n",
    "{b}(@{ad})",
)  # fmt: skip
"""From names b and nobody else, whatever other headers and comments say."""
COLLEAGUE = "mallory@alfa.example"


def spelt(pattern: str, a: str, b: str) -> bytes:
    names = {"a": a, "b": b, "ad": a.rpartition("@")[2], "bd": b.rpartition("@")[2]}
    names |= {"aq": quote(a, safe=".").replace("%", "="), "ab": b64encode(a.encode()).decode()}
    return pattern.format(**names).encode()


def test_s1_no_forged_from_acts_in_a_contact_s_name(hand: DeskInHand, figures: Figures) -> None:
    # His own domain is proven; or our mail server read the other address and proved the contact's.
    pairs = ((IVAN, EVIL), (EVIL, IVAN), (IVAN, COLLEAGUE), (COLLEAGUE, IVAN))
    cases = [
        (spelt(pattern, *pair), domain)
        for pattern in (*TWO_IN_ONE, *SEVERAL_LINES)
        for pair in pairs
        for domain in ("evil.example", "alfa.example")
    ]

    taken = pour(hand, [mail(head, proven=domain) for head, domain in cases])

    wrong = [case for case, one in zip(cases, taken, strict=True) if one.decision != "quarantine"]
    assert wrong == []
    assert {one.reason for one in taken} == {"sender_unclear"}, "who wrote is not asked at all"
    figures("S1", "forged From: two addresses, routes, comments, NUL, several headers", sent=len(taken), through=0)


def test_s1_what_is_no_address_of_a_contact_is_nobody_s(hand: DeskInHand, figures: Figures) -> None:
    cases = [(text.encode(), domain) for text in BROKEN for domain in ("evil.example", "alfa.example")]

    taken = pour(hand, [mail(head, proven=domain) for head, domain in cases])

    assert [case for case, one in zip(cases, taken, strict=True) if one.decision in ACCEPTED] == []
    figures("S1", "a broken From, and addresses that hold a contact's", sent=len(taken), through=0)


@pytest.mark.parametrize("other", [EVIL, COLLEAGUE])
def test_s1_who_alone_stands_in_from_wrote_it_if_his_domain_is_proven(hand: DeskInHand, other: str) -> None:
    his = [spelt(pattern, other, IVAN) for pattern in ONLY_B]
    another_s = [spelt(pattern, IVAN, other) for pattern in ONLY_B]

    proven = pour(hand, [mail(head, proven="alfa.example") for head in his])
    others = pour(hand, [mail(head, proven=other.rpartition("@")[2]) for head in another_s])
    unproven = pour(hand, [mail(head, proven="evil.example") for head in his])

    assert [(one.decision, one.from_addr) for one in proven] == [("register", IVAN)] * len(his)
    assert [(one.decision, one.from_addr) for one in others] == [("not_registered", other)] * len(his)
    assert [(one.decision, one.reason) for one in unproven] == [("quarantine", "not_authentic")] * len(his)


NAMES = (
    "Ivan", "Ivan Petrov", "Petrov, Ivan", "Ivan (IT) Petrov", "I. Petrov", "O'Brien", 'Ivan "IT" Petrov', "Ivan; IT",
    "Иван Петров", "Петров Иван Сергеевич", "Ірына Ўласава", "Отдел закупок, ОАО «Альфа»", "李", "Ivan | Alfa",
    "Jürgen", "[ext] Ivan", "ivan.petrov at alfa", "Ivan Petrov " * 8, "Иван Петров, главный специалист " * 4,
)  # fmt: skip


def spellings(name: str) -> list[bytes]:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    utf8 = b64encode(name[:30].encode()).decode()
    return [
        f'"{quoted}" <{IVAN}>'.encode(),
        f'"{quoted}"\r\n <{IVAN}>'.encode(),
        f'"{quoted}"<{IVAN}>'.encode(),
        f"=?utf-8?B?{utf8}?= <{IVAN}>".encode(),
        f"=?UTF-8?Q?{quote(name[:10].encode(), safe='').replace('%', '=')}?= <{IVAN}>".encode(),
        f'"=?utf-8?b?{utf8}?=" <{IVAN}>'.encode(),
        f"=?utf-8?b?{utf8}?=\r\n =?utf-8?b?{utf8}?=\r\n\t<{IVAN}>".encode(),
        f'"{quoted}" <{IVAN.upper()}>'.encode(),
        f'"{quoted}" < {IVAN} >'.encode(),
        f'"{quoted}" <{IVAN}> '.encode(),
    ]


PLAIN = [
    b"ivan.petrov @ alfa .example, x",
    IVAN.encode(), f"<{IVAN}>".encode(), f"{IVAN} (Ivan Petrov)".encode(), f"{IVAN} <{IVAN}>".encode(),
    f'"{IVAN}" <{IVAN}>'.encode(), f"'{IVAN}' <{IVAN}>".encode(), f"\"'{IVAN}'\" <{IVAN}>".encode(),
    b"Ivan.Petrov@Alfa.Example", f" {IVAN}".encode(), f"\r\n {IVAN}".encode(), f"Ivan Petrov<{IVAN}>".encode(),
    "Иван <ivan.petrov@alfa.example>".encode("koi8-r"), "Иван <ivan.petrov@alfa.example>".encode("cp1251"),
    b"=?koi8-r?B?6dfBzg==?= <ivan.petrov@alfa.example>", b"=?windows-1251?Q?=C8=E2=E0=ED?= <ivan.petrov@alfa.example>",
]  # fmt: skip


def test_s2_no_honest_form_of_from_is_refused(hand: DeskInHand, some: Some, figures: Figures) -> None:
    forms = [*PLAIN, *some(itertools.chain.from_iterable(map(spellings, NAMES)))]

    taken = pour(hand, [mail(form, proven="alfa.example") for form in forms])

    refused = [form for form, one in zip(forms, taken, strict=True) if one.decision != "register"]
    assert refused == []
    assert {hand.show(number)["contact"] for number in hand.numbers()} == {IVAN}
    figures("S2", "honest and odd forms of From", sent=len(forms), through=len(forms), found="0 refused, 0 misread")


OUR_FAIL = b"Authentication-Results: mx.desk.example; dmarc=fail header.from=alfa.example\r\n"
OUR_SILENCE = b"Authentication-Results: mx.desk.example; none\r\n"
GOOD = "dmarc=pass header.from=alfa.example"
FOREIGN = (
    "mx.evil.example; {good}", "mx.desk.example.evil.example; {good}", "evil.mx.desk.example; {good}",
    "MX.DESK.EXAMPLE:25; {good}", '"mx.desk.example;" ; {good}', "mx.evil.example (mx.desk.example); {good}",
    "(mx.desk.example) mx.evil.example; {good}", "; {good}", "{good}", "mx.desk.example {good}",
    "mx.desk.example, mx.desk.example; {good}", "mx.desk.example 2; {good}", "mx_desk.example; {good}",
    "mx.desk.exampl\u0435; {good}", "=?utf-8?q?mx.desk.example?=; {good}", "mx.desk.example\x00; {good}",
)  # fmt: skip
NOT_THIS_DOMAIN = (
    "dmarc=pass header.from=evil.example", "dmarc=pass header.from=alfa.example.evil.example", "dmarc=pass",
    "dmarc=pass header.from=example", "dmarc=pass header.from=xalfa.example",
    "dmarc=pass header.from=evil.example (alfa.example)", "dmarc=fail (dmarc=pass) header.from=alfa.example",
    "dmarc=fail header.from=alfa.example policy.x=\"; dmarc=pass\"",
    "dmarc=pass header.from=evil.example header.from=alfa.example", "dmarc=none header.from=alfa.example",
    "dmarc=bestguesspass header.from=alfa.example", "dmarc=passed header.from=alfa.example",
    "dmarc= header.from=alfa.example", "x-dmarc=pass header.from=alfa.example", "dkim=pass header.d=evil.example",
    "dkim=pass header.i=@alfa.example header.d=evil.example", "dkim=pass header.d=example",
    "dkim=pass header.s=alfa.example", "dkim=pass header.d=evil.example header.i=@evil.example header.b=alfa.example",
    "dkim=policy header.d=alfa.example", "dkim=neutral header.d=alfa.example", "spf=pass smtp.mailfrom=alfa.example",
    "spf=pass smtp.mailfrom=ivan.petrov@alfa.example; dmarc=none", "arc=pass header.from=alfa.example",
    "auth=pass smtp.auth=ivan.petrov@alfa.example", "sender-id=pass header.from=alfa.example",
    "iprev=pass; dkim-adsp=pass header.from=alfa.example", "dmarc=fail; dkim=fail header.d=alfa.example",
    "none (; dmarc=pass header.from=alfa.example)", "dmarc=fail (a (b); dmarc=pass header.from=alfa.example )",
    "dkim=fail (\\); dmarc=pass header.from=alfa.example)", "none (; dmarc=pass header.from=alfa.example",
)  # fmt: skip
OTHER_HEADERS = (
    "X-Authentication-Results", "ARC-Authentication-Results", "Authentication-Results-Original",
    "Old-Authentication-Results", "X-Mailgate-Authenticity", "Authentication_Results", "Received-SPF",
    "DKIM-Signature",
)  # fmt: skip


FROM = f"From: {IVAN}\r\n".encode()
"""Above what is forged: a header's name with a space behind it ends the header, and From below it is none."""


def below_ours() -> list[bytes]:
    forged = [f"Authentication-Results: mx.desk.example; {GOOD}", f"authentication-results: MX.Desk.Example; {GOOD}"]
    forged += [
        f"AUTHENTICATION-RESULTS:mx.desk.example;{GOOD}",
        f"Authentication-Results:\r\n mx.desk.example;\r\n {GOOD}",
    ]
    forged += [
        f'Authentication-Results: "mx.desk.example"; {GOOD}',
        f"Authentication-Results: mx.desk.example 1; {GOOD}",
    ]
    forged += [
        f"Authentication-Results: (x) mx.desk.example (y); {GOOD}",
        f"Authentication-Results: mx.desk.example.; {GOOD}",
    ]
    forged += [f"Authentication-Results : mx.desk.example; {GOOD}"]
    return [ours + FROM + line.encode() + b"\r\n" for ours in (OUR_FAIL, OUR_SILENCE) for line in forged]


def test_s3_no_forged_results_are_trusted(hand: DeskInHand, figures: Figures) -> None:
    heads = below_ours()
    heads += [FROM + f"Authentication-Results: {form.format(good=GOOD)}\r\n".encode() for form in FOREIGN]
    heads += [FROM + f"Authentication-Results: mx.desk.example; {found}\r\n".encode() for found in NOT_THIS_DOMAIN]
    heads += [FROM + f"{name}: mx.desk.example; {GOOD}\r\n".encode() for name in OTHER_HEADERS]

    taken = pour(hand, [mail(head) for head in heads])

    trusted = [head for head, one in zip(heads, taken, strict=True) if one.decision != "quarantine"]
    assert trusted == []
    assert {one.reason for one in taken} == {"not_authentic"}, "it is Ivan's name, and nothing proves it"
    assert accepted(pour(hand, [mail(IVAN, proven="alfa.example")])), "the real one is trusted"
    figures("S3", "forged Authentication-Results in a contact's name", sent=len(heads), through=0)


def test_s3_no_forged_chain_of_seals_is_trusted(config: Path, database: Database, figures: Figures) -> None:
    config.write_text(
        config.read_text().replace("# trusted_arc_sealers = []", 'trusted_arc_sealers = ["lists.example"]')
    )
    hand = DeskInHand(config, database)
    hand.desk = replace(hand.desk, txt=lambda _: record())

    taken = pour(hand, forged_chains().values())

    assert accepted(taken) == []
    assert accepted(pour(hand, [sealed()])), "the real one is trusted"
    figures("S3", "forged ARC chains in a contact's name, one list trusted", sent=len(taken), through=0)


WEAK = (
    "dmarc=none header.from=alfa.example", "spf=pass smtp.mailfrom=alfa.example", "none", "dmarc=temperror",
    "dkim=permerror",
)  # fmt: skip
POLICIES = {"require": ("quarantine", 1), "hold": ("quarantine", len(WEAK)), "off": ("register", 0)}
"""What becomes of such mail, and how often staff are told that it waits."""


@pytest.mark.parametrize("policy", POLICIES)
def test_s4_weak_proof_goes_by_the_client_s_own_policy(
    config: Path, database: Database, policy: str, figures: Figures
) -> None:
    clients = config.parent / "clients.toml"
    clients.write_text(clients.read_text().replace('id = "alfa"', f'id = "alfa"\nauthenticity = "{policy}"'))
    hand = DeskInHand(config, database)

    taken = pour(hand, [mail(IVAN, head=f"Authentication-Results: mx.desk.example; {w}\r\n".encode()) for w in WEAK])

    decision, times = POLICIES[policy]
    assert {one.decision for one in taken} == {decision}
    assert len(notices(hand, name="staff_quarantine", reader=ANNA)) == times
    assert bool(notices(hand, reader=IVAN)) is (policy == "off")
    figures(
        "S4",
        f"a contact's mail with SPF alone, dmarc=none, errors; the client's policy is {policy}",
        sent=len(WEAK),
        through=len(accepted(taken)),
        found=f"staff told {times} times",
    )


def test_s4_a_forged_flood_is_told_once_a_day_and_counted(hand: DeskInHand, figures: Figures) -> None:
    taken = pour(hand, [mail(IVAN) for _ in range(200)])
    hand.now += timedelta(days=1)
    taken += pour(hand, [mail(IVAN)])

    told = notices(hand, name="staff_quarantine", reader=ANNA)
    assert accepted(taken) == []
    assert [notice.facts["detail"]["earlier"] for notice in told] == [0, 200]
    figures("S4", "a forged flood in one contact's name over two days", sent=len(taken), through=0,
            found=f"staff told {len(told)} times, the second time with the count")  # fmt: skip


KELVIN, LONG_S, DOTLESS = "\u212a", "\u017f", "\u0131"
LOOK_ALIKES = (
    f"a.{KELVIN}ovaleva@desk.example", f"a.kovaleva@de{LONG_S}k.example", f"a.kovaleva@des{KELVIN}.example",
    "a.kovaleva@dеsk.example", "а.kovaleva@desk.example", "a.kovaleva@ｄesk.example", "a.kovaleva@desk。example",
    "a.kovaleva@xn--dsk-fdd.example", "a.kovaleva@desk.example.", "a.kovaleva@desk.example.evil.example",
    "a.kovaleva@desk-example", "a..kovaleva@desk.example", "a.kovaleva+x@desk.example", '"a.kovaleva"@desk.example',
    "a.kovaleva\u200b@desk.example", "a.kovaleva\u00ad@desk.example", f"{DOTLESS}van.petrov@alfa.example",
    "ivan.petrov@аlfa.example", "ivan.petrov@al\ufb01a.example", "ivan.petrov@ALFA.EXAMPLE\u200d",
    "ivan.petrov@alfa.exаmple", "ıvan.petrov@alfa.example", "İvan.petrov@alfa.example",
    "ivan.petrov@alfa\u2024example", "ivan\u2024petrov@alfa.example", "ｉvan.petrov@alfa.example",
    "ivan.petrov@alfа.example",
)  # fmt: skip


def test_s29_look_alike_addresses_are_nobody(hand: DeskInHand, figures: Figures) -> None:
    domains = [each.rpartition("@")[2] for each in LOOK_ALIKES]
    raws = [mail(each, proven=domain) for each, domain in zip(LOOK_ALIKES, domains, strict=True)]
    raws += [mail(each, proven=domain) for each in LOOK_ALIKES for domain in ("desk.example", "alfa.example")]
    raws += [mail(f"=?utf-8?q?x?= <{each}>", proven=domain) for each, domain in zip(LOOK_ALIKES, domains, strict=True)]

    taken = pour(hand, raws)

    assert [one.from_addr for one in accepted(taken)] == []
    figures("S29", "Kelvin sign, look-alike domains and names, in From", sent=len(raws), through=0)


HELO = "x;dkim=pass header.d={domain};y"
GREETED_BY = (
    "from {helo} (out.evil.example [203.0.113.9]) by mx.desk.example (Sendmail) with ESMTP id 1",
    "from {neutered} (out.evil.example [203.0.113.9]) by mx.desk.example (Postfix) with ESMTP id 1",
    "from out.evil.example ([203.0.113.9] helo={helo}) by mx.desk.example with esmtp (Exim 4.96) id 1",
)
STORES = (
    "from mx.desk.example ([192.0.2.1]) by store.desk.example with ESMTPS id 1",
    "from mx.desk.example ([192.0.2.1]) by store.desk.example with LMTPS id 1",
    "from mx.desk.example ([192.0.2.1]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384) by store with LMTPS id 1",
)


def test_s3_s5_no_greeting_speaks_for_a_sender_through_one_hop_more(hand: DeskInHand, figures: Figures) -> None:
    cases = [
        (sender, greeted(sender, hop, greeting))
        for sender in (IVAN, ANNA)
        for hop in (None, *STORES)
        for greeting in GREETED_BY
    ]

    taken = pour(hand, [mail(sender, head=head, text="!queue") for sender, head in cases])

    assert {one.reason for one in taken} == {"not_authentic"}
    honest = f"Received: {STORES[1]}; x\r\n".encode() + passed("desk.example")
    honest += f"Received: {GREETED_BY[0].format(helo='pc.desk.example')}; x\r\n".encode()
    assert accepted(pour(hand, [mail(ANNA, head=honest, text="!queue")])), "the real one is carried out"
    figures("S3", "statements in a HELO, our own mail server with one hop and with two", sent=len(cases), through=0)


def greeted(sender: str, hop: str | None, greeting: str) -> bytes:
    """What our servers put above such a mail: the filter copied the HELO as it was said; Postfix neutered it."""
    said = HELO.format(domain=sender.rpartition("@")[2])
    took = greeting.format(helo=said, neutered=said.replace(";", "?").replace(" ", "?"))
    lines = [f"Received: {hop}; Thu, 26 Nov 2026 05:58:09 +0000"] if hop else []
    lines += [f"Authentication-Results: mx.desk.example; spf=fail smtp.helo={said}"]
    lines += [f"Received: {took}; Thu, 26 Nov 2026 05:58:09 +0000"]
    return "".join(f"{line}\r\n" for line in lines).encode()


IGNORABLE = ("\u034f", "\u115f", "\u180b", "\ufe00", "\ufe0f", "\U000e0100")


def test_s29_signs_that_a_domain_does_not_count_make_nobody_staff(hand: DeskInHand, figures: Figures) -> None:
    domains = [domain for sign in IGNORABLE for domain in (f"de{sign}sk.example", f"desk.example{sign}")]

    taken = pour(hand, [mail(f"a.kovaleva@{domain}", proven=domain, text="!queue") for domain in domains])

    assert {one.reason for one in taken} == {"sender_unclear"}
    figures("S29", "signs that IDNA leaves out, in the domain of From", sent=len(taken), through=0)


def test_s3_results_behind_a_bare_carriage_return_prove_nobody(hand: DeskInHand, figures: Figures) -> None:
    line = b"Authentication-Results: mx.desk.example; dmarc=pass header.from=alfa.example\r\n"

    taken = pour(
        hand, [mail(IVAN, head=start + line) for start in (b"X-Odd: a\r", b"X-Odd: \r", b"\tX\r", b"X-Odd: a\r\r\r\n")]
    )

    assert accepted(taken) == []
    assert accepted(pour(hand, [mail(IVAN, head=b"X-Odd: a\r\n" + line)])), "the real one is trusted"
    figures("S3", "results that a bare CR hides from our mail server", sent=len(taken), through=0)
