"""The mail commands of staff: the whole table."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgate.rules.commands import (
    COMMANDS,
    Command,
    LineError,
    Orders,
    PriorityNamed,
    Submission,
    TextFor,
    TypeNamed,
    Verb,
    help_rows,
    parse_orders,
    split_orders,
)
from mailgate.rules.terms import Term
from mailgate.rules.vocabulary import Channel, Impact, Language, Priority, RequestType, Unit, Urgency
from tests.rig.effort import cpu_seconds

MINSK = ZoneInfo("Europe/Minsk")
NOW = datetime(2026, 11, 23, 10, 5, tzinfo=MINSK)


def read(text: str) -> Orders | tuple[LineError, ...]:
    return parse_orders(text, NOW, MINSK, time(18))


def orders(text: str) -> Orders:
    parsed = read(text)
    assert isinstance(parsed, Orders), [error.words("en") for error in parsed]
    return parsed


def verbs(text: str) -> list[Verb]:
    return [order.verb for order in orders(text).orders]


def errors(text: str) -> tuple[LineError, ...]:
    parsed = read(text)
    assert not isinstance(parsed, Orders)
    return parsed


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.verb.value)
def test_every_command_is_read_as_help_writes_it(command: Command, language: Language) -> None:
    row = help_rows(language)[COMMANDS.index(command)]

    assert verbs(f"{row.form}\nтекст") == [command.verb]
    assert row.does


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.verb.value)
def test_a_required_text_that_is_missing_is_an_error(command: Command) -> None:
    row = help_rows("en")[COMMANDS.index(command)]
    parsed = read(row.form)

    if command.text.required:
        assert not isinstance(parsed, Orders)
        assert [each.code for each in parsed] == ["text_missing"]
    else:
        assert isinstance(parsed, Orders)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.verb.value)
def test_a_required_argument_that_is_missing_is_an_error(command: Command) -> None:
    parsed = read(f"!{command.verb}\ntext")

    if command.arg.required:
        assert not isinstance(parsed, Orders)
        assert parsed[0].code == "argument_missing"
    else:
        assert isinstance(parsed, Orders)


TYPED = [
    "!готово",
    "!Готово",
    "!ГОТОВО.",
    "! готово",
    "!готово!",
    "  !готово  ",
    "!!готово",
    "#готово",
    "№готово",
    "№ готово",
    "/готово",
    "!гот",
    "!гoтoвo",
    "!\u00a0готово",
    "\ufeff!готово",
    "!гото\u200bво",
    "!готово:",
    "!done",
    "!DONE",
    "!гатова",
    "！готово",
]


@pytest.mark.parametrize("line", TYPED)
def test_how_a_command_is_typed_does_not_matter(line: str) -> None:
    assert verbs(f"{line}\nСделано.") == [Verb.DONE]


@pytest.mark.parametrize(
    ("line", "verb"),
    [
        ("!в работу", Verb.START),
        ("!в  раб", Verb.START),
        ("!третья 3d", Verb.THIRD_PARTY),
        ("!третья сторона 3d", Verb.THIRD_PARTY),
        ("!third-party 3d", Verb.THIRD_PARTY),
        ("!third party 3d", Verb.THIRD_PARTY),
        ("!третья\u00a0сторона до 25.12.2026", Verb.THIRD_PARTY),
        ("!out of scope", Verb.OUT_OF_SCOPE),
        ("!не наше", Verb.OUT_OF_SCOPE),
        ("!аб’яднаць SD-2026-000041", Verb.MERGE),
        ("!h", Verb.HELP),
    ],
)
def test_names_of_several_words_and_unique_beginnings(line: str, verb: Verb) -> None:
    assert verbs(line) == [verb]


VALUES = [
    ("!тип 8", TypeNamed(RequestType.TECHNICAL_SUPPORT)),
    ("!тип 8 full", TypeNamed(RequestType.TECHNICAL_SUPPORT, Impact.FULL)),
    ("!тип запрос на тех значительное", TypeNamed(RequestType.TECHNICAL_SUPPORT, Impact.MAJOR)),
    ("!type technical_support, partial", TypeNamed(RequestType.TECHNICAL_SUPPORT, Impact.PARTIAL)),
    ("!тип: новый заказ", TypeNamed(RequestType.NEW_ORDER)),
    ("!срочность высокая", Urgency.HIGH),
    ("!срочность низкий", Urgency.LOW),
    ("!тэрміновасць звычайная", Urgency.NORMAL),
    ("!urgency HIGH", Urgency.HIGH),
    ("!влияние полное", Impact.FULL),
    ("!impact major", Impact.MAJOR),
    ("!приоритет крит", PriorityNamed(Priority.CRITICAL)),
    ("!priority planned", PriorityNamed(Priority.PLANNED)),
    ("!приоритет авто", PriorityNamed(None)),
    ("!третья сторона 5 рабочих дней", Term(Unit.WORKING_DAYS, 5)),
    ("!third-party", None),
    ("!продлить до 25.12.2026", Term(Unit.DATE, day=date(2026, 12, 25))),
    ("!extend 4h", Term(Unit.WORKING_HOURS, 4)),
    ("!назначить Анна  Ковалёва", "Анна Ковалёва"),
    ("!assign a.kovaleva@desk.example", "a.kovaleva@desk.example"),
    ("!связать [SD-2026-000041]", "SD-2026-000041"),
    ("!show SD-2026-000041.", "SD-2026-000041"),
    ("!закрыть по телефону\nx", Channel.PHONE),
    ("!закрыть почта\nx", Channel.EMAIL),
    ("!close portal\nx", Channel.PORTAL),
    ("!закрыть личный кабинет\nx", Channel.PORTAL),
    ("!заметка\nx", None),
    ("!заметка звонок\nx", Channel.PHONE),
    ("!разделить Доступ к архиву\nx", "Доступ к архиву"),
    ("!письмо ivan@alfa.example\nx", Submission("ivan@alfa.example")),
    (
        "!телефон ivan@alfa.example +375 29 123-45-67 критично не может написать\nx",
        Submission("ivan@alfa.example", "+375 29 123-45-67", critical=True, cannot_write=True),
    ),
    (
        "!phone critical, cannot-write, +375291234567, ivan@alfa.example\nx",
        Submission("ivan@alfa.example", "+375291234567", critical=True, cannot_write=True),
    ),
    ("!phone ivan@alfa.example +375291234567\nx", Submission("ivan@alfa.example", "+375291234567")),
]


CALL = Submission("ivan@alfa.example", "+375-29-123-45-67", critical=True, cannot_write=True)
AS_MAIL_PROGRAMS_WRITE = [
    ("!assign s.moroz@desk.example<mailto:s.moroz@desk.example>", "s.moroz@desk.example"),
    ("!назначить Сергей Мороз <s.moroz@desk.example>", "s.moroz@desk.example"),
    ("!назначить @Сергей Мороз <s.moroz@desk.example>", "s.moroz@desk.example"),
    ("!назначить s.moroz@desk.example.", "s.moroz@desk.example"),
    ("!назначить s.moroz@desk.example, a.kovaleva@desk.example", "s.moroz@desk.example, a.kovaleva@desk.example"),
    ("!назначить s.moroz@desk.example срочно", "s.moroz@desk.example срочно"),
    ("!письмо ivan@alfa.example<mailto:ivan@alfa.example>\nx", Submission("ivan@alfa.example")),
    ("!письмо <ivan@alfa.example>\nx", Submission("ivan@alfa.example")),
    ("!письмо mailto:ivan@alfa.example\nx", Submission("ivan@alfa.example")),
    ("!letter ivan@alfa.example.\nx", Submission("ivan@alfa.example")),
    ("!телефон ivan@alfa.example<mailto:ivan@alfa.example> +375-29-123-45-67 критично не может писать\nx", CALL),
    ("!телефон ivan@alfa.example +375\u201129\u2011123\u201145\u201167 критично не\u2011может\u2011писать\nx", CALL),
    ("!телефон ivan@alfa.example +375–29–123–45–67 критично не может писать\nx", CALL),
    ("!показать SD\u20112026\u2011000041", "SD-2026-000041"),
    ("!связать SD–2026–000041", "SD-2026-000041"),
]


@pytest.mark.parametrize(("text", "value"), AS_MAIL_PROGRAMS_WRITE)
def test_addresses_and_numbers_are_read_as_mail_programs_write_them(text: str, value: object) -> None:
    assert orders(text).orders[0].value == value


@pytest.mark.parametrize("way", ["в личном кабинете", "в ЛК", "у асабістым кабінеце", "in portal"])
def test_4_11_a_channel_may_be_named_with_its_preposition(way: str) -> None:
    assert orders(f"!закрыть {way}\nx").orders[0].value is Channel.PORTAL


def test_4_11_a_talk_in_person_is_not_the_portal() -> None:
    assert "личный кабинет" in errors("!закрыть лично\nx")[0].words("ru")


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_arguments_are_typed_values(text: str, value: object) -> None:
    assert orders(text).orders[0].value == value


@pytest.mark.parametrize(
    "pair",
    [
        ("!done", "!reject"),
        ("!done", "!note"),
        ("!info", "!note"),
        ("!info 3d", "!done"),
        ("!close phone", "!reject"),
        ("!take", "!assign Анна"),
        ("!start", "!take"),
        ("!start", "!resume"),
        ("!third-party", "!reject"),
        ("!merge SD-1", "!done"),
        ("!split A", "!split B"),
        ("!split A", "!done"),
        ("!urgency high", "!urgency low"),
        ("!extend 3d", "!done"),
        ("!undo", "!take"),
        ("!undo", "!type 8"),
        ("!phone ivan@alfa.example +375291234567", "!letter ivan@alfa.example"),
    ],
)
def test_commands_that_contradict_each_other_are_not_carried_out(pair: tuple[str, str]) -> None:
    for first, second in (pair, pair[::-1]):
        assert errors(f"{first}\n{second}\nтекст")[0].code in ("contradiction", "twice")


def test_appendix_2_two_impacts_contradict_each_other_and_one_named_twice_does_not() -> None:
    for first, second in permutations(("!тип 8 полное", "!влияние частичное")):
        assert [error.code for error in errors(f"{first}\n{second}")] == ["two_impacts"]
    assert orders("!тип 8 полное\n!влияние full")


@pytest.mark.parametrize(
    "lines",
    [
        ("!take", "!done"),
        ("!resume", "!info 3d"),
        ("!type 8 full", "!urgency high", "!priority critical", "!start"),
        ("!assign Анна", "!note"),
        ("!take", "!type 8", "!third-party 3d"),
        ("!out-of-scope", "!reject"),
        ("!link SD-1", "!link SD-2", "!done"),
        ("!queue", "!help", "!done"),
        ("!phone ivan@alfa.example +375291234567", "!take", "!type 8 full", "!urgency high"),
    ],
)
def test_commands_that_go_together(lines: tuple[str, ...]) -> None:
    assert len(orders("\n".join((*lines, "текст"))).orders) == len(lines)


def test_what_ends_a_request_comes_last_whatever_the_order_of_the_lines() -> None:
    assert verbs("!done\n!type 8\n!take\nСделано.") == [Verb.TAKE, Verb.TYPE, Verb.DONE]


@pytest.mark.parametrize(
    ("text", "reader"),
    [
        ("Здравствуйте", TextFor.CLIENT),
        ("!done\nx", TextFor.CLIENT),
        ("!take\nx", TextFor.CLIENT),
        ("!note\nx", TextFor.STAFF),
        ("!take\n!note\nx", TextFor.STAFF),
        ("!assign Анна\n!note\nx", TextFor.STAFF),
        ("!assign Анна\nx", TextFor.ASSIGNEE),
        ("!assign Анна\n!type 8\nx", TextFor.ASSIGNEE),
        ("!assign Анна\n!done\nx", TextFor.CLIENT),
        ("!split A\n!take\nx", TextFor.NEW_REQUEST),
        ("!queue\nx", TextFor.NOBODY),
        ("!undo\nx", TextFor.NOBODY),
        ("!queue\n!take\nx", TextFor.CLIENT),
    ],
)
def test_4_7_who_reads_the_text(text: str, reader: TextFor) -> None:
    assert orders(text).text_for is reader


@pytest.mark.parametrize(
    ("text", "lines", "rest"),
    [
        ("Просто ответ", (), "Просто ответ"),
        ("", (), ""),
        ("!done\nСделано.\nИ ещё.", ("done",), "Сделано.\nИ ещё."),
        ("\n\n!done\n\nСделано.\n\n", ("done",), "Сделано."),
        ("!take\n\n!done\n\nСделано.", ("take", "done"), "Сделано."),
        ("!done\nСделано.\n!reject", ("done",), "Сделано.\n!reject"),
        ("Сделано.\n!done", (), "Сделано.\n!done"),
        ("!done\r\nСделано.\r\n", ("done",), "Сделано."),
        ("/var/log переполнен", (), "/var/log переполнен"),
        ("# Заголовок", (), "# Заголовок"),
        ("№ 15 от понедельника", (), "№ 15 от понедельника"),
        ("#15 и #16", (), "#15 и #16"),
        ("№ заметка\nКлиент сердит.", ("заметка",), "Клиент сердит."),
        ("#\u00a0Не наше\nЭто у провайдера.", ("Не наше",), "Это у провайдера."),
        (" /  тип 8\n№ third-party 3d", ("тип 8", "third-party 3d"), ""),
        ("# Замены\nСделаны.", (), "# Замены\nСделаны."),
        ("/ замет\nx", (), "/ замет\nx"),
        ("> !done", (), "> !done"),
        ("!done\n/etc/hosts исправлен", ("done",), "/etc/hosts исправлен"),
        ("!и/или", ("и/или",), ""),
    ],
)
def test_orders_stand_at_the_very_top(text: str, lines: tuple[str, ...], rest: str) -> None:
    assert split_orders(text) == (lines, rest)


@pytest.mark.parametrize(
    "line", ["!заметка", " ! Готово", "№ инфо 3d", "#note", "!не наше", "• !замет", "*!done*", "1. #take", "!инф 3d"]
)
def test_4_7_a_command_below_text_is_never_text_for_the_client(line: str) -> None:
    found = errors(f"Коллега, добрый день!\n\n{line}\nклиент сердит")

    assert [(each.line, each.code) for each in found] == [(line.strip(), "below_text")]


@pytest.mark.parametrize(
    "line",
    [
        "!важно: перезагрузите",
        "/var/log полон",
        "# Заголовок",
        "> !готово",
        "!!!",
        "№ 15",
        "!не грузится",
        "- /var",
        "Введите «!готово».",
    ],
)
def test_4_7_what_is_no_command_below_text_is_text(line: str) -> None:
    assert orders(f"Добрый день!\n{line}").text == f"Добрый день!\n{line}"


def test_commands_are_taken_out_of_the_text() -> None:
    assert orders("!готово\n\nПерезапустили службу.").text == "Перезапустили службу."


def test_a_mail_without_commands_has_no_orders() -> None:
    assert read("Перезапустили службу.") == Orders((), "Перезапустили службу.")


def test_names_are_unique_in_all_languages() -> None:
    names = [name for command in COMMANDS for name in command.names]

    assert len(set(names)) == len(names)


ALPHABET = st.sampled_from([*"!#№/ \n:=,.", *"абвгоптядч", *"donetyp38h", "готово", "тип ", "\u00a0", "\u200b"])


@given(st.text(max_size=300) | st.lists(ALPHABET, max_size=60).map("".join).map("!".__add__))
def test_any_text_is_orders_or_errors_with_words(text: str) -> None:
    parsed = parse_orders(text, datetime(2026, 11, 23, tzinfo=UTC), MINSK)

    if not isinstance(parsed, Orders):
        assert all(each.words(language) for each in parsed for language in Language)


@pytest.mark.parametrize(
    "piece",
    [
        "!",
        "!a\n",
        "/a",
        " !готово",
        "\n• !a",
        "1. ",
        "\n# готово",
        "\n№ а",
        "a/",
        " ",
        "!тип 8 ",
        "\n",
        "!phone a@b ",
        "+375 ",
    ],
)
def test_a_megabyte_of_one_piece_takes_no_time(piece: str) -> None:
    text = "!" + piece * (1_000_000 // len(piece))

    assert cpu_seconds(lambda: read(text)) < 1
