"""4.7: what staff write in the mail programs that there are: done, noted or refused, and nothing else to the client."""

from __future__ import annotations

import email.policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailgate.store.database import Database
from tests.rig.hand import DeskInHand
from tests.rig.house import ANNA, DESK, IVAN, Letter

PHONE = "+375 29 999-99-99"
NOTE = "!заметка\nКлиент сердит."
DONE = "!готово\n\nЗаменили сертификат."
MSO = "<p class=MsoNormal>{}<o:p></o:p></p>"
GMAIL_ABOVE = "пн, 23 нояб. 2026 г. в 10:05, Служба поддержки <support@desk.example>:"
OUTLOOK_ABOVE = (
    "От: Служба поддержки <support@desk.example>\nОтправлено: понедельник, 23 ноября 2026 г. 10:05\n"
    "Кому: Анна Ковалёва <a.kovaleva@desk.example>\nТема: [SD-2026-000001] Не открывается портал"
)
FORWARDED = "От: Иван <ivan@a.example>\nОтправлено: вторник, 24 ноября 2026 г. 10:15\nКому: Анна\nТема: x"


def listed(*lines: str) -> str:
    """List paragraphs as Word writes them."""
    dot = (
        "<span style='mso-list:Ignore'>·<span style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp;&nbsp; </span></span>"
    )
    return "".join(f"<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'>{dot}{line}</p>" for line in lines)


def outlook(*lines: str, more: str = "") -> str:
    """A reply of Outlook: @HTML@ is the notice that it answers."""
    own = "".join(MSO.format(line) for line in lines)
    block = "<br>".join(f"<b>{line.partition(':')[0]}:</b> Служба" for line in OUTLOOK_ABOVE.split("\n"))
    return (
        f"<html><body lang=RU><div class=WordSection1>{own}{more}<div><div style='border-top:solid #E1E1E1 1.0pt'>"
        f"<p class=MsoNormal>{block}</p></div></div>@HTML@</div></body></html>"
    )


def gmail(own: str) -> str:
    """A reply of Gmail."""
    above = GMAIL_ABOVE.replace("<", "&lt;")
    return (
        f'<div dir="ltr">{own}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">{above}<br></div>'
        '<blockquote class="gmail_quote">@HTML@</blockquote></div>'
    )


NOTED = {
    **{f"{before!r} before": f"{before}{NOTE}" for before in (
        "• ", "· \u00a0\u00a0", "o\u00a0\u00a0 ", "* ", "- ", "— ", "1. ", "1) ", "а) ", "1\t", "→ ", "🔒 ",
        "\u200f", "\u202b", "\u2068", "\u00a0\u2009", "\u200c", "\ufeff",
    )},
    **{f"{sign!r} as the sign": NOTE.replace("!", sign) for sign in (
        "！", "﹗", "‼", "❗", "❗\ufe0f", "¡", "! ", "!\u200f", "!\u202f", "!!", "#", "№ ", "/",
    )},
    **{f"within {left}{right}": f"{left}!заметка{right}\nКлиент сердит." for left, right in (
        "**", "__", "``", '""', "«»", "“”", "()", "[]", ("**", "**"), ("*_", "_*"),
        ("\u2068", "\u2069"), ("\u202b", "\u202c"),
    )},
    "typed in capitals": "!ЗАМЕТКА.\nКлиент сердит.",
    "look-alikes": "!nоtе:\nКлиент сердит.",
    "joiners within": "!за\u200cмет\u200dка\nКлиент сердит.",
    "Gmail in plain text, bold": f"*!заметка*\nКлиент сердит.\n\n{GMAIL_ABOVE}\n\n@QUOTED@",
    "between quoted lines": f"{GMAIL_ABOVE}\n> Портал\n!заметка\n> не открывается\nКлиент сердит.",
    "The Bat!": f"{NOTE}\n\nВы писали 23 ноября 2026 г., 10:05:15:\n\nСП> Портал\n\n-- \n Анна   mailto:{ANNA}",
    "a banner above": f"[ВНЕШНЕЕ ПИСЬМО]\n\n{NOTE}",
    "a table": "<table><tr><td>!заметка</td></tr></table><p>Клиент сердит.</p>",
    "a numbered table": "<table><tr><td>1</td><td>!заметка</td></tr></table><p>Клиент сердит.</p>",
    "a list": "<ul><li>!взять</li><li>!заметка</li></ul><div>Клиент сердит.</div>",
    "a numbered list": "<ol><li>!взять</li><li>!заметка</li></ol><div>Клиент сердит.</div>",
    "a list of Word": outlook(more=listed("!взять", "!заметка") + MSO.format("Клиент сердит.")),
    "Word, spaces and bold": outlook("&nbsp;<b>!&nbsp;заметка</b>", "Клиент сердит."),
    "Word, in pieces": outlook("<span lang=EN-US>!</span><span>за</span><span>метка</span>", "Клиент сердит."),
}  # fmt: skip

