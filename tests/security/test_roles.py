"""S5-S10: what an address, a token or a number alone opens: nothing."""

from __future__ import annotations

import hmac
from base64 import b32decode
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from mailgate.config import load
from mailgate.message import thread
from mailgate.rules.command_table import COMMANDS, Arg, Command
from mailgate.rules.commands import Orders, parse_orders
from mailgate.store.tables import Mail
from tests.rig.hand import MINSK, DeskInHand
from tests.rig.house import ANNA, IVAN, JOHN, KATE, SERGEY, VOLHA, Letter
from tests.security.conftest import Figures, Some
from tests.security.kit import EVIL, accepted, mail, notices, pour, shown

SECRETS = (
    "SD-2026-000001",
    "Пропал отчёт",
    "Сумма 48213 рублей",
    "договор-7731.pdf",
    "ОАО «Альфа»",
    "Иван Петров",
    IVAN,
)
ARGUMENTS = {
    Arg.NONE: "", Arg.TERM: "3d", Arg.TERM_IF_ANY: "3d", Arg.STAFF: SERGEY, Arg.TYPE_IF_ANY: "4", Arg.URGENCY: "high",
    Arg.IMPACT: "full", Arg.PRIORITY: "low", Arg.CHANNEL: "phone", Arg.CHANNEL_IF_ANY: "phone",
    Arg.SUBJECT: "Второй вопрос", Arg.NUMBER: "SD-2026-000002",
    Arg.CALL: f"{IVAN} +375291234567 critical cannot-write", Arg.CONTACT: IVAN, Arg.CLIENT_IF_ANY: "alfa",
}  # fmt: skip


def confidential(hand: DeskInHand) -> Letter:
    """A request whose every fact is a secret; gives the notice of it to Anna."""
    attached = [("договор-7731.pdf", b"%PDF")]
    hand.write(IVAN, "Пропал отчёт", "Услуга: Виртуальный ЦОД\n\nСумма 48213 рублей.", attachments=attached)
    return hand.last(ANNA, "staff_new")


def leaked(letters: list[Letter], but: str = "") -> list[str]:
    """Which of the secrets stand in these letters, where the reader did not write them himself."""
    seen = shown(letters)
    return [secret for secret in SECRETS if secret in seen and secret not in but]


def order(command: Command, form: str) -> str:
    line = f"!{form} {ARGUMENTS[command.arg]}".strip()
    return f"{line}\nСделано." if command.text.reader.value != "nobody" else line


ORDERS = [order(command, form) for command in COMMANDS for form in command.names]


def test_every_forged_order_is_a_real_one(hand: DeskInHand) -> None:
    for text in ORDERS:
        assert isinstance(parse_orders(text, hand.now, MINSK, hand.desk.calendar.closes), Orders), text


@pytest.mark.parametrize("owner", [ANNA, KATE])
def test_s5_no_order_of_a_forged_staff_member_is_carried_out(
    hand: DeskInHand, owner: str, some: Some, figures: Figures
) -> None:
    notice = confidential(hand)
    hand.write(IVAN, "Ещё один", "Второй.")
    before = (hand.show("SD-2026-000001"), hand.show("SD-2026-000002"))
    cited = f"In-Reply-To: {notice['Message-ID']}\r\n".encode()
    verdicts = (b"", b"Authentication-Results: mx.desk.example; dmarc=fail header.from=desk.example\r\n",
                b"Authentication-Results: mx.desk.example; dmarc=pass header.from=evil.example\r\n")  # fmt: skip
    forged = [
        mail(f"Anna <{owner}>", head=verdict + cited, subject=notice["Subject"].encode("ascii", "ignore"), text=text)
        for text in some(ORDERS)
        for verdict in verdicts
    ]

    taken = pour(hand, forged)

    assert {(one.decision, one.reason) for one in taken} == {("quarantine", "not_authentic")}
    assert (hand.show("SD-2026-000001"), hand.show("SD-2026-000002")) == before
    assert hand.numbers() == ["SD-2026-000001", "SD-2026-000002"]
    told = Counter(each.reader for each in notices(hand, name="staff_quarantine"))
    assert told == dict.fromkeys({ANNA, SERGEY, owner}, 1), "at the first, and not a hundred times"
    assert {each.reader for each in notices(hand, state="waiting")} <= {ANNA, SERGEY, owner}, "nobody else hears a word"
    if owner == KATE:
        figures("S5", "every order in three languages, forged From of staff", sent=len(forged), through=0,
                found="the owner of the address is told, once a day")  # fmt: skip


