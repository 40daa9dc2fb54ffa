"""Where somebody else's words begin: attribution lines, header blocks, separators, quote marks.

Why: every mail program introduces a quote in its own way and in the language of its user. A date and a person are
what all of them have in common, so that is what is looked for; verbs and names of headers are tables of words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

LONGEST_LINE = 400
_LONGEST_ATTRIBUTION = 600
_MOST_LINES = 4
_LONGEST_BLOCK = 14
_NARROWEST = 60
"""Signs in a line that a program would wrap."""

_QUOTE_MARK = re.compile(r"\s{0,3}(?:[>|»]|&gt;|[A-ZА-ЯЁІЎ][A-Za-zА-Яа-яё]{0,2}>)")
_TABLE_ROW = re.compile(r"\s{0,3}\|[^\n]*\|\s*$")
_VERBS = (
    r"wrote|writes|said|sent|schrieb|schrieben|a écrit|écrit|ha scritto|scrive|escreveu|escribi[oó]|pisze|"
    r"napisał(?:\(a\)|a)?|napsal(?:\(a\)|a)?|napísal(?:\(a\)|a)?|napisao|schreef|geschreven|skrev|skrifaði|kirjoitti|"
    r"írta|a scris|yazdı|пишет|писал(?:\(а\)|а|и)?|написал(?:\(а\)|а|и)?|сообщил(?:\(а\)|а)?|піша|пісаў|пісала|"
    r"напісаў(?:\(-ла\))?|напісала|піса(?:ў|ла)\(а\)|пише|писав|написав(?:\(-ла\)|ла)?|写道|さんは書きました|のメール"
)
_ENDS_WITH_VERB = re.compile(rf"(?:{_VERBS})\s?(?::|：|-{{2,}})\s*$", re.IGNORECASE)
_HAS_VERB = re.compile(rf"(?:^|[\s>\])\"»]|\d:\d\d)(?:{_VERBS})\b", re.IGNORECASE)
_DAYS = (
    r"mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|lun|mar|mer|gio|jeu|ven|sam|dim|sab|dom|pon|wt|śr|czw|pt|sob|niedz|"
    r"man|tir|ons|tor|tors|fre|lør|lör|søn|sön|mån|tis|пн|вт|ср|чт|пт|сб|вс|нд|аў|чц|пят|суб|няд|пан|сер|чац|"
    r"понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|панядзелак|аўторак|серада|чацвер|пятніца|нядзеля|"
    r"понеділок|вівторок|середа|четвер|неділя"
)
_STARTS = re.compile(
    r"\W{0,6}(?:(?:on|am|le|il|in data|em|el|op|den|dne|dnia|w dniu|vào|a|pe|ma|ti|ke|to|la|su|you wrote|"
    rf"вы писали|вы напісалі)\b|(?:{_DAYS})\w{{0,9}}[.,]?\s|\d{{1,2}}:\d\d,\s|\d{{1,4}}[\s./年-])",
    re.IGNORECASE,
)
_MENTIONS = re.compile(r"[\d@]")
_ADDRESS = re.compile(r"[^\s@<>()\[\]]{1,64}@[^\s@<>()\[\]]{2,}")
_SENDER = re.compile(r"[<(\[][^\s@<>()\[\]]{1,64}@|\b(?:from|von|от|ад|від)\b[^\n]{1,80}@|@[^\s@]{2,80}[>)\]]")
"""An address as that of who wrote: in brackets, or after a word such as "from"; a line of a log has it bare."""
_NAMED = re.compile(r"[^\n<>:]{1,80}<[^\s@<>]{1,64}@[^\s@<>]{2,}>")
_TIME = re.compile(r"\b\d{1,2}[:.h]\d{2}\b|\b\d{1,2}[:.]\d{2}(?=\D)")
_DATE = re.compile(r"\b(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}|(?:19|20)\d\d)\b|\d年")

_SEPARATOR = re.compile(
    r"\W{0,4}[-_=—– ]{2,}+\s*+(?:original(?:nachricht|meddelande)?|ursprüngliche|message d.origine|mail original|"
    r"messaggio originale|mesaj original|özgün ileti|orijinal (?:ileti|mesaj)|izvorna poruka|originalna poruka|"
    r"оригинално съобщение|pradinis laiškas|sākotnējais ziņojums|algne (?:kiri|sõnum)|αρχικό μήνυμα|"
    r"mensaje original|mensagem original|wiadomość oryginalna|oryginalna wiadomość|oorspronkelijk bericht|"
    r"oprindelig meddelelse|opprinnelig melding|ursprungligt meddelande|alkuperäinen viesti|původní zpráva|"
    r"eredeti üzenet|исходное сообщение|исходное письмо|оригинальное сообщение|первоначальное сообщение|"
    r"оригинал сообщения|"
    r"зыходн(?:ае|ы) (?:паведамленне|ліст)|арыгінальнае паведамленне|початкове повідомлення|оригінальне повідомлення|"
    r"исходящее сообщение|元のメッセージ|原始邮件)",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"\W{0,4}(?:[-_=—– ]{2,}+\s*+(?:forwarded|weitergeleitet|message transféré|messaggio inoltrato|mensaje reenviado|"
    r"mensagem encaminhada|przekazana wiadomość|wiadomość przekazana|doorgestuurd|videresendt|vidarebefordrat|"
    r"välitetty|пересылаемое|пересланное|перенаправленное|перасланае|перасылаемае|переслане|початок переадресованого)"
    r"|(?:begin forwarded message|начало переадресованного|начало перенаправленного|пачатак перасланага|"
    r"anfang der weitergeleiteten|début du message|inizio messaggio inoltrato|inicio del mensaje reenviado)\b)",
    re.IGNORECASE,
)
_NOTES_SEPARATOR = re.compile(rf"\s*+-{{3,}}+[^\n]{{1,200}}\b(?:{_VERBS})\s?:\s?-{{3,}}\s*$", re.IGNORECASE)
"""HCL Notes: `-----Desk <s@desk.example> wrote: -----`."""
_REPLY_ABOVE = re.compile(
    r"(?:(?:reply|type your reply|write|respond)\W[^\n]{0,30}above|above this line|выше этой (?:строки|линии|черты)|"
    r"вышэй за гэты радок|над этой (?:строкой|линией|чертой)|oberhalb dieser (?:linie|zeile)|au-dessus de cette ligne)",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*[_—–=-]{10,}\s*$")
_FOOTER = re.compile(r"mailing list|mailman/listinfo|unsubscribe|groups\.google|отписаться|адпісацца", re.IGNORECASE)

_HEADER_NAMES = {
    "from": "from,von,de,da,van,fra,från,od,от,от кого,ад,ад каго,від,від кого,lähettäjä,feladó,expéditeur,kimden,"
            "remitente,de la,šalje,nuo,no,saatja,από,差出人,发件人",
    "sent": "sent,date,gesendet,datum,envoyé,inviato,data,verzonden,sendt,dato,skickat,wysłano,wysłane,fecha,enviado,"
            "enviado el,enviada em,lähetetty,päivämäärä,отправлено,отправленные,дата,дата отправки,адпраўлена,даслана,"
            "надіслано,odesláno,odoslané,küldve,elküldve,dátum,trimis,gönderilen,gönderildi,tarih,poslano,išsiųsta,"
            "nosūtīts,saadetud,изпратено,στάλθηκε,ημερομηνία,送信日時,日時,日付,发送时间,日期",
    "to": "to,an,à,a,aan,til,till,do,para,vastaanottaja,кому,каму,komu,címzett,către,kime,za,kam,adressaat,до,προς,"
          "宛先,收件人",
    "cc": "cc,kopie,kopia,cópia,copia,dw,tiedoksi,копия,копія",
    "subject": "subject,betreff,objet,oggetto,onderwerp,emne,ämne,temat,asunto,assunto,aihe,předmět,тема,"
               "тэма,predmet,tárgy,subiect,konu,tema,tēma,teema,относно,θέμα,件名,主题",
}  # fmt: skip
_CLASS_OF = {name: kind for kind, names in _HEADER_NAMES.items() for name in names.split(",")}


def is_quoted(line: str) -> bool:
    """Whether the line bears a quote mark, also the initials of The Bat!; the row of a table does not."""
    return _QUOTE_MARK.match(line[:20]) is not None and _TABLE_ROW.match(line) is None


def attribution_end(lines: Sequence[str], start: int) -> int | None:
    """The index after an attribution of one to four lines that begins here, else None."""
    joined = ""
    for end in range(start, min(start + _MOST_LINES, len(lines))):
        line = lines[end][:LONGEST_LINE].strip()
        if not line or len(joined) > _LONGEST_ATTRIBUTION:
            return None
        joined = f"{joined} {line}".strip()
        if line.endswith((":", "：", "--")):
            several = end > start
            introduces = _introduces(joined, several) and (not several or _is_wrapped(lines, start, end))
            return end + 1 if introduces else None
    return None


def _is_wrapped(lines: Sequence[str], start: int, end: int) -> bool:
    """Whether the lines are one sentence that a program wrapped, and not a person's lines above an attribution."""
    pieces = [line[:LONGEST_LINE].strip() for line in lines[start : end + 1]]
    for place in range(1, len(pieces)):
        has_room = len(pieces[place - 1]) + 1 + len(pieces[place].split(maxsplit=1)[0]) <= _NARROWEST
        rest = " ".join(pieces[place:])
        if has_room and _STARTS.match(rest) and _introduces(rest, several=False):
            return False
    return True


