"""What `!help` says of each command, and how its argument may look."""

from __future__ import annotations

from typing import Final, NamedTuple

from mailgate.rules.command_table import BY_VERB, COLUMNS, COMMANDS, Arg, Verb
from mailgate.rules.vocabulary import Language


class HelpRow(NamedTuple):
    """A line of `!help`: how the command is written, and what it does."""

    form: str
    does: str


def help_rows(language: Language | str) -> tuple[HelpRow, ...]:
    """For `!help`: every command as it may be written, and what it does."""
    return tuple(HelpRow(sample(command.verb, language), does(command.verb, language)) for command in COMMANDS)


def does(verb: Verb, language: Language | str) -> str:
    """What the command does, in a few words."""
    return _DOES[verb][COLUMNS.index(Language(language))]


def impact_unnamed(language: Language | str) -> str:
    """Appendix 2: what staff are told who set technical support without an impact."""
    return _IMPACT_UNNAMED[COLUMNS.index(Language(language))]


def options(verb: Verb, language: Language | str) -> tuple[str, ...]:
    """Every word that may stand after the command, where there are only a few."""
    return tuple(_OPTIONS[BY_VERB[verb].arg][COLUMNS.index(Language(language))].split(", "))


def sample(verb: Verb, language: Language | str) -> str:
    """The command as it may be written, with an argument where it takes one."""
    command = BY_VERB[verb]
    arg = _ARGS[command.arg][COLUMNS.index(Language(language))]
    return f"{command.form(language)} {arg}".rstrip()