def test_s6_a_forwarded_notice_opens_nothing_to_an_outsider(hand: DeskInHand, figures: Figures) -> None:
    to_staff = confidential(hand)
    to_client = hand.last(IVAN, "registered")

    for day, letter in enumerate((to_staff, to_client)):
        hand.now = hand.now.replace(day=23 + day * 2)
        hand.answer(letter, "!показать SD-2026-000001\n!готово\nЧто здесь написано?", sender=EVIL)

    said = hand.told(EVIL)
    assert [letter.name for letter in said] == ["not_registered", "not_registered"]
    assert leaked(said) == []
    assert hand.events() == ["registered"]
    figures(
        "S6",
        "an outsider answers notices that were forwarded to him",
        sent=2,
        through=0,
        found="0 bytes of the request",
    )


def test_s6_another_client_s_contact_gets_a_request_of_his_own(hand: DeskInHand) -> None:
    notice = confidential(hand)

    hand.write(JOHN, "Re: [SD-2026-000001]", "What is this about?", answers=notice)

    assert hand.events() == ["registered"]
    assert hand.show("SD-2026-000002")["contact"] == JOHN
    assert leaked(hand.told(JOHN), but="SD-2026-000001") == []


def test_s7_no_guessed_number_or_identifier_opens_a_request(hand: DeskInHand, figures: Figures) -> None:
    confidential(hand)
    spelt = ["SD-2026-000001", "sd-2026-000001", "#SD-2026-000001", "[SD-2026-%]", "[SD-2026-______]", "C-2026-000001"]
    subjects = [*spelt, *(f"Re: [SD-2026-{number:06d}]" for number in range(1, 151))]
    genuine = notices(hand, name="registered")[0].message_id
    guessed = [f"{genuine[: 20 + n]}{'abcdefghij'[n % 10]}{genuine[21 + n :]}" for n in range(30)]
    guessed = [each for each in guessed if each != genuine]  # the letter put in may be the one that stood there
    guessed += [f"mg.SD-2026-000001.{nonce:016x}.{'a' * 26}@desk.example" for nonce in range(100)]
    raws = [mail(JOHN, proven="beta.example", subject=subject) for subject in subjects[:12]]
    raws += [
        mail(JOHN, proven="beta.example", head=f"References: <{each}>\r\n".encode())
        for each in (genuine, *guessed[20:50])
    ]
    raws += [mail(EVIL, proven="evil.example", subject=subject) for subject in subjects]
    raws += [
        mail(EVIL, proven="evil.example", head=f"In-Reply-To: <{each}>\r\n".encode()) for each in (genuine, *guessed)
    ]

    taken = pour(hand, raws)
    his_own = pour(
        hand, [mail(IVAN, proven="alfa.example", head=f"In-Reply-To: <{each}>\r\n".encode()) for each in guessed[20:50]]
    )

    assert {one.decision for one in his_own} == {"register"}, "a guess opens nothing to him who may write there"
    hand.send()
    assert [one for one in accepted(taken) if one.from_addr != JOHN] == []
    assert {hand.show(number)["contact"] for number in hand.numbers()[1:]} == {JOHN, IVAN}
    assert (hand.show()["contact"], hand.events(), len(hand.show()["messages"])) == (IVAN, ["registered"], 2)
    assert len(notices(hand, reader=EVIL)) == 1, "one polite notice a day"
    figures(
        "S7",
        "guessed numbers and Message-IDs, of a stranger and of another client",
        sent=len(raws) + len(his_own),
        through=0,
    )


def test_s7_the_proof_has_128_bits_and_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[int] = []
    genuine = hmac.compare_digest

    def watched(one: str, other: str) -> bool:
        compared.append(len(one))
        return genuine(one, other)

    monkeypatch.setattr(thread.hmac, "compare_digest", watched)
    made = thread.message_id(b"k" * 32, "SD-2026-000001", "n", IVAN, "desk.example")

    assert thread.own(b"k" * 32, made, IVAN, "desk.example") == "SD-2026-000001"
    assert thread.own(b"j" * 32, made, IVAN, "desk.example") is None
    assert [5 * length >= 128 for length in compared] == [True, True]
    proof = b32decode(made.partition("@")[0].rpartition(".")[2].upper() + "======")
    said = f"SD-2026-000001\nn\n{IVAN}".encode()
    assert proof == hmac.digest(b"k" * 32, said, "sha256")[:16]


