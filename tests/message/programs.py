"""Replies as mail programs compose them, of the words in `tongues`. `replies` reads them."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from tests.message.tongues import ADDR, NA, NAME, Tongue

QUOTED = (
    "Ваш запрос SD-2026-000042 в работе.\n\nОтветьте на это письмо до четверга.\n\nЗапрос: SD-2026-000042\nТип: прочее",
    "Your request SD-2026-000042 is worked on.\n\nAnswer by Thursday.\n\n-- \nSupport Desk, support@desk.example",
)
ME = ("Ivan Petrov", "+375 29 123-45-67")


@dataclass(frozen=True)
class Words:
    """What goes into one reply."""

    tongue: Tongue
    new: str
    quoted: str
    sign: bool

    @property
    def signature(self) -> str:
        """The closing phrase, name and phone, below an empty line."""
        return f"\n\n{self.tongue.closing}\n{ME[0]}\n{ME[1]}" if self.sign else ""

    @property
    def delimited(self) -> str:
        """The signature that a program adds itself."""
        return f"\n\n-- \n{ME[0]}\n{ME[1]}" if self.sign else ""


def marked(text: str, mark: str = "> ") -> str:
    return "\n".join(f"{mark}{line}".rstrip() for line in text.split("\n"))


def headers(words: Words, names: tuple[str, str, str, str] | None = None, space: str = "") -> list[tuple[str, str]]:
    """The block of quoted headers: name, value."""
    values = (NA, words.tongue.sent, "Ivan Petrov <ivan@alfa.example>", "Re: [SD-2026-000042] Portal")
    return [(f"{name}{space}", value) for name, value in zip(names or words.tongue.names, values, strict=True)]


def html(text: str, block: str = "div", attributes: str = "") -> str:
    lines = (f"<{block}{attributes}>{escape(line) or '<br>'}</{block}>" for line in text.split("\n"))
    return "".join(lines)


def gmail(w: Words) -> str:
    attribution = "\n".join(textwrap.wrap(w.tongue.gmail, 78, break_long_words=False, break_on_hyphens=False))
    return f"{w.new}{w.signature}\n\n{attribution}\n\n{marked(w.quoted)}\n"


def gmail_html(w: Words) -> str:
    sign = (
        '<br clear="all"><div><br></div><span class="gmail_signature_prefix">-- </span><br><div dir="ltr" '
        f'class="gmail_signature" data-smartmail="gmail_signature">{html(ME[0])}</div>'
    )
    return (
        f'<div dir="ltr">{html(w.new)}{sign if w.sign else ""}</div><br><div class="gmail_quote gmail_quote_container">'
        f'<div dir="ltr" class="gmail_attr">{escape(w.tongue.gmail)}<br></div><blockquote class="gmail_quote" '
        'style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">'
        f"{html(w.quoted)}</blockquote></div>"
    )


def outlook(w: Words) -> str:
    block = "\n".join(f"{name}: {value}" for name, value in headers(w))
    return f"{w.new}{w.signature}\n\n-----{w.tongue.original}-----\n{block}\n\n{w.quoted}\n"


def outlook_rule(w: Words) -> str:
    block = "\n".join(f"{name}: {value}" for name, value in headers(w))
    return f"{w.new}{w.signature}\n\n{'_' * 32}\n{block}\n\n{w.quoted}\n"


def outlook_bare(w: Words) -> str:
    block = "\n".join(f"{name}: {value}" for name, value in headers(w))
    return f"{w.new}{w.signature}\n\n{block}\n\n{w.quoted}\n"


def _outlook_block(w: Words) -> str:
    return " <br>".join(f"<b>{name}:</b> {escape(value)}" for name, value in headers(w))


def outlook_html(w: Words) -> str:
    own = html(w.new + w.signature, "p", " class=MsoNormal")
    return (
        f'<html><body lang=RU link="#0563C1"><div class=WordSection1>{own}<p class=MsoNormal><o:p>&nbsp;</o:p></p><div>'
        "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p class=MsoNormal>"
        f"{_outlook_block(w)}<o:p></o:p></p></div></div><p class=MsoNormal><o:p>&nbsp;</o:p></p>"
        f"{html(w.quoted, 'p', ' class=MsoNormal')}</div></body></html>"
    )


def outlook_phone(w: Words) -> str:
    return (
        f'<div dir="auto">{html(w.new)}</div><div id="ms-outlook-mobile-signature" dir="auto"><div><br></div>Get '
        '<a href="https://aka.ms/AAb9ysg">Outlook for Android</a></div><hr style="display:inline-block;width:98%" '
        f'tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif">{_outlook_block(w)}</font>'
        f"<div>&nbsp;</div></div>{html(w.quoted)}"
    )


def yandex(w: Words) -> str:
    return f'{w.new}{w.delimited}\n\n23.11.2026, 10:05, "{NAME}" <{ADDR}>:\n\n{marked(w.quoted)}\n'


def yandex_html(w: Words) -> str:
    sign = f"<div>-- </div><div>{w.tongue.closing}</div><div>{ME[0]}</div>" if w.sign else ""
    return (
        f"{html(w.new)}<div> </div>{sign}<div> </div><div>23.11.2026, 10:05, &quot;{NAME}&quot; &lt;{ADDR}&gt;:</div>"
        f"<blockquote>{html(w.quoted)}</blockquote>"
    )


def yandex_phone(w: Words) -> str:
    sign = "<div><br /></div><div>-- <br />Отправлено из мобильного приложения Яндекс Почты</div>"
    return (
        f"{html(w.new)}{sign}<div><br /></div><div>23.11.2026, 10:05, {NAME} &lt;{ADDR}&gt;:<br /></div>"
        f"<blockquote>{html(w.quoted)}</blockquote>"
    )


MAIL_RU = f"Понедельник, 23 ноября 2026, 10:05 +03:00 от {NA}:"


def mail_ru(w: Words) -> str:
    return f"{w.new}{w.signature}\n\n\n{marked(f'{MAIL_RU}{chr(10)} {chr(10)}{w.quoted}', '>')}\n"


def mail_ru_html(w: Words) -> str:
    widget = '<div data-signature-widget="container"><div data-signature-widget="content">'
    sign = f"{widget}<div>--<br>{ME[0]}</div></div></div>" if w.sign else ""
    return (
        f'<HTML><BODY>{html(w.new)}<div>&nbsp;</div>{sign}<div>&nbsp;</div><blockquote style="border-left:1px solid '
        f'#0857A6;margin:10px;padding:0 0 0 10px;">{escape(MAIL_RU)}<br>&nbsp;<div>{html(w.quoted)}</div></blockquote>'
        "</BODY></HTML>"
    )


def mail_ru_phone(w: Words) -> str:
    return f"{w.new}\n\n--\nОтправлено из Mail.ru для Android\n\n{MAIL_RU}\n\n{w.quoted}\n"


def apple(w: Words) -> str:
    return f"{w.new}{w.signature}\n\n{marked(f'{w.tongue.apple}{chr(10)}{chr(10)}{w.quoted}')}\n"


def apple_html(w: Words) -> str:
    return (
        f'<html><body style="overflow-wrap: break-word;">{html(w.new + w.signature)}<br><div><blockquote type="cite">'
        f'<div>{escape(w.tongue.apple)}</div><br class="Apple-interchange-newline"><div>{html(w.quoted)}</div>'
        "</blockquote></div><br></body></html>"
    )


def iphone(w: Words) -> str:
    return f"{w.new}\n\n{w.tongue.iphone}\n\n{marked(f'{w.tongue.apple}{chr(10)}{chr(10)}{w.quoted}')}\n"


def iphone_html(w: Words) -> str:
    return (
        f'<html><body dir="auto">{html(w.new)}<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">'
        f'{escape(w.tongue.iphone)}</div><div dir="ltr"><br><blockquote type="cite">{escape(w.tongue.apple)}<br><br>'
        f'</blockquote></div><blockquote type="cite"><div dir="ltr">{html(w.quoted)}</div></blockquote></body></html>'
    )


def thunderbird(w: Words) -> str:
    return f"{w.tongue.thunderbird}\n{marked(w.quoted)}\n\n{w.new}{w.delimited}\n"


def thunderbird_above(w: Words) -> str:
    return f"{w.new}{w.delimited}\n\n{w.tongue.thunderbird}\n{marked(w.quoted)}\n"


def thunderbird_html(w: Words) -> str:
    return (
        f'<html><body><p>{"<br>".join(escape(w.new).split(chr(10)))}</p><div class="moz-cite-prefix">'
        f'{escape(w.tongue.thunderbird)}<br></div><blockquote type="cite" cite="mid:1@desk.example">'
        f"{html(w.quoted, 'p')}</blockquote></body></html>"
    )


def between(w: Words) -> str:
    """Answers between the quoted lines; each paragraph of the new text answers another."""
    quotes = [each for each in w.quoted.split("\n\n") if not each.startswith("-- ")]
    answers = w.new.split("\n\n")
    pairs = itertools.zip_longest(quotes[: max(len(answers), 1)], answers, fillvalue="")
    body = "\n\n".join(f"{marked(quote) if quote else ''}\n\n{answer}".strip("\n") for quote, answer in pairs)
    return f"{w.tongue.thunderbird}\n{body}\n"


def the_bat(w: Words) -> str:
    return (
        f"Здравствуйте, Support.\n\nВы писали 23 ноября 2026 г., 10:05:42:\n\n{marked(w.quoted, 'SD> ')}\n\n{w.new}\n\n"
        f"-- \nС уважением,\n {ME[0]}                          mailto:ivan@alfa.example\n"
    )


def the_bat_english(w: Words) -> str:
    return (
        f"Hello Support,\n\nMonday, November 23, 2026, 10:05:42 AM, you wrote:\n\n{marked(w.quoted, 'SD> ')}\n\n"
        f"{w.new}\n\n-- \nBest regards,\n {ME[0]}                            mailto:ivan@alfa.example\n"
    )


def zimbra(w: Words) -> str:
    rows = headers(w)
    block = "\n".join(f"{name}: {value}" for name, value in (rows[0], rows[2], rows[1], rows[3]))
    return f"{w.new}{w.delimited}\n\n----- {w.tongue.original} -----\n{block}\n\n{w.quoted}\n"


def zimbra_html(w: Words) -> str:
    block = "".join(f"<b>{name}: </b>{escape(value)}<br>" for name, value in headers(w))
    return (
        f'<html><body><div style="font-family: arial">{html(w.new)}<div><br></div><hr id="zwchr" '
        f'data-marker="__DIVIDER__"><div data-marker="__HEADERS__">{block}</div><div><br></div>'
        f'<div data-marker="__QUOTED_TEXT__">{html(w.quoted)}</div></div></body></html>'
    )


def roundcube(w: Words) -> str:
    return f"{w.new}{w.delimited}\n\n{w.tongue.roundcube}\n{marked(w.quoted)}\n"


def roundcube_html(w: Words) -> str:
    return (
        f'<html><body>{html(w.new, "p")}<p id="reply-intro">{escape(w.tongue.roundcube)}</p><blockquote type="cite" '
        'style="padding: 0 0.4em; border-left: #1010ff 2px solid; margin: 0">'
        f"{html(w.quoted)}</blockquote></body></html>"
    )


def samsung(w: Words) -> str:
    block = "\n".join(f"{name}: {value}" for name, value in headers(w, space=" " if w.tongue.names[0] == "De" else ""))
    return f"{w.new}\n\n{w.tongue.android}\n\n\n-------- {w.tongue.original} --------\n{block}\n\n{w.quoted}\n"


def app_advert(w: Words) -> str:
    adverts = w.tongue.adverts or (w.tongue.android,)
    return f"{w.new}\n\n{adverts[len(w.new) % len(adverts)]}\n\n{w.tongue.gmail}\n{marked(w.quoted)}\n"


PROGRAMS: dict[str, Callable[[Words], str]] = {
    each.__name__: each
    for each in (
        gmail, gmail_html, outlook, outlook_rule, outlook_bare, outlook_html, outlook_phone, yandex, yandex_html,
        yandex_phone, mail_ru, mail_ru_html, mail_ru_phone, apple, apple_html, iphone, iphone_html, thunderbird,
        thunderbird_above, thunderbird_html, between, the_bat, the_bat_english, zimbra, zimbra_html, roundcube,
        roundcube_html, samsung, app_advert,
    )
}  # fmt: skip
GREETS = {"the_bat": "Здравствуйте, Support.\n\n", "the_bat_english": "Hello Support,\n\n"}
