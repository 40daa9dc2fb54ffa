"""Where the writer's own words end: signatures, closing phrases, adverts of mail programs."""

from __future__ import annotations

import re
from collections.abc import Sequence

_LONGEST_CLOSING = 70
_LONGEST_ADVERT = 110
_LONGEST_SIGNATURE = 15

_DELIMITER = re.compile(r"\s{0,2}(?:--|—|––|-- -|__)\s*$")
_CLOSINGS = (
    "с уважением", "с наилучшими пожеланиями", "с наилучшими", "с почтением", "искренне ваш", "всего доброго",
    "всего наилучшего", "з павагай", "з найлепшымі пажаданнямі", "усяго найлепшага", "з повагою", "з найкращими побажаннями",
    "best regards", "kind regards", "warm regards", "with regards", "regards", "many regards", "best wishes", "sincerely",
    "yours sincerely", "yours faithfully", "sincerely yours", "cheers", "yours truly", "all the best", "with best regards",
    "mit freundlichen grüßen", "mit freundlichen grüssen", "freundliche grüße", "freundliche grüsse", "viele grüße",
    "viele grüsse", "beste grüße", "liebe grüße", "mfg", "mit besten grüßen", "schöne grüße", "herzliche grüße", "gruß", "lg", "vg",
    "cordialement", "bien cordialement", "bien à vous", "salutations", "meilleures salutations", "sincères salutations",
    "amicalement", "pozdrawiam", "pozdrawiamy", "pozdrowienia", "z poważaniem", "z powazaniem", "serdecznie pozdrawiam", "z wyrazami szacunku",
    "med venlig hilsen", "venlig hilsen", "med vänlig hälsning", "med vänliga hälsningar", "vänliga hälsningar",
    "vänlig hälsning", "vänligen", "hälsningar", "med vennlig hilsen", "vennlig hilsen", "hilsen", "mange hilsner", "mvh", "vh", "kh", "bh",
    "ystävällisin terveisin", "terveisin", "met vriendelijke groet", "met vriendelijke groeten", "vriendelijke groet",
    "vriendelijke groeten", "groeten", "groet", "mvg", "saludos", "un saludo", "saludos cordiales", "atentamente",
    "cordialmente", "cordiali saluti", "distinti saluti", "saluti", "un cordiale saluto", "atenciosamente", "att", "abraços",
    "cumprimentos", "com os melhores cumprimentos", "s pozdravem", "s pozdravom", "üdvözlettel", "cu stimă", "saygılarımla",
    "敬具", "以上、よろしくお願いいたします", "よろしくお願いいたします", "よろしくお願いします",
)  # fmt: skip
_CLOSING = re.compile(
    rf"\s{{0,4}}[*_]{{0,2}}(?:спасибо|дзякуй|дякую|thanks|thank you|danke|merci|dziękuję)?[,.! ]*(?:and |и |und |et )?"
    rf"(?:{'|'.join(map(re.escape, sorted(_CLOSINGS, key=len, reverse=True)))})[*_]{{0,2}}"
    rf"(?:\s*[,.!;:–—-]*\s*$|\s*[,.!–—-]\s*(?P<name>[^,.!?;:]{{2,40}})[,.]?\s*$|\s+(?P<caps>[A-ZА-ЯЁІЎŁ][^,.!?;:]{{1,40}})\s*$)",
    re.IGNORECASE,
)
_INITIALLED = re.compile(
    r"\s*(?:/\s?\w{2,20}(?: \w{2,20})?|[-–—]\s?[^\W\d_a-zа-я]\w{1,20}(?: [^\W\d_a-zа-я][\w.]{0,20}){1,2})\s*$"
)
_POSTSCRIPT = re.compile(r"\s{0,3}(?:p\.?\s?p?\.?\s?s\b|п\.?\s?с\.|постскриптум|з\.?ы\b)", re.IGNORECASE)

