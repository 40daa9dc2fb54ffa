"""What sort of mail a message is, and whether a machine may answer it (RFC 3834, RFC 2369, RFC 5546).

Why: the order is the decision. A report is looked for first, because reports also call themselves automatic; an
invitation before automatic mail, because calendars send it by themselves; and mail is a person's until a header that
people's programs do not write says otherwise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailgate.message.bounce import bounce, is_report
from mailgate.message.model import Bounce, IncomingMessage, Kind

__all__ = ["Classified", "automatic", "bounce", "kind", "read"]

_AUTO_HEADERS = (
    "X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply", "X-AutoReply-From", "X-Mail-Autoreply",
    "X-Apple-Action", "X-FC-MachineGenerated", "X-Vacation", "X-Autoreply-From",
)  # fmt: skip
_AUTO_SUBJECTS = (
    r"automatic reply", r"auto(?:mated|matic)?[- ]?(?:reply|response)", r"auto[- ]?responder",
    r"out of (?:the )?office (?:auto)?reply", r"out of (?:the )?office(?= re:)", r"vacation (?:reply|notice)",
    r"автоответ(?:чик)?", r"автоматический ответ", r"автоматическое уведомление",
    r"аўтаматычны адказ", r"аўтаадказ", r"автоматична відповідь", r"автовідповідь",
    r"automatische (?:antwort|rückmeldung)", r"abwesenheits(?:notiz|meldung|nachricht|assistent)",
    r"réponse automatique", r"odpowiedź automatyczna", r"autoodpowiedź", r"respuesta automática",
    r"risposta automatica", r"resposta automática", r"automatisch antwoord", r"autosvar", r"automatiskt? svar",
    r"automaattinen vastaus", r"automatická odpověď", r"自動応答", r"自动回复",
)  # fmt: skip
_ABSENT_SUBJECT = re.compile(
    r"\s*(?:out of (?:the )?office|(?:on )?vacation|away|вне офиса|нет на месте|(?:я )?в отпуске|отпуск|"
    r"отсутстви[ея](?: на (?:рабочем месте|работе))?|отсутствую|па-за офісам|"
    r"у адпачынку|поза офісом|у відпустці|abwesen\w*|im urlaub|absence(?: du bureau)?|absent\w*|poza biurem|urlop|"
    r"nieobecność|fuera de (?:la )?oficina|fuori (?:sede|ufficio)|fora do escritório|afwezig\w*)\s*(?:[:：–!]|$)",
    re.IGNORECASE,
)
_BACK_AGAIN = re.compile(
    r"\b(?:until|till|back (?:on|in|at)|be back|return(?:ing)?|вернусь|выйду|буду (?:на месте|в офисе|доступ\w+)|"
    r"отсутству\w+ (?:до|с|по)|по возвращении|вярнуся|буду на месцы|адсутніча\w+ (?:да|з)|повернуся|відсутн\w+ до|"
    r"wieder (?:da|erreichbar|im)|zurück|nicht (?:im (?:büro|hause)|erreichbar)|de retour|jusqu|wracam|wrócę|do dnia|"
    r"nieobecn\w+ do|vuelv[oa]|volveré|regreso|rientr\w+|tornerò|regresso|voltarei|terug)\b",
    re.IGNORECASE,
)
"""Who is away says when he will be back; who writes of a trouble under the same subject does not."""
_LONGEST_ABSENCE = 1_500
_TAG = r"\s*(?:\[(?:ext\w*|spam|внеш[^\]]{0,20}|спам)\]\s*)?"
"""What a mail server put in front of a subject."""
_AUTO_SUBJECT = re.compile(
    rf"{_TAG}(?:\[auto[- ]?reply\]|(?:{'|'.join(_AUTO_SUBJECTS)})"
    r"(?:\s*\([^()\n]{1,60}\)"
    r"| на (?:ваше )?(?:сообщение|письмо)| to (?:your )?(?:message|e-?mail)| re)?\s*(?:[:：–]|$))",
    re.IGNORECASE,
)
_REPLY_SUBJECT = re.compile(
    rf"{_TAG}"
    r"(?:re|aw|antw|antwort|sv|vs|r|rif|odp|odpowiedź|ref|ynt|atb|vá|bls|res|rv|отв|ответ|адк|адказ|відп|відповідь|на|回复|答复)"
    r"(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s?[:：]",
    re.IGNORECASE,
)
_FORWARD_SUBJECT = re.compile(r"\s*(?:fwd?|wg|tr|i|vb|vl|pd|enc|пер|пересл|doorst|转发)\s?[:：]", re.IGNORECASE)
_NO_REPLY = re.compile(
    r"(?:mailer-?daemon|postmaster|mail-?daemon|mdaemon|no[-._]?reply|do[-._]?not[-._]?reply|donotreply|noreply|bounces?|"
    r"auto[-._]?(?:reply|respond(?:er)?|confirm|mailer)|(?:owner|request)-[^@]++|[^@]+-(?:request|owner|bounces?|noreply)|"
    r"listserv|majordomo|nobody|www-data|cron)(?:[+=._-][^@]*+)?@",
    re.IGNORECASE,
)
_LIST_HEADERS = (
    "List-Id", "List-Post", "List-Help", "List-Unsubscribe", "List-Subscribe", "List-Owner", "List-Archive",
    "Mailing-List", "X-Mailing-List", "X-BeenThere", "X-Mailman-Version",
)  # fmt: skip
_POSTED = ("List-Id", "List-Post", "Mailing-List", "X-Mailing-List", "X-BeenThere", "X-Mailman-Version")
_SUPPRESSED = frozenset({"all", "oof", "autoreply"})
_METHOD = re.compile(
    r"^METHOD:\s*(?:REQUEST|CANCEL|REPLY|COUNTER|DECLINECOUNTER|PUBLISH|ADD|REFRESH)\b", re.IGNORECASE | re.MULTILINE
)
_RECEIPT_TYPE = re.compile(r"report-type\s*=\s*\"?(?:disposition-notification|feedback-report)", re.IGNORECASE)
_REPORT_TYPES = {
    "message/feedback-report",
    "message/disposition-notification",
    "message/global-disposition-notification",
}
_CALENDAR_METHOD = re.compile(r";\s*method\s*=", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Classified:
    """What sort of mail it is, the delivery report in it, and why no machine may answer it."""

    kind: Kind
    bounce: Bounce | None
    automatic: str | None


def read(message: IncomingMessage) -> Classified:
    """All three at once: the delivery report, which is dear to look for, is looked for once."""
    report = bounce(message)
    sort = _kind(message, report)
    return Classified(sort, report, _automatic(message, sort))


def kind(message: IncomingMessage) -> Kind:
    """The first of: bounce, other report, calendar, automatic reply, list, reply, request."""
    return _kind(message, bounce(message))


def automatic(message: IncomingMessage) -> str | None:
    """Why this message must never be answered by a machine (RFC 3834 section 2), else None."""
    return _automatic(message, kind(message))


def _kind(message: IncomingMessage, report: Bounce | None) -> Kind:
    if _is_receipt(message):
        return Kind.OTHER
    if report is not None:
        return Kind.BOUNCE
    if is_report(message):
        return Kind.OTHER
    if _is_calendar(message):
        return Kind.CALENDAR
    if _is_automatic(message):
        return Kind.AUTO_REPLY
    if _is_list(message):
        return Kind.LIST
    return Kind.REPLY if _is_reply(message) else Kind.REQUEST


def _automatic(message: IncomingMessage, sort: Kind) -> str | None:
    submitted = _word(message, "Auto-Submitted")
    if submitted and submitted != "no":
        return f"Auto-Submitted: {submitted}"
    if _null_path(message):
        return "the return path is empty"
    precedence = _word(message, "Precedence")
    if precedence in {"bulk", "list", "junk", "auto_reply"}:
        return f"Precedence: {precedence}"
    if _suppressed(message) & _SUPPRESSED:
        return "X-Auto-Response-Suppress"
    listed = next(
        (name for name in (*_LIST_HEADERS, *_AUTO_HEADERS, "X-Autogenerated") if message.header(name) is not None), None
    )
    if listed:
        return f"{listed} header"
    machine = f"the message is of the kind {sort}" if sort not in {Kind.REQUEST, Kind.REPLY} else None
    return _by_sender(message) or machine


def _by_sender(message: IncomingMessage) -> str | None:
    for address in (*message.from_, *message.reply_to):
        if _NO_REPLY.match(address.addr):
            return f"the sender {address.addr} reads no answers"
    return None if message.from_ else "there is nobody to answer"


def _is_receipt(message: IncomingMessage) -> bool:
    """Read receipts (RFC 8098) and abuse reports (RFC 5965)."""
    if any(sort in _REPORT_TYPES for sort, _ in message.parts):
        return True
    return message.content_type == "multipart/report" and _RECEIPT_TYPE.search(_type(message)) is not None


def _is_calendar(message: IncomingMessage) -> bool:
    """RFC 5546: an invitation, its answer or its end; an attached calendar without a method is only a file."""
    methods = any(sort == "text/calendar" and _METHOD.search(text[:20_000]) for sort, text in message.parts)
    return methods or (message.content_type == "text/calendar" and bool(_CALENDAR_METHOD.search(_type(message))))


def _is_automatic(message: IncomingMessage) -> bool:
    submitted = _word(message, "Auto-Submitted")
    return bool(
        (submitted and submitted != "no")
        or _word(message, "Precedence") == "auto_reply"
        or _word(message, "X-Autogenerated") == "reply"
        or any(_meant(message.header(name)) for name in _AUTO_HEADERS)
        or ("all" in _suppressed(message) and not _is_list(message))
        or _AUTO_SUBJECT.match(message.subject[:200])
        or _is_absence(message)
    )


def _is_absence(message: IncomingMessage) -> bool:
    """A responder without any header: its subject says that somebody is away, and its few words until when."""
    if not _ABSENT_SUBJECT.match(message.subject[:200]) or len(message.text) > _LONGEST_ABSENCE:
        return False
    return _BACK_AGAIN.search(message.text) is not None


def _meant(value: str | None) -> bool:
    return value is not None and value.strip().lower() not in {"no", "false", "0"}


def _is_list(message: IncomingMessage) -> bool:
    """Mail that a list or a mass mailing passed on (RFC 2919)."""
    return any(message.header(name) for name in _POSTED) or _word(message, "Precedence") in {"list", "bulk"}


def _is_reply(message: IncomingMessage) -> bool:
    if _FORWARD_SUBJECT.match(message.subject):
        return bool(message.in_reply_to) and bool(message.text.strip())
    return bool(message.in_reply_to or message.references or _REPLY_SUBJECT.match(message.subject[:100]))


def _null_path(message: IncomingMessage) -> bool:
    paths = message.header_all("Return-Path")
    return bool(paths) and paths[0].strip() in {"<>", ""}


def _suppressed(message: IncomingMessage) -> set[str]:
    value = message.header("X-Auto-Response-Suppress") or ""
    return {word.strip().lower() for word in value.split(",")}


def _word(message: IncomingMessage, name: str) -> str:
    """The first word of a header, without its comments and parameters, in lower case."""
    return re.split(r"[;(\s]", (message.header(name) or "").strip().lower(), maxsplit=1)[0]


def _type(message: IncomingMessage) -> str:
    return message.header("Content-Type") or ""
