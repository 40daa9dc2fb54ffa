"""Where the writer's own words begin and end: banners of mail servers, signatures, closing phrases, adverts of mail
programs, disclaimers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

_LONGEST_CLOSING = 70
_LONGEST_ADVERT = 110
_LONGEST_CARD = 8
"""Lines below the writer's name: post, organisation, phones, addresses."""
_NAME_WORD = re.compile(r"[\w'’ʼ-]+")
_LONGEST_SIGNATURE = 15
"""Written lines below a bare dash or, twice as many, below a closing phrase; longer texts are no signature."""

_DELIMITER = re.compile(r"\s{0,2}(?:--|—|––|-- -|__)\s*$")
_CLOSINGS = (
    "с уважением", "с ув.", "с ув", "s uvazheniem",
    "с наилучшими пожеланиями", "с наилучшими", "с почтением", "искренне ваш", "всего доброго",
    "всего наилучшего", "з павагай", "з найлепшымі пажаданнямі", "усяго найлепшага", "з повагою",
    "з найкращими побажаннями", "best regards", "kind regards", "warm regards", "with regards", "with best regards",
    "many regards", "regards", "best wishes", "sincerely", "yours sincerely", "yours faithfully", "sincerely yours",
    "yours truly", "cheers", "all the best", "mit freundlichen grüßen", "mit freundlichen grüssen",
    "mit besten grüßen", "freundliche grüße", "freundliche grüsse", "viele grüße", "viele grüsse", "beste grüße",
    "liebe grüße", "schöne grüße", "herzliche grüße", "gruß", "mfg", "lg", "vg", "cordialement", "bien cordialement",
    "bien à vous", "salutations", "meilleures salutations", "sincères salutations", "amicalement", "pozdrawiam",
    "pozdrawiamy", "pozdrowienia", "serdecznie pozdrawiam", "z poważaniem", "z powazaniem", "z wyrazami szacunku",
    "med venlig hilsen", "venlig hilsen", "mange hilsner", "hilsen", "med vänlig hälsning", "med vänliga hälsningar",
    "vänliga hälsningar", "vänlig hälsning", "vänligen", "hälsningar", "med vennlig hilsen", "vennlig hilsen", "mvh",
    "vh", "kh", "bh", "ystävällisin terveisin", "terveisin", "met vriendelijke groet", "met vriendelijke groeten",
    "vriendelijke groet", "vriendelijke groeten", "groeten", "groet", "mvg", "saludos", "un saludo",
    "saludos cordiales", "atentamente", "cordialmente", "cordiali saluti", "distinti saluti", "un cordiale saluto",
    "saluti", "atenciosamente", "att", "abraços", "cumprimentos", "com os melhores cumprimentos", "s pozdravem",
    "s pozdravom", "üdvözlettel", "cu stimă", "saygılarımla", "敬具", "以上、よろしくお願いいたします",
    "よろしくお願いいたします", "よろしくお願いします", "此致", "祝好", "顺颂商祺", "с поздрави", "με εκτίμηση",
    "s poštovanjem", "pagarbiai", "ar cieņu", "lugupidamisega",
)  # fmt: skip
_CLOSING = re.compile(
    r"\s{0,4}[*_]{0,2}(?:спасибо|дзякуй|дякую|thanks|thank you|danke|merci|dziękuję)?[,.! ]*(?:and |и |und |et )?"
    rf"(?:{'|'.join(map(re.escape, sorted(_CLOSINGS, key=len, reverse=True)))})[*_]{{0,2}}"
    r"(?:\s*[,.!;:–—。，-]*\s*$|\s*[,.!–—-]\s*[^,.!?;:]{2,40}[,.]?\s*$|\s+(?-i:[A-ZА-ЯЁІЎŁ])[^,.!?;:]{1,40}\s*$)",
    re.IGNORECASE,
)
_INITIALLED = re.compile(
    r"\s*(?:/\s?\w{2,20}(?: \w{2,20})?|[-–—]\s?[^\W\d_a-zа-я]\w{1,20}(?: [^\W\d_a-zа-я][\w.]{0,20}){1,2})\s*$"
)
"""`/John`, or `-John Smith`, as the last line."""
_POSTSCRIPT = re.compile(r"\s{0,3}(?:p\.?\s?p?\.?\s?s\b|п\.?\s?с\.|постскриптум|з\.?ы\b)", re.IGNORECASE)

