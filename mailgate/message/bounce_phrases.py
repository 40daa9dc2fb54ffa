"""The words by which mail systems can be told: their names, their subjects, and what they say of a failure.

Each table is a list of alternatives of one regular expression; all are bounded, so that none takes long.
"""

from __future__ import annotations

import re


def _any_of(*alternatives: str, after: str = "") -> re.Pattern[str]:
    return re.compile(f"(?:{'|'.join(alternatives)}){after}", re.IGNORECASE)


ADDRESS = r"[^\s<>()\[\]\",;:@]{1,64}@[A-Za-z0-9._-]{1,200}\.?[A-Za-z0-9]"

DAEMON = _any_of(
    r"mailer-?daemon", r"mail-?daemon", r"mdaemon", r"postmaster", r"mail\.?-?delivery", r"mailerdaemon", r"bounces?",
    r"delivery-?(?:status|system)", r"mail-?system", r"exchange-?admin\w{0,60}", r"microsoftexchange\w{0,60}",
    r"symantec_\w{1,60}",
    after=r"(?:[+=._-][^@]*)?@",
)  # fmt: skip
"""The local parts of mail systems, at the beginning of an address."""

PERSONAL_PROGRAM = _any_of(
    r"thunderbird", r"mozilla", r"outlook", r"the bat", r"apple mail", r"iphone", r"ipad", r"roundcube", r"evolution",
    r"zimbra", r"yandex", r"yamail", r"mail\.ru mailer", r"k-?mail", r"mutt", r"claws",
    r"sylpheed", r"rainloop", r"horde",
)  # fmt: skip
"""Mail programs of people, in User-Agent or X-Mailer: administrators write from postmaster's address."""

DAEMON_NAME = _any_of(
    r"mail delivery (?:sub)?system", r"mailer[- ]daemon", r"mail administrator", r"postmaster", r"system administrator"
)

SUBJECT = _any_of(
    r"undeliver(?:able|ed)",
    r"(?:mail|message|delivery|e-?mail)[\w ]{0,20}(?:fail|error|problem|not delivered|delayed|notification|returned)",
    r"fail(?:ure|ed)[\w ]{0,12}(?:notice|mail|deliver)",
    r"returned (?:mail|to sender)",
    r"delivery (?:status|report)",
    r"could not be delivered",
    r"can(?:not|'t) (?:be )?deliver",
    r"(?:message|mail) (?:still )?(?:undelivered|has not yet)",
    r"mail system error", r"non-?deliver", r"delayed mail", r"notice: mail delivery", r"permanent delivery",
    r"unzustellbar", r"zustellung", r"nicht zugestellt",
    r"non remis", r"non recensé", r"échec de la remise", r"n'a pas pu être",
    r"niedostarcz", r"nie dostarcz", r"zwrot",
    r"mancata consegna", r"impossibile recapit", r"no entregado", r"no se ha podido entregar", r"não entreg",
    r"onbestelbaar",
    r"не доставлен", r"недоставлен", r"не может быть доставлен", r"невозможно доставить", r"не удалось доставить",
    r"ошибка доставки", r"сбой доставки", r"возврат",
    r"не дастаўлен", r"недастаўлен", r"памылка дастаўкі", r"не доставлено",
    r"配信", r"送信できません", r"エラー",
)  # fmt: skip
"""Of subjects; believed only where the sender is a mail system, too."""

DELAYED = _any_of(
    r"still being retried",
    r"will (?:continue|keep) (?:to )?(?:try|be)",
    r"delivery (?:attempts? )?(?:will|is|has been) (?:continue|delayed)",
    r"warning message only",
    r"you do not need to resend",
    r"not yet been delivered",
    r"(?:message|mail) (?:has been )?delayed",
    r"доставка (?:сообщения )?(?:задерж|отлож)",
    r"попытки (?:доставки )?(?:будут )?продолж",
)

PASSING = _any_of(
    r"(?:mailbox|quota|inbox|disk|storage|account)[^\n]{0,40}(?:full\b|exceed|over ?quota|limit)",
    r"over ?quota", r"quota exceeded", r"exceeded[\w ]{0,20}(?:quota|storage)", r"out of (?:storage|space)",
    r"insufficient (?:disk|storage|system)", r"not enough (?:disk )?space", r"переполнен",
    r"retry time(?:out)? (?:not )?(?:reached|exceeded)", r"message expired", r"timed? ?out\b",
    r"too many (?:hops|connections|messages|concurrent|errors)", r"(?:frequency|rate)[ -]limit", r"throttl",
    r"grey ?list",
    r"try again later", r"temporar(?:y|ily)", r"(?:routing|mail) loop",
)  # fmt: skip
"""Failures that may pass by themselves, whatever the code says."""

FINAL = _any_of(
    r"(?:user|mailbox|recipient|account|address|addressee|alias)[^\n]{0,60}(?:unknown|unavailable|rejected|disabled|invalid|"
    r"inactive|not (?:found|exist|listed|known|recogni)|doesn.?t (?:exist|have)|does not exist)",
    r"(?:unknown|no such|invalid) (?:user|mailbox|recipient|address|domain|host|local)",
    r"not (?:a valid|our customer)", r"non recensé", r"not listed in", r"host (?:unknown|not found)", r"unroute?able",
    r"permanent (?:fatal )?(?:error|failure)",
    r"нет такого", r"не существует", r"неизвестн", r"не найден", r"отсутствует",
)  # fmt: skip

NAMED = re.compile(
    r"(?:^|\n)[ \t*>-]{0,8}(?:final-recipient|original-recipient|to|for|(?:failed )?recipient|user|кому|получатель)"
    rf"\s*[;:]\s*(?:rfc822\s*;)?\s*<?({ADDRESS})",
    re.IGNORECASE,
)
ALONE = re.compile(
    rf"(?:^|\n)[ \t]{{0,12}}(?:<|\[mailto:)?({ADDRESS})>?\]?[ \t]*(?:\([^\n]{{0,200}}\))?[:;,.]?[ \t]*(?=\n|$|\.\.\.)"
)
ANGLED = re.compile(rf"<({ADDRESS})>\s*[:.,(]")
ANYWHERE = re.compile(rf"({ADDRESS})")

ORIGINAL = re.compile(
    r"\n[ \t>]*(?:-{2,}+[^\n]{0,60}(?:original|copy of|returned|headers|unsent|begin|enclosed|message)[^\n]{0,80}|"
    r"received:|return-path:|message-id:|----- transcript|-{3,} below this line|копия (?:вашего )?сообщения)",
    re.IGNORECASE,
)
"""Where the message that is returned begins."""