_IMPACT_UNNAMED = (
    "Влияние не названо и считается частичным; назвать его: !влияние полное, значительное или частичное.",
    "Уплыў не названы і лічыцца частковым; назваць яго: !уплыў поўны, значны або частковы.",
    "The impact was not named and counts as partial; to name it: !impact full, major or partial.",
)
_TERM = ("3 рабочих дня", "3 працоўныя дні", "3 working days")
_OPTIONS: Final = {
    Arg.URGENCY: ("высокая, нормальная, низкая", "высокая, звычайная, нізкая", "high, normal, low"),
    Arg.IMPACT: ("полное, значительное, частичное", "поўны, значны, частковы", "full, major, partial"),
    Arg.PRIORITY: (
        "критический, высокий, средний, низкий, планируемый, авто",
        "крытычны, высокі, сярэдні, нізкі, планаваны, аўта",
        "critical, high, medium, low, planned, auto",
    ),
    Arg.CHANNEL: (
        "телефон, почта, письмо, личный кабинет, форма, СМДО",
        "тэлефон, пошта, ліст, асабісты кабінет, форма, СМДА",
        "phone, email, letter, portal, portal_form, SMDO",
    ),
}
_ARGS: Final = {
    Arg.NONE: ("", "", ""),
    Arg.TERM: _TERM,
    Arg.TERM_IF_ANY: _TERM,
    Arg.STAFF: ("a.kovaleva@desk.example",) * 3,
    Arg.TYPE_IF_ANY: ("8", "8", "8"),
    Arg.URGENCY: ("высокая", "высокая", "high"),
    Arg.IMPACT: ("полное", "поўны", "full"),
    Arg.PRIORITY: ("высокий", "высокі", "high"),
    Arg.CHANNEL: ("телефон", "тэлефон", "phone"),
    Arg.CHANNEL_IF_ANY: ("", "", ""),
    Arg.SUBJECT: ("новая тема", "новая тэма", "a new subject"),
    Arg.NUMBER: ("SD-2026-000042",) * 3,
    Arg.CONTACT: ("ivan@alfa.example",) * 3,
    Arg.CLIENT_IF_ANY: ("alfa",) * 3,
    Arg.CALL: (
        "ivan@alfa.example +375291234567 критично не-может-написать",
        "ivan@alfa.example +375291234567 крытычна не-можа-напісаць",
        "ivan@alfa.example +375291234567 critical cannot-write",
    ),
}
_DOES: Final = {
    Verb.START: (
        "начинает работу, клиент узнаёт об этом",
        "пачынае працу, кліент даведваецца пра гэта",
        "begins the work, and the client is told",
    ),
    Verb.TAKE: (
        "начинает работу, и Вы — ответственный",
        "пачынае працу, і Вы — адказны",
        "begins the work, and you are the assignee",
    ),
    Verb.ASSIGN: (
        "назначает ответственного; текст — ему",
        "прызначае адказнага; тэкст — яму",
        "sets the assignee; the text is his",
    ),
    Verb.TYPE: (
        "меняет тип запроса и влияние; без слова за ней — принимает тип, который назвал клиент",
        "змяняе тып запыту і ўплыў; без слова за ёй — прымае тып, які назваў кліент",
        "changes the type, and the impact; with nothing behind it, takes the type that the client named",
    ),
    Verb.URGENCY: (
        "меняет срочность",
        "змяняе тэрміновасць",
        "changes the urgency",
    ),
    Verb.IMPACT: (
        "меняет влияние",
        "змяняе ўплыў",
        "changes the impact",
    ),
    Verb.PRIORITY: (
        "ставит приоритет вручную; «авто» — снова по таблице",
        "ставіць прыярытэт уручную; «аўта» — зноў паводле табліцы",
        "sets the priority by hand; “auto” follows the table again",
    ),
    Verb.INFO: (
        "спрашивает клиента и ждёт ответа до срока",
        "пытае кліента і чакае адказу да тэрміну",
        "asks the client, and waits until the term ends",
    ),
    Verb.THIRD_PARTY: (
        "запрос ждёт третью сторону",
        "запыт чакае трэці бок",
        "the request waits for a third party",
    ),
    Verb.OUT_OF_SCOPE: (
        "говорит клиенту, что неполадка вне нашей ответственности",
        "кажа кліенту, што непаладка па-за нашай адказнасцю",
        "tells the client that the trouble is not ours",
    ),
    Verb.RESUME: (
        "возвращает запрос в работу",
        "вяртае запыт у працу",
        "takes the request up again",
    ),
    Verb.DONE: (
        "сообщает клиенту, что сделано, и ждёт подтверждения",
        "паведамляе кліенту, што зроблена, і чакае пацвярджэння",
        "tells the client what was done, and waits for his word",
    ),
    Verb.CLOSE: (
        "клиент подтвердил иначе: по телефону, письмом…",
        "кліент пацвердзіў інакш: па тэлефоне, лістом…",
        "the client confirmed by another way",
    ),
    Verb.REJECT: (
        "отклоняет запрос с объяснением",
        "адхіляе запыт з тлумачэннем",
        "rejects, with reasons",
    ),
    Verb.NOTE: (
        "заметка для своих, клиенту не уйдёт; можно назвать канал разговора",
        "нататка для сваіх, кліенту не пойдзе; можна назваць канал размовы",
        "an internal note; may name the channel of a talk",
    ),
    Verb.SPLIT: (
        "выделяет текст в новый запрос",
        "вылучае тэкст у новы запыт",
        "makes a new request of the text",
    ),
    Verb.LINK: (
        "связывает с другим запросом",
        "звязвае з іншым запытам",
        "links to another request",
    ),
    Verb.MERGE: (
        "вливает этот запрос в другой",
        "улівае гэты запыт у іншы",
        "merges this request into another",
    ),
    Verb.PHONE: (
        "регистрирует звонок (новым письмом)",
        "рэгіструе званок (новым лістом)",
        "registers a call (in a new mail)",
    ),
    Verb.LETTER: (
        "регистрирует письмо (новым письмом)",
        "рэгіструе ліст (новым лістом)",
        "registers a letter (in a new mail)",
    ),
    Verb.RELEASE: (
        "регистрирует письмо из карантина, можно назвать клиента (ответом на письмо о нём)",
        "рэгіструе ліст з карантыну, можна назваць кліента (адказам на ліст пра яго)",
        "registers a mail from quarantine, for a client if one is named (in answer to the mail about it)",
    ),
    Verb.DROP: (
        "убирает письмо из карантина (ответом на письмо о нём)",
        "прыбірае ліст з карантыну (адказам на ліст пра яго)",
        "takes a mail out of quarantine (in answer to the mail about it)",
    ),
    Verb.EXTEND: (
        "продлевает ожидание или срок претензии",
        "падаўжае чаканне або тэрмін прэтэнзіі",
        "extends a term",
    ),
    Verb.UNDO: (
        "отменяет сделанное последним",
        "адмяняе зробленае апошнім",
        "undoes what was done last",
    ),
    Verb.QUEUE: (
        "присылает очередь запросов",
        "дасылае чаргу запытаў",
        "sends the queue",
    ),
    Verb.SHOW: (
        "присылает запрос целиком",
        "дасылае запыт цалкам",
        "sends a whole request",
    ),
    Verb.HELP: (
        "присылает этот список",
        "дасылае гэты спіс",
        "sends this list",
    ),
}
