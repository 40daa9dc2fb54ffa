"""The mail commands of staff, one row each; `!help`, the parser and the tests are made from these rows.

Why: what a command sets stands in its row, and two commands that set the same thing contradict each
other. A text can serve only one command that needs it, so `text` is one of those things.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum
from typing import Final

from mailgate.rules.transitions import TABLES
from mailgate.rules.vocabulary import Language, Purpose, Status
from mailgate.rules.vocabulary import Trigger as T


class Verb(StrEnum):
    """What an order asks for; the value is the command's English name."""

    START = "start"
    TAKE = "take"
    ASSIGN = "assign"
    TYPE = "type"
    URGENCY = "urgency"
    IMPACT = "impact"
    PRIORITY = "priority"
    INFO = "info"
    THIRD_PARTY = "third-party"
    OUT_OF_SCOPE = "out-of-scope"
    RESUME = "resume"
    DONE = "done"
    CLOSE = "close"
    REJECT = "reject"
    NOTE = "note"
    SPLIT = "split"
    LINK = "link"
    MERGE = "merge"
    PHONE = "phone"
    LETTER = "letter"
    RELEASE = "release"
    DROP = "drop"
    EXTEND = "extend"
    UNDO = "undo"
    QUEUE = "queue"
    SHOW = "show"
    HELP = "help"


class Arg(StrEnum):
    """What stands after a command's name, on its line."""

    NONE = "none"
    TERM = "term"
    TERM_IF_ANY = "term, if any"
    STAFF = "staff"
    TYPE_IF_ANY = "type, if any"
    URGENCY = "urgency"
    IMPACT = "impact"
    PRIORITY = "priority"
    CHANNEL = "channel"
    CHANNEL_IF_ANY = "channel, if any"
    SUBJECT = "subject"
    NUMBER = "number"
    CALL = "call"
    CONTACT = "contact"
    CLIENT_IF_ANY = "client, if any"

    @property
    def required(self) -> bool:
        """Whether the command means nothing without it."""
        return self not in (Arg.NONE, Arg.TERM_IF_ANY, Arg.TYPE_IF_ANY, Arg.CHANNEL_IF_ANY, Arg.CLIENT_IF_ANY)


class TextFor(StrEnum):
    """Who reads the text under the commands."""

    CLIENT = "client"
    ASSIGNEE = "assignee"
    STAFF = "staff"
    """Internal: it never leaves the desk (4.7)."""
    NEW_REQUEST = "new_request"
    NOBODY = "nobody"


class Text(Enum):
    """The text rule of a command: who reads it, and whether there must be one."""

    MAY = (TextFor.CLIENT, False)
    REQUIRED = (TextFor.CLIENT, True)
    ASSIGNEE = (TextFor.ASSIGNEE, False)
    INTERNAL = (TextFor.STAFF, True)
    NEW_REQUEST = (TextFor.NEW_REQUEST, True)
    UNUSED = (TextFor.NOBODY, False)

    @property
    def reader(self) -> TextFor:
        """Who reads it."""
        return self.value[0]

    @property
    def required(self) -> bool:
        """Whether the command means nothing without it."""
        return self.value[1]


class Phase(IntEnum):
    """When an order's turn comes, whatever the order of the lines: what ends a request comes last."""

    REGISTER = 0
    BEGIN = 1
    CHANGE = 2
    CONCLUDE = 3


@dataclass(frozen=True, slots=True)
class Command:
    """One row: names, clause, argument, text rule, and what the order does to the request."""

    verb: Verb
    ru: str
    be: str
    clause: str
    trigger: T | None
    """None where it registers, asks, or takes back what was done."""
    arg: Arg
    text: Text
    phase: Phase = Phase.CHANGE
    sets: str = ""
    """What it decides, as words; of two commands only one may decide the same thing."""

    @property
    def names(self) -> tuple[str, str, str]:
        """Russian, Belarusian, English."""
        return self.ru, self.be, self.verb.value

    def form(self, language: Language | str) -> str:
        """The command as it is typed, with its sign: `!готово`."""
        return f"!{self.names[COLUMNS.index(Language(language))]}"

    def contradicts(self, other: Command) -> bool:
        """Whether both cannot be carried out of one mail."""
        same = set(self.sets.split()) & set(other.sets.split())
        return bool(same) or (self.text.required and other.text.required)


_OFFERED: Final = (Verb.TAKE, Verb.INFO, Verb.DONE, Verb.RESUME, Verb.NOTE)
COLUMNS: Final = (Language.RU, Language.BE, Language.EN)
_EVERYTHING = "registration beginning assignee type urgency impact priority scope status term"
_THIRD_PARTY = ("третья сторона", "трэці бок")
V, A, X, P = Verb, Arg, Text, Phase

