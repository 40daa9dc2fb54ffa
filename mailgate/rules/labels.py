"""What people call the words of the Rules, in Russian (as the Rules do), Belarusian and English."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from mailgate.rules.vocabulary import Channel, Impact, Language, Priority, RequestType, Status, Urgency


def label(value: StrEnum, language: Language | str) -> str:
    """The human words of a status, type, urgency, impact, priority or channel.

    Raises KeyError for another enum and ValueError for an unknown language.
    """
    return _LABELS[type(value)][value][_COLUMNS.index(Language(language))]


_COLUMNS: Final = (Language.RU, Language.BE, Language.EN)

_STATUSES: Final = {
    Status.REGISTERED: ("Зарегистрирован", "Зарэгістраваны", "Registered"),
    Status.IN_PROGRESS: ("В работе", "У працы", "In progress"),
    Status.AWAITING_INFO: ("Ожидает информации", "Чакае інфармацыі", "Awaiting information"),
    Status.AWAITING_THIRD_PARTY: ("Ожидает третью сторону", "Чакае трэці бок", "Awaiting a third party"),
    Status.AWAITING_CONFIRMATION: ("Ожидает подтверждения", "Чакае пацвярджэння", "Awaiting confirmation"),
    Status.CLOSED: ("Закрыт", "Закрыты", "Closed"),
    Status.REJECTED: ("Отклонён", "Адхілены", "Rejected"),
}
_TYPES: Final = {
    RequestType.ACCOUNT_REGISTRATION: (
        "Регистрация в ЛК Клиента",
        "Рэгістрацыя ў АК Кліента",
        "Client portal registration",
    ),
    RequestType.SERVICE_REQUEST: ("Запрос на обслуживание", "Запыт на абслугоўванне", "Service request"),
    RequestType.DOCUMENT_UPLOAD: ("Загрузка документов", "Загрузка дакументаў", "Document upload"),
    RequestType.CONSULTATION: ("Консультация", "Кансультацыя", "Consultation"),
    RequestType.QUOTATION_REQUEST: (
        "Запрос на коммерческое предложение",
        "Запыт на камерцыйную прапанову",
        "Request for a quotation",
    ),
    RequestType.NEW_ORDER: ("Новый заказ", "Новы заказ", "New order"),
    RequestType.CHANGE_REQUEST: ("Запрос на изменение услуги", "Запыт на змяненне паслугі", "Service change request"),
    RequestType.TECHNICAL_SUPPORT: (
        "Запрос на техническое сопровождение",
        "Запыт на тэхнічнае суправаджэнне",
        "Technical support request",
    ),
    RequestType.INFORMATION_SECURITY: (
        "Обеспечение информационной безопасности",
        "Забеспячэнне інфармацыйнай бяспекі",
        "Information security",
    ),
    RequestType.UNCLASSIFIED: ("Неклассифицированный запрос", "Некласіфікаваны запыт", "Unclassified request"),
}
_URGENCIES: Final = {
    Urgency.HIGH: ("высокая", "высокая", "high"),
    Urgency.NORMAL: ("нормальная", "звычайная", "normal"),
    Urgency.LOW: ("низкая", "нізкая", "low"),
}
_IMPACTS: Final = {
    Impact.FULL: (
        "услуга полностью неработоспособна",
        "паслуга цалкам непрацаздольная",
        "the service does not work at all",
    ),
    Impact.MAJOR: (
        "значительная часть функций услуги не выполняется; наблюдается существенное снижение производительности",
        "значная частка функцый паслугі не выконваецца; назіраецца істотнае зніжэнне прадукцыйнасці",
        "a large part of the functions fails; marked loss of performance",
    ),
    Impact.PARTIAL: (
        "снижение производительности; неработоспособность одной или нескольких функций",
        "зніжэнне прадукцыйнасці; непрацаздольнасць адной або некалькіх функцый",
        "loss of performance; one or several functions fail",
    ),
}
_PRIORITIES: Final = {
    Priority.CRITICAL: ("критический", "крытычны", "critical"),
    Priority.HIGH: ("высокий", "высокі", "high"),
    Priority.MEDIUM: ("средний", "сярэдні", "medium"),
    Priority.LOW: ("низкий", "нізкі", "low"),
    Priority.PLANNED: ("планируемый", "планаваны", "planned"),
}
_CHANNELS: Final = {
    Channel.EMAIL: ("электронная почта", "электронная пошта", "e-mail"),
    Channel.PORTAL: ("личный кабинет", "асабісты кабінет", "client portal"),
    Channel.PORTAL_FORM: ("форма обратной связи", "форма зваротнай сувязі", "portal form"),
    Channel.PHONE: ("телефон", "тэлефон", "phone"),
    Channel.LETTER: ("письмо на бланке", "ліст на бланку", "letter"),
    Channel.SMDO: ("СМДО", "СМДА", "SMDO"),
}
_LABELS: Final[Mapping[type[StrEnum], Mapping[Any, tuple[str, str, str]]]] = {
    Status: _STATUSES,
    RequestType: _TYPES,
    Urgency: _URGENCIES,
    Impact: _IMPACTS,
    Priority: _PRIORITIES,
    Channel: _CHANNELS,
}