def test_s8_who_is_put_into_cc_learns_and_may_do_nothing(hand: DeskInHand, figures: Figures) -> None:
    first = hand.write(IVAN, "Пропал отчёт", "Сумма 48213 рублей.", headers=[("Cc", f"{EVIL}, {JOHN}, {VOLHA}")])
    notice = hand.last(ANNA, "staff_new")
    hand.answer(notice, "Проверяем.")
    own_copy = [("In-Reply-To", f"<{first.message_id}>"), ("References", f"<{first.message_id}>")]
    for sender in (EVIL, JOHN):
        hand.write(sender, "Re: Пропал отчёт", "Добавьте и меня.", headers=own_copy)
    hand.answer(notice, "!заметка\nПохоже на подлог.")
    hand.answer(notice, "Нашли причину: 48213.")

    assert [letter.name for letter in hand.told(EVIL)] == ["not_registered"]
    assert [letter.name for letter in hand.told(JOHN)] == ["registered"]
    assert leaked([*hand.told(EVIL), *hand.told(JOHN)], but="Пропал отчёт") == []
    assert "48213" in hand.last(VOLHA, "progress").text, "a contact of the same client takes part"
    assert "SD-2026-000002" in hand.numbers()
    figures(
        "S8",
        "an outsider and another client's contact in Cc, who then reply",
        sent=2,
        through=0,
        found="0 bytes of the request",
    )


def without(hand: DeskInHand, config: Path, name: str, email: str) -> None:
    """The files are read anew: this person is gone from them."""
    path = config.parent / name
    kept = [block for block in path.read_text().split("\n\n") if f'"{email}"' not in block]
    path.write_text("\n\n".join(kept))
    hand.desk = replace(hand.desk, config=load(config))


def test_s9_a_removed_contact_is_refused_hears_nothing_and_the_desk_is_told(
    hand: DeskInHand, config: Path, figures: Figures
) -> None:
    confidential(hand)
    registered = hand.last(IVAN, "registered")
    without(hand, config, "clients.toml", IVAN)

    answered = hand.answer(registered, "Это снова я. Что нового?")
    anew = hand.write(IVAN, "Новый вопрос", "И ещё вопрос.")
    hand.answer(hand.last(ANNA, "staff_new"), "Нашли причину: 48213.")

    assert {(one.decision, one.reason) for one in (answered, anew)} == {("not_registered", "revoked")}
    assert [letter.name for letter in hand.told(IVAN)] == ["registered", "not_registered"]
    assert leaked(hand.told(IVAN)[1:], but=IVAN) == []
    assert len(hand.told(ANNA, "staff_quarantine")) == 2
    assert "среди контактных лиц" in hand.last(ANNA, "staff_quarantine").text
    assert hand.last("it@alfa.example", "started")
    figures(
        "S9",
        "a contact and a staff member who were removed meanwhile",
        sent=4,
        through=0,
        found="the desk is told of each",
    )


def test_s9_a_removed_staff_member_gives_no_orders(hand: DeskInHand, config: Path) -> None:
    notice = confidential(hand)
    without(hand, config, "staff.toml", ANNA)
    told = len(hand.told(ANNA))

    taken = [hand.answer(notice, text, sender=ANNA) for text in ("!готово\nВсё.", "Пишу клиенту по-старому.")]

    assert {(one.decision, one.reason) for one in taken} == {("not_registered", "revoked")}
    assert hand.events() == ["registered"]
    assert len(hand.told(SERGEY, "staff_quarantine")) == 2
    assert [letter.name for letter in hand.told(ANNA)[told:]] == ["not_registered"], "as any stranger"
    assert leaked(hand.told(ANNA)[told:], but=ANNA) == []
    assert [letter.name for letter in hand.told(IVAN)] == ["registered"]


OURS = {
    "X-Mailgate-Contact": JOHN, "X-Mailgate-Request": "SD-2026-000001", "X-Mailgate-Type": "account_registration",
    "X-Mailgate-Service": "Чужая", "X-Mailgate-Urgency": "high", "X-Mailgate-Notice": "registered",
    "X-Mailgate-Channel": "portal", "X-Mailgate-Role": "staff", "X-Mailgate-Client": "beta",
}  # fmt: skip


def test_s10_our_own_headers_in_a_client_s_mail_are_ignored(hand: DeskInHand, figures: Figures) -> None:
    confidential(hand)
    plain = hand.write(JOHN, "Question", "Plain.")

    taken: list[Mail] = [hand.write(JOHN, "Question", "Plain.", headers=[each]) for each in OURS.items()]
    taken.append(hand.write(JOHN, "Question", "Plain.", headers=list(OURS.items())))

    assert {one.decision for one in (plain, *taken)} == {"register"}
    same = ("contact", "client", "type", "type_suggested", "urgency", "priority", "channel", "service", "status")
    found = {tuple(hand.show(number)[name] for name in same) for number in hand.numbers()[1:]}
    assert found == {(JOHN, "beta", "unclassified", None, "normal", "medium", "email", None, "registered")}
    assert hand.events("SD-2026-000001") == ["registered"]
    strangers = pour(
        hand, [mail(EVIL, proven="evil.example", head=f"{name}: {value}\r\n".encode()) for name, value in OURS.items()]
    )
    assert accepted(strangers) == []
    figures("S10", "our own headers in the mail of clients and strangers", sent=2 * len(OURS) + 1, through=0)