COMPLETED = {
    "Gmail": gmail("!готово<div><br></div><div>Заменили сертификат.</div>"),
    "Gmail with a signature": gmail(
        "!готово<div>Заменили сертификат.</div><span class='gmail_signature_prefix'>-- </span><br>"
        f"<div class='gmail_signature' data-smartmail='gmail_signature'>Анна<br>{PHONE}</div>"
    ),
    "Outlook": outlook("!готово", "&nbsp;", "Заменили сертификат.", "&nbsp;", "С уважением,", "Анна", PHONE),
    "Outlook, its own signature": outlook(
        "!готово", "Заменили сертификат.", f"<a name='_MailAutoSig'>Отдел сопровождения</a><br>{PHONE}"
    ),
    "Outlook on the web": f"<div>!готово</div><div>Заменили сертификат.</div><div id='Signature'>Анна<br>{PHONE}</div>",
    "Outlook in plain text": f"{DONE}\n\n{OUTLOOK_ABOVE}\n\n@TEXT@",
    "Thunderbird, below the quote": f"23.11.2026 10:05, Служба пишет:\n@QUOTED@\n\n{DONE}\n-- \nАнна\n{PHONE}",
    "an iPhone": f"{DONE}\n\nОтправлено с iPhone\n\n> {GMAIL_ABOVE}\n> \n@QUOTED@",
    "Yandex": f'{DONE}\n\n23.11.2026, 10:05, "Служба" <support@desk.example>:\n@QUOTED@\n\n-- \nАнна\n{PHONE}',
    "Mail.ru": f"{DONE}\n\n--\nАнна\nОтправлено из Почты Mail.ru\n\n>Понедельник, 23 ноября 2026 от С:\n>\n@QUOTED@",
    "K-9": f"{DONE}\n-- \nОтправлено с телефона\n\n-------- Исходное сообщение --------\n{OUTLOOK_ABOVE}\n\n@TEXT@",
    "a card below the name": f"{DONE}\n\nКовалёва Анна Ивановна\nинженер\n{PHONE}\n\n{GMAIL_ABOVE}\n@QUOTED@",
    "the client's commands below": f"{DONE}\n\n> !отклонить\n> !заметка",
}

REFUSED = {
    "nothing": "",
    "a signature alone": f"-- \nАнна\n{PHONE}",
    "a quote alone": f"{GMAIL_ABOVE}\n\n@QUOTED@",
    "an unmarked quote alone": f"{OUTLOOK_ABOVE}\n\n@TEXT@",
    "an unmarked quote alone, of HTML": outlook("&nbsp;"),
    "a forwarded command": f"---------- Forwarded message ---------\n{FORWARDED}\n\n{DONE}",
    "a forwarded command of Outlook": f"{FORWARDED}\n\n{DONE}",
    "a forwarded mail": f"---------- Пересланное сообщение ---------\n{FORWARDED}\n\nКлиент сердит.",
    "a client's command, unmarked": f"24.11.2026 10:15, Иван Петров <{IVAN}> пишет:\n\n{DONE}",
    "a quote of a program unknown": "Ok\n\nSupport @ Monday\n\n@TEXT@",
    "a signature above": f"-- \nАнна\n{PHONE}\n\n{NOTE}",
    "a greeting above": f"Коллега, добрый день.\n\n{NOTE}",
    "a list below a greeting": f"<p>Коллега,</p><ul><li>!заметка</li></ul><p>Клиент сердит. {PHONE}</p>",
    "a beginning below text": "Заменили.\n\n!замет\nКлиент сердит.",
    "within a line": "Заменили сертификат. !заметка Клиент сердит.",
    "two on a line": "!взять !заметка\nКлиент сердит.",
    "a note in the subject of a part": "!разделить Портал !заметка\nКлиент сердит.",
    "text on the line": "!заметка Клиент сердит.",
    "without a sign": "Заметка\nКлиент сердит.",
    "without Shift": "1заметка\nКлиент сердит.",
    "a sign alone": f"!\n{NOTE[1:]}",
    "in another layout": "!pfvtnrf\nКлиент сердит.",
}