def _introduces(text: str, several: bool) -> bool:
    """A person and a moment, or a person who wrote; over several lines only if it begins like one."""
    if not _MENTIONS.search(text):
        return False
    begins = _STARTS.match(text) is not None
    if several and not begins and not _NAMED.match(text):
        return False
    moment = bool(_TIME.search(text) and (_DATE.search(text) or begins))
    if _ENDS_WITH_VERB.search(text) or _HAS_VERB.search(text):
        return bool(moment or _DATE.search(text) or _ADDRESS.search(text))
    return moment and _SENDER.search(text) is not None


def is_certain(lines: Sequence[str], start: int, end: int) -> bool:
    """Whether an attribution is beyond doubt even if no quote mark follows: it stands alone and names a moment."""
    text = " ".join(line[:LONGEST_LINE].strip() for line in lines[start:end])
    alone = start == 0 or not lines[start - 1].strip() or _ADDRESS.search(text) is not None
    return alone and _STARTS.match(text) is not None and _DATE.search(text) is not None


def header_block_end(lines: Sequence[str], start: int, needed: int = 3) -> int | None:
    """The index after a block of quoted headers (From, Sent, To, Subject in any language), else None.

    They follow one another, all of them or none with an empty line between; only long lists and subjects go on below.
    """
    last = header_class(lines[start])
    if last not in {"from", "subject", "sent"}:
        return None
    kinds, end, spacing = {last}, start + 1, None
    for index in range(start + 1, min(start + _LONGEST_BLOCK, len(lines))):
        if not lines[index].strip():
            continue
        gap, kind = index - end, header_class(lines[index])
        goes_on = kind is None and not gap and last in {"to", "cc", "subject"}
        if gap > 1 or not (goes_on or (kind and (kind == "cc" or kind not in kinds) and spacing in {None, gap})):
            break
        end = index + 1
        if kind:
            last, spacing = kind, gap
            kinds.add(kind)
    return end if "from" in kinds and len(kinds) >= needed else None


