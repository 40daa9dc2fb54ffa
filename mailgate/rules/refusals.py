"""Why something cannot be done to a request now, in words that say what can be done instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mailgate.rules.vocabulary import Language, Purpose
from mailgate.rules.vocabulary import Status as S
from mailgate.rules.vocabulary import Trigger as T


@dataclass(frozen=True, slots=True)
class Refused:
    """The Rules do not let this happen: the clause, and a code for the reason."""

    clause: str
    why: str

    def words(self, language: Language | str) -> str:
        """The reason and the way out, in the reader's language."""
        return _WORDS[self.why][Language(language)]


_TERMS = frozenset(
    {
        T.INFO_REMINDER_DUE,
        T.INFO_TERM_ENDED,
        T.INFO_TERM_PASSED,
        T.THIRD_PARTY_TERM_ENDED,
        T.CONFIRMATION_REMINDER_DUE,
        T.CONFIRMATION_TERM_ENDED,
        T.COMPLAINT_TERM_NEAR,
        T.COMPLAINT_TERM_ENDED,
        T.PROGRESS_TERM_NEAR,
        T.PROGRESS_TERM_ENDED,
    }
)
_OF_REQUESTS_ONLY = frozenset(
    {T.CLASSIFIED, T.INFO_ASKED, T.THIRD_PARTY, T.OUT_OF_SCOPE, T.RESUMED, T.CLOSED_BY_STAFF, T.REJECTED}
)
_BY_TRIGGER: Final = {
    T.STARTED: Refused("4.5", "already_started"),
    T.RESUMED: Refused("4.5", "nothing_to_resume"),
    T.COMPLETED: Refused("5.1", "already_completed"),
    T.EXTENDED: Refused("4.6", "nothing_waits"),
}


def refusal(kind: Purpose, status: S, trigger: T) -> Refused:
    """The reason why `trigger` has no row for this kind and status."""
    if trigger in _TERMS:
        return Refused("3.9", "term_no_longer_runs")
    if kind is Purpose.COMPLAINTS and trigger in _OF_REQUESTS_ONLY:
        return Refused("6.2", "not_for_complaints")
    if status is S.CLOSED:
        return Refused("5.2", "closed_is_final")
    if status is S.REJECTED:
        return Refused("4.8", "rejected_resume_first")
    return _BY_TRIGGER.get(trigger, Refused("4.4", "not_now"))


_WORDS: Final[Mapping[str, Mapping[Language, str]]] = {
    "term_no_longer_runs": {
        Language.RU: "Этот срок больше не идёт: запрос уже в другом состоянии.",
        Language.BE: "Гэты тэрмін больш не ідзе: запыт ужо ў іншым стане.",
        Language.EN: "This term no longer runs: the request has moved on.",
    },
    "not_for_complaints": {
        Language.RU: (
            "К претензии эта команда не применяется. Обычный ответ сообщает заявителю о ходе работ, "
            "!готово отвечает по существу и закрывает претензию, !продлить назначает новый срок."
        ),
        Language.BE: (
            "Да прэтэнзіі гэтая каманда не прымяняецца. Звычайны адказ паведамляе заяўніку пра ход работ, "
            "!гатова адказвае па сутнасці і закрывае прэтэнзію, !падоўжыць прызначае новы тэрмін."
        ),
        Language.EN: (
            "This command is not for complaints. A plain answer tells the complainant about progress, "
            "!done answers the complaint and closes it, !extend names a new term."
        ),
    },
    "closed_is_final": {
        Language.RU: "Запрос закрыт окончательно (5.2). Можно только !заметка и !связать; новый вопрос — новый запрос.",
        Language.BE: "Запыт закрыты канчаткова (5.2). Можна толькі !нататка і !звязаць; новае пытанне — новы запыт.",
        Language.EN: "It is closed for good (5.2). Only !note and !link remain; a new question is a new request.",
    },
    "rejected_resume_first": {
        Language.RU: "Запрос отклонён. Сначала верните его в работу: !возобновить.",
        Language.BE: "Запыт адхілены. Спачатку вярніце яго ў працу: !аднавіць.",
        Language.EN: "The request is rejected. Take it up again first: !resume.",
    },
    "already_started": {
        Language.RU: "Работа уже начата. Чтобы стать ответственным — !взять; чтобы вернуться к работе — !возобновить.",
        Language.BE: "Праца ўжо пачата. Каб стаць адказным — !узяць; каб вярнуць запыт у працу — !аднавіць.",
        Language.EN: "The work has begun already. To become the assignee: !take; to return to work: !resume.",
    },
    "nothing_to_resume": {
        Language.RU: "Возобновлять нечего: запрос не ждёт и не отклонён. Чтобы начать работу — !в работу.",
        Language.BE: "Аднаўляць няма чаго: запыт не чакае і не адхілены. Каб пачаць працу — !у працу.",
        Language.EN: "There is nothing to resume: the request neither waits nor is rejected. To begin: !start.",
    },
    "already_completed": {
        Language.RU: "Клиенту уже сообщено о завершении, ждём его слова. Чтобы продолжить работу — !возобновить.",
        Language.BE: "Кліенту ўжо паведамлена пра завяршэнне, чакаем яго слова. Каб працягнуць працу — !аднавіць.",
        Language.EN: "The client was told already that the work is done. To go on working: !resume.",
    },
    "nothing_waits": {
        Language.RU: "Продлевать нечего: у запроса сейчас нет срока ожидания. Срок назначают !инфо и !третья сторона.",
        Language.BE: "Падаўжаць няма чаго: у запыту зараз няма тэрміну чакання. Тэрмін прызначаюць !інфа і !трэці бок.",
        Language.EN: "There is nothing to extend: the request has no waiting time. !info and !third-party set one.",
    },
    "not_now": {
        Language.RU: "В этом состоянии запроса так сделать нельзя.",
        Language.BE: "У гэтым стане запыту так зрабіць нельга.",
        Language.EN: "This cannot be done to the request in its present status.",
    },
}