@pytest.fixture
def hand(config: Path, sqlite_database: Database) -> DeskInHand:
    """A request was registered."""
    hand = DeskInHand(config, sqlite_database)
    hand.write(IVAN, "Не открывается портал", "Портал не открывается с утра.")
    return hand


def send(hand: DeskInHand, written: str, **more: str) -> list[Letter]:
    """Anna answers the notice of it. Gives what the client was sent then."""
    notice, before = hand.last(ANNA, "staff_new"), len(hand.told(IVAN))
    html = notice.message.get_body(("html",))
    assert html is not None
    shown = str(html.get_content()).partition("<body>")[2].partition("</body>")[0]
    quoted = "\n".join(f"> {line}" for line in notice.text.splitlines())
    written = written.replace("@TEXT@", notice.text).replace("@QUOTED@", quoted).replace("@HTML@", shown)
    message = EmailMessage(policy=email.policy.SMTP)
    message["Authentication-Results"] = "mx.desk.example; dmarc=pass header.from=desk.example"
    message["From"], message["To"], message["Subject"] = ANNA, DESK, f"Re: {notice['Subject']}"
    message["Message-ID"], message["In-Reply-To"] = "<1.programs@desk.example>", notice["Message-ID"]
    message.set_content(written, subtype="html" if written.startswith("<") else "plain")
    for name, value in more.items():
        message[name.replace("_", "-")] = value
    hand.receive(message.as_bytes())
    return hand.told(IVAN)[before:]


@pytest.mark.parametrize("program", NOTED)
def test_4_7_a_note_is_a_note_however_it_is_written(hand: DeskInHand, program: str) -> None:
    told = send(hand, NOTED[program])

    assert hand.events()[-1] == "noted"
    assert "сердит" not in "".join(letter.text for letter in told)
    assert [each["new_text"] for each in hand.show()["messages"] if each["kind"] == "note"] == ["Клиент сердит."]


@pytest.mark.parametrize("program", COMPLETED)
def test_5_1_the_client_reads_what_was_done_and_nothing_else(hand: DeskInHand, program: str) -> None:
    (letter,) = send(hand, COMPLETED[program])

    assert letter.name == "completed"
    assert letter.text.count("Заменили сертификат.") == 1
    said = letter.text.replace("\r", "").partition("  — Анна Ковалёва\n")[0].split("\n\n")
    assert [part.strip() for part in said[1:]] == ["Заменили сертификат.", ""]
    assert PHONE not in letter.text


@pytest.mark.parametrize("program", REFUSED)
def test_4_7_what_cannot_be_told_for_certain_is_refused_and_nothing_is_sent(hand: DeskInHand, program: str) -> None:
    before = hand.events()

    assert not send(hand, REFUSED[program])

    assert hand.events() == before
    assert hand.last(ANNA, "staff_error")


def test_4_8_staff_who_are_away_say_nothing_to_the_client(hand: DeskInHand) -> None:
    assert not send(hand, "Меня нет до 1 декабря.", Auto_Submitted="auto-replied")


@pytest.mark.parametrize(
    "text", ["Позвонит инженер:\n\nАнна Ковалёва\nтел. 1", "Введите «!готово» или (!help).", "! важно"]
)
def test_4_7_what_only_looks_like_a_command_or_a_card_goes_to_the_client(hand: DeskInHand, text: str) -> None:
    (letter,) = send(hand, f"Добрый день.\n{text}")

    assert text.split("\n")[-1] in letter.text