_DEVICE = (
    r"iphon\w*|ipad|ipod|android|samsung|galaxy|xiaomi|redmi|huawei|honor|blackberry|windows|outlook|yahoo|gmail|mail\.ru|"
    r"mail\.by|mobile|mobil\w*|handy|smartphone|смартфон\w*|телефон\w*|тэлефон\w*|планшет\w*|phone\w*|mail|почты|"
    r"пошты|пошти|mymail|proton\s?mail|thunderbird|tutanota|spark|aquamail|nokia|sony|xperia|htc|lg|motorola|pixel|"
    r"oneplus|realme|битрикс24|bitrix24|мойофис|[rр]7|tablet|device|gerät|устройств\w*|клиента|veriz\w+"
)
_SENT_FROM = (
    r"sent (?:from|via|using|with)", r"sent on the go", r"get (?=outlook|yahoo|spark)",
    r"отправлено (?:с|из|со|через)", r"отослано (?:с|из)", r"послано (?:с|из)", r"написано (?:с|из)",
    r"получит[ье] (?=outlook)", r"скача(?:ть|йте) (?=outlook)",
    r"адпраўлена (?:з|праз|са)", r"атрыма(?:ць|йце) (?=outlook)",
    r"отрима(?:ти|йте) (?=outlook)", r"даслана (?:з|са)", r"надіслано (?:з|із|за допомогою)", r"відправлено (?:з|із)",
    r"von mein\w+", r"gesendet (?:von|mit|über)", r"diese nachricht wurde von", r"outlook für",
    r"envoyé (?:de|depuis|à partir)", r"télécharger (?=outlook)", r"obtenir (?=outlook)",
    r"enviado (?:desde|do|de|a partir)", r"obtener (?=outlook)", r"inviato (?:da|dal)", r"scarica (?=outlook)",
    r"wysłan[eoy] (?:z|za)", r"pobierz (?=outlook)", r"odesláno (?:z|ze)", r"skickat från", r"skickades från",
    r"sendt fra", r"lähetetty", r"verzonden (?:vanaf|met|via)", r"verstuurd (?:vanaf|met|via)",
    r"(?:el)?küldve", r"trimis (?:de|din|prin)", r"poslano (?:s|z|iz)", r"изпратено от", r"išsiųsta iš", r"nosūtīts no",
    r"saadetud", r"εστάλη από", r"στάλθηκε από",
)  # fmt: skip
_ADVERT = re.compile(
    rf"\W{{0,4}}(?:{'|'.join(_SENT_FROM)})[^\n,!?]{{0,70}}?\b(?:{_DEVICE})\b[^\n,!?]{{0,40}}$"
    r"|\s*(?:iPhone|iPad|Android|Galaxy)(?:から|で)送信$|\s*(?:从我的|发自我的|發自我的)[^\n]{1,40}$"
    r"|\s*(?:iphone|ipad|android|galaxy)\S{0,12} (?:\S{1,20} )?gönderildi$",
    re.IGNORECASE,
)
_SCANNED = re.compile(
    r"\W{0,4}(?:virus-free\b|без вирусов\b|не содержит вирусов|віруси відсутні|"
    r"(?:this (?:email|message)|это (?:сообщение|письмо)) (?:has been checked|проверено на вирусы))",
    re.IGNORECASE,
)
_LINK = re.compile(r"\s*<?(?:https?://\S{1,300}|mailto:\S{1,200})>?")