def header_class(line: str) -> str | None:
    """Which header a line such as `*Von:* Max` quotes, else None."""
    name, colon, _ = line[:40].strip().lstrip("*> ").partition(":")
    return _CLASS_OF.get(name.strip(" *\xa0\u3000").lower()) if colon or "：" in line[:20] else None


def separator_end(lines: Sequence[str], start: int) -> int | None:
    """The index after an "Original Message" line, or after a rule and the header block that follows it."""
    line = lines[start][:LONGEST_LINE]
    if _SEPARATOR.match(line) or _NOTES_SEPARATOR.match(line):
        return start + 1
    if _RULE.match(line):
        below = next_written(lines, start + 1)
        if below is not None and below - start <= 3:
            return header_block_end(lines, below, needed=2) or _headed_attribution_end(lines, below)
    return None


def _headed_attribution_end(lines: Sequence[str], start: int) -> int | None:
    """The index after quoted headers without a sender and the attribution below that names him, as Yandex writes."""
    index: int | None = start
    for _ in range(_MOST_LINES):
        if index is None or header_class(lines[index]) not in {"to", "cc", "subject"}:
            break
        index = next_written(lines, index + 1)
    return attribution_end(lines, index) if index is not None and index > start else None


def is_forward(line: str) -> bool:
    """Whether the line introduces a forwarded message."""
    return _FORWARD.match(line[:LONGEST_LINE]) is not None


def is_reply_marker(line: str) -> bool:
    """A line of another ticket system that asks to write above it."""
    return len(line) < 200 and not line[:1].isalpha() and _REPLY_ABOVE.search(line) is not None


def is_list_footer(lines: Sequence[str], start: int) -> bool:
    """A rule with the address of a mailing list below it."""
    if _RULE.match(lines[start][:LONGEST_LINE]) is None:
        return False
    return any(_FOOTER.search(line[:200]) for line in lines[start + 1 : start + 4])


def next_written(lines: Sequence[str], start: int) -> int | None:
    """The index of the next line that is not blank."""
    return next((index for index in range(start, len(lines)) if lines[index].strip()), None)