COMMANDS: Final = (
    Command(V.START, "в работу", "у працу", "4.5", T.STARTED, A.NONE, X.MAY, P.BEGIN, "beginning"),
    Command(V.TAKE, "взять", "узяць", "4.5", T.TAKEN, A.NONE, X.MAY, P.BEGIN, "assignee beginning"),
    Command(V.ASSIGN, "назначить", "прызначыць", "4.5", T.ASSIGNED, A.STAFF, X.ASSIGNEE, sets="assignee"),
    Command(V.TYPE, "тип", "тып", "4.2", T.CLASSIFIED, A.TYPE_IF_ANY, X.MAY, sets="type"),
    Command(V.URGENCY, "срочность", "тэрміновасць", "4.2", T.CLASSIFIED, A.URGENCY, X.MAY, sets="urgency"),
    Command(V.IMPACT, "влияние", "уплыў", "4.2", T.CLASSIFIED, A.IMPACT, X.MAY, sets="impact"),
    Command(V.PRIORITY, "приоритет", "прыярытэт", "4.2", T.CLASSIFIED, A.PRIORITY, X.MAY, sets="priority"),
    Command(V.INFO, "инфо", "інфа", "4.6", T.INFO_ASKED, A.TERM_IF_ANY, X.REQUIRED, P.CONCLUDE, "status term"),
    Command(V.THIRD_PARTY, *_THIRD_PARTY, "4.10", T.THIRD_PARTY, A.TERM_IF_ANY, X.MAY, P.CONCLUDE, "status term"),
    Command(V.OUT_OF_SCOPE, "не наше", "не наша", "4.9", T.OUT_OF_SCOPE, A.NONE, X.MAY, sets="scope"),
    Command(V.RESUME, "возобновить", "аднавіць", "4.5", T.RESUMED, A.NONE, X.MAY, P.BEGIN, "beginning"),
    Command(V.DONE, "готово", "гатова", "5.1", T.COMPLETED, A.NONE, X.REQUIRED, P.CONCLUDE, "status"),
    Command(V.CLOSE, "закрыть", "закрыць", "5.2", T.CLOSED_BY_STAFF, A.CHANNEL, X.REQUIRED, P.CONCLUDE, "status"),
    Command(V.REJECT, "отклонить", "адхіліць", "4.8", T.REJECTED, A.NONE, X.REQUIRED, P.CONCLUDE, "status"),
    Command(V.NOTE, "заметка", "нататка", "4.11", T.NOTED, A.CHANNEL_IF_ANY, X.INTERNAL),
    Command(V.SPLIT, "разделить", "падзяліць", "3.6", T.SPLIT, A.SUBJECT, X.NEW_REQUEST),
    Command(V.LINK, "связать", "звязаць", "3.6", T.LINKED, A.NUMBER, X.MAY),
    Command(V.MERGE, "объединить", "аб’яднаць", "3.6", T.MERGED, A.NUMBER, X.MAY, P.CONCLUDE, "status"),
    Command(V.PHONE, "телефон", "тэлефон", "3.4", None, A.CALL, X.NEW_REQUEST, P.REGISTER, "registration"),
    Command(V.LETTER, "письмо", "ліст", "3.1", None, A.CONTACT, X.NEW_REQUEST, P.REGISTER, "registration"),
    Command(V.RELEASE, "отпустить", "адпусціць", "3.10", None, A.CLIENT_IF_ANY, X.UNUSED, P.REGISTER, "registration"),
    Command(V.DROP, "удалить", "выдаліць", "3.10", None, A.NONE, X.UNUSED, P.REGISTER, "registration"),
    Command(V.EXTEND, "продлить", "падоўжыць", "6.3", T.EXTENDED, A.TERM, X.MAY, sets="status term"),
    Command(V.UNDO, "отменить", "адмяніць", "4.4", None, A.NONE, X.UNUSED, P.CONCLUDE, _EVERYTHING),
    Command(V.QUEUE, "очередь", "чарга", "4.1", None, A.NONE, X.UNUSED),
    Command(V.SHOW, "показать", "паказаць", "4.4", None, A.NUMBER, X.UNUSED),
    Command(V.HELP, "помощь", "дапамога", "4.4", None, A.NONE, X.UNUSED),
)

BY_VERB: Final = {command.verb: command for command in COMMANDS}


def offered(kind: Purpose, status: Status) -> tuple[Verb, ...]:
    """What a notice to staff offers as links: of the usual commands those that can be carried out now (4.4).

    To resume is offered where the request cannot be completed; nothing of what is closed.
    """
    if status is Status.CLOSED:
        return ()
    can = [verb for verb in _OFFERED if (status, BY_VERB[verb].trigger) in TABLES[kind]]
    return tuple(verb for verb in can if verb is not Verb.RESUME or Verb.DONE not in can)