_DEVICE = (
    r"iphone|ipad|ipod|android|samsung|galaxy|xiaomi|redmi|huawei|honor|blackberry|windows|outlook|yahoo|gmail|mail\.ru|"
    r"mail\.by|mobile|mobil\w*|handy|smartphone|смартфон\w*|телефон\w*|тэлефон\w*|планшет\w*|phone\w*|mail|почты|пошты|пошти|"
    r"myMail|proton\s?mail|thunderbird|tutanota|spark|aquamail|nokia|sony|xperia|htc|lg|motorola|pixel|oneplus|realme|"
    r"tablet|device|gerät|устройств\w*|клиента|veriz\w+"
)
_ADVERT = re.compile(
    r"\W{0,4}(?:(?:sent (?:from|via|with|by|using)|sent on the go|get|скачать|download|отправлено (?:с|из|со|через|от)|"
    r"отослано (?:с|из)|послано (?:с|из)|написано (?:с|из)|адпраўлена (?:з|праз|са)|даслана (?:з|са)|"
    r"надіслано (?:з|із|за допомогою)|відправлено (?:з|із)|von mein\w+|gesendet (?:von|mit|über)|diese nachricht wurde von|"
    r"envoyé (?:de|depuis|à partir)|enviado (?:desde|do|de|a partir)|inviato (?:da|dal)|wysłan[eoy] (?:z|za)|skickat från|"
    r"skickades från|sendt fra|lähetetty|verzonden (?:vanaf|met|via)|verstuurd (?:vanaf|met|via)|outlook für|"
    r"télécharger|pobierz|scarica|obtener|odesláno (?:z|ze))\b[^\n.,!?]{0,12}?"
    rf"(?:[^\n,!?]{{0,60}}?\b(?:{_DEVICE})\b[^\n,!?]{{0,40}}))[.\s]*$",
    re.IGNORECASE,
)
_JAPANESE_ADVERT = re.compile(r"\s*(?:iPhone|iPad|Android)(?:から|で)送信\s*$")
_SCANNED = re.compile(
    r"\W{0,4}(?:virus-free\b|без вирусов\b|не содержит вирусов|віруси відсутні|(?:this (?:email|message)|это (?:сообщение|письмо)|"
    r"это сообщение) (?:has been checked|проверено на вирусы|свободно от вирусов))",
    re.IGNORECASE,
)
_LINK = re.compile(r"\s*<?(?:https?://\S{1,300}|mailto:\S{1,200})>?")


def own_words(lines: Sequence[str]) -> list[str]:
    """The lines of one stretch of new text up to its signature; a postscript below the signature is kept."""
    kept = [line for line in lines if not is_advert(line)]
    end = _signature_start(kept)
    postscript = next((index for index in range(end, len(kept)) if _POSTSCRIPT.match(kept[index][:20])), len(kept))
    return kept[:end] + kept[postscript:]


def is_advert(line: str) -> bool:
    """A line that a mail program or a virus scanner added: "Sent from my iPhone" in any language."""
    if not 6 < len(line) < 400:
        return False
    text = _LINK.sub("", line[:400]).strip()
    if len(text) > _LONGEST_ADVERT:
        return False
    return any(pattern.match(text) for pattern in (_ADVERT, _JAPANESE_ADVERT, _SCANNED))


def _signature_start(lines: Sequence[str]) -> int:
    """The index of the first line of the signature; the number of lines where there is none."""
    left = sum(1 for line in lines if line.strip())
    for index, line in enumerate(lines):
        left -= bool(line.strip())
        if _DELIMITER.match(line[:10]) and len(line) < 10 and (line == "-- " or left <= _LONGEST_SIGNATURE):
            return index
        if _closes(line) and left <= _LONGEST_SIGNATURE * 2:
            return index
        if not left and _INITIALLED.match(line[:80]) and index and not lines[index - 1].strip():
            return index
    return len(lines)


def _closes(line: str) -> bool:
    return 2 <= len(line.strip()) <= _LONGEST_CLOSING and _CLOSING.match(line) is not None