_ALARM = r"\W*(?:(?:caution|warning|attention|important|notice|внимание|осторожно|увага)\W+)?"
_MARKER = re.compile(
    rf"{_ALARM}(?:\[?(?:ext|external)\]?(?: (?:e-?mail|mail|message|sender))?"
    r"|(?:это )?внешн(?:ее|яя|ий) (?:письмо|почта|сообщение|отправитель)"
    r"|(?:письмо|сообщение) от внешнего отправителя|(?:гэта )?знешні (?:ліст|адпраўнік))\W*$",
    re.IGNORECASE,
)
_BANNER = re.compile(
    rf"{_ALARM}(?:(?:this|the) (?:e-?mail|message|mail) [^\n.]{{0,40}}(?:outside (?:of )?(?:the|your|our) "
    r"(?:organi|compan)"
    r"|external (?:sender|source|address))|you don['’]t often get e?-?mail from [^\n]{1,80}@"
    r"|вы нечасто получаете [^\n]{1,80}@)",
    re.IGNORECASE,
)
"""What a mail server put above the mail, because it came from elsewhere."""
_BANNER_IF_IT_WARNS = re.compile(
    rf"{_ALARM}(?:external (?:e-?mail|message|sender)|(?:это )?внешнее (?:письмо|сообщение)|(?:гэта )?знешні ліст"
    r"|(?:(?:это|данное|настоящее) )?(?:письмо|сообщение) [^\n.]{0,40}(?:внешн|извне|из-за пределов))",
    re.IGNORECASE,
)
_WARNS = re.compile(
    r"\b(?:(?:do not|don['’]t|never) (?:click|open|reply|follow)"
    r"|не (?:открывайте|переходите|нажимайте|отвечайте|адкрывайце)"
    r"|будьте (?:осторожны|внимательны)|узнайте, почему|learn why|be careful|exercise caution)\b",
    re.IGNORECASE,
)
_SENTENCE_ENDS = (".", "!", ">", ")", "]", "*")
_LONGEST_BANNER = 6
_LONGEST_ABOVE = 600
_DISCLAIMER = re.compile(
    r"\W{0,4}(?:this (?:e-?mail|message|communication)|the (?:information|contents?)"
    r"|(?:confidential(?:ity)?(?: notice)?|disclaimer|конфиденциально(?:сть)?|уведомление о конфиденциальности)"
    r"\s*[.:!\n]|(?:настоящее|данное|это) (?:электронное )?(?:сообщение|письмо)"
    r"|(?:содержание|информация)\b|гэт(?:ы|ае) (?:ліст|паведамленне)"
    r"|если вы (?:не являетесь|получили)|if you (?:are not|have received))",
    re.IGNORECASE,
)
_FOR_OTHERS = re.compile(
    r"не являетесь (?:\w{1,20} ){0,2}(?:получател|адресат)|получили [^\n.]{0,60}ошиб|не з'яўляецеся"
    r"|(?:not|other than) the (?:intended|named)|received [^\n.]{0,60}(?:in error|by mistake)",
    re.IGNORECASE,
)
_SECRET = re.compile(
    r"confidential|privileged|intended|delete|конфиденциальн|предназначен|удалит|канфідэнцыйн|прызначан", re.IGNORECASE
)
_LONGEST_GREEN = 250
_GREEN = re.compile(
    r"\W{0,4}[^\n]{0,80}(?:consider the environment"
    r"|(?:подума|позаботь|помни)\w{1,4} (?:об|о|про) (?:окружающей|природ|эколог))",
    re.IGNORECASE,
)


def without_banner(lines: list[str]) -> list[str]:
    """The lines without the banner above them; it lasts to the end of its sentence and of the warnings after it."""
    start = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    end = _sentence_end(lines, start)
    above = " ".join(lines[start:end])[:_LONGEST_ABOVE]
    if end > start and _MARKER.match(lines[start][:_LONGEST_ADVERT]):
        end = start + 1
    elif not (_BANNER.match(above) or (_BANNER_IF_IT_WARNS.match(above) and _WARNS.search(above))):
        return lines
    while end < len(lines) and _WARNS.search(" ".join(lines[end : _sentence_end(lines, end)])[:_LONGEST_ABOVE]):
        end = _sentence_end(lines, end)
    return lines[end:]


def _sentence_end(lines: Sequence[str], start: int) -> int:
    """The index after the line that ends a sentence which begins here, at the latest that of the paragraph."""
    for index in range(start, min(start + _LONGEST_BANNER, len(lines))):
        if not lines[index].strip():
            return index
        if lines[index].rstrip().endswith(_SENTENCE_ENDS):
            return index + 1
    return min(start + _LONGEST_BANNER, len(lines))


def without_name(text: str, name: str) -> str:
    """The text without a last paragraph that begins with the writer's own name and may go on with his post and phones.

    Where nothing stands above it, or words that introduce it, it is no signature.
    """
    above, parted, below = text.rpartition("\n\n")
    first, *others = below.split("\n")
    signs = (
        _is_name(first, name) and len(others) <= _LONGEST_CARD and all(len(line) <= _LONGEST_CLOSING for line in others)
    )
    return above.rstrip() if parted and signs and not above.rstrip().endswith((":", ",")) else text


def _is_name(line: str, name: str) -> bool:
    """Whether the line is the name, in any order, perhaps with a patronymic."""
    words, named = (set(_NAME_WORD.findall(each.casefold().replace("ё", "е"))) for each in (line, name))
    return len(named) > 1 and named <= words and len(words) <= len(named) + 1


def own_words(lines: Sequence[str]) -> list[str]:
    """The lines of one stretch of new text up to its signature; a postscript below the signature is kept."""
    kept = _without_disclaimers(_without_adverts(lines))
    end = _signature_start(kept)
    postscript = next((index for index in range(end, len(kept)) if _POSTSCRIPT.match(kept[index][:20])), len(kept))
    return kept[:end] + kept[postscript:]


def _without_adverts(lines: Sequence[str]) -> list[str]:
    """Adverts are paragraphs of their own; the same words within a paragraph are somebody's sentence."""
    kept: list[str] = []
    for index, line in enumerate(lines):
        begins = not kept or not kept[-1].strip() or _DELIMITER.match(kept[-1][:10])
        if not (begins and is_advert(line) and _ends_paragraph(lines, index)):
            kept.append(line)
    return kept


def _without_disclaimers(lines: Sequence[str]) -> list[str]:
    """What an organisation puts below every mail: a paragraph of its own with something above it."""
    kept: list[str] = []
    has_words = False
    for is_blank, grouped in groupby(lines, lambda line: not line.strip()):
        paragraph = list(grouped)
        if is_blank or not (has_words and _disclaims("\n".join(paragraph))):
            kept += paragraph
            has_words = has_words or not is_blank
    return kept


def _disclaims(paragraph: str) -> bool:
    start, text = paragraph[:200], paragraph[:2_000]
    is_for_others = _DISCLAIMER.match(start) and _FOR_OTHERS.search(text) and _SECRET.search(text)
    return bool(is_for_others or (_GREEN.match(start) and len(paragraph) <= _LONGEST_GREEN))


def _ends_paragraph(lines: Sequence[str], index: int) -> bool:
    return index + 1 == len(lines) or not lines[index + 1].strip() or is_advert(lines[index + 1])


def is_advert(line: str) -> bool:
    """A line that a mail program or a virus scanner added: "Sent from my iPhone" in any language."""
    if not 6 < len(line) < 400:
        return False
    text = _LINK.sub("", line).strip().rstrip(". ")
    return len(text) <= _LONGEST_ADVERT and bool(_ADVERT.match(text) or _SCANNED.match(text))


def _signature_start(lines: Sequence[str]) -> int:
    """The index of the first line of the signature; the number of lines where there is none."""
    left = sum(1 for line in lines if line.strip())
    for index, line in enumerate(lines):
        left -= bool(line.strip())
        delimited = _DELIMITER.match(line[:10]) and len(line) < 10
        if delimited and (line == "-- " or left <= _LONGEST_SIGNATURE):
            return index
        if _closes(line) and left <= _LONGEST_SIGNATURE * 2:
            return index
        if not left and index and not lines[index - 1].strip() and _INITIALLED.match(line[:80]):
            return index
    return len(lines)


def _closes(line: str) -> bool:
    words = line.strip()
    return 2 <= len(words) <= _LONGEST_CLOSING and _CLOSING.match(words) is not None
