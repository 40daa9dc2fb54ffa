"""What is new in a mail: quotes, signatures and adverts of all sorts of programs go, the writer's words stay."""

from __future__ import annotations

import pytest

from mailgate.message.body import new_text, newly_written
from mailgate.message.html import to_text
from mailgate.message.parse import parse
from tests.rig.effort import cpu_seconds

REPLIES = {
    "Outlook": (
        "Портал не открывается.\n\nС уважением,\nИван Петров\nОАО «Альфа»\n+375 29 1234567\n\n"
            "От: Служба <s@desk.example>\n"
        "Отправлено: вторник, 24 ноября 2026 г. 10:15\nКому: Иван Петров <i@alfa.example>\n"
            "Тема: [SD-2026-000042] Запрос\n\nСтарое.",
        "Портал не открывается.",
    ),
    "Outlook in English": ("Ok\n\nFrom: Desk\nSent: Tuesday, November 24, 2026 10:15 AM\nTo: Ivan\nSubject: x\n"
        "\nold", "Ok"),
    "Outlook in German": (
        "Ja.\n\nMit freundlichen Grüßen\nMax\n\n-----Ursprüngliche Nachricht-----\nVon: Desk\nGesendet: Montag\n"
            "An: Max\nBetreff: x\n\nalt",
        "Ja.",
    ),
    "Outlook for Android": (
        "Ок\n\nПолучить Outlook для Android<https://aka.ms/x>\n________________________________\nОт: Служба\n"
            "Отправлено: вчера\n"
        "Кому: И\nТема: т\n\nстарое",
        "Ок",
    ),
    "Yandex": (
        'Договор 15/3.\n\n24.11.2026, 10:15, "Служба" <s@desk.example>:\n> Номер?\n> С уважением\n',
        "Договор 15/3.",
    ),
    "Yandex on a phone": (
        "Да\n\n-- \nОтправлено из мобильного приложения Яндекс.Почты\n\n24.11.2026, 10:15, С <s@d.example>:\nстарое",
        "Да",
    ),
    "Mail.ru": (
        "Подтверждаю\n\n--\nИван\nОтправлено из Почты Mail.ru\n\n"
            ">Вторник, 24 ноября 2026, 10:15 +03:00 от С <s@d.example>:\n> \n>Старое\n",
        "Подтверждаю",
    ),
    "Mail.ru without marks": ("Да\n\nВторник, 24 ноября 2026, 10:15 +03:00 от С <s@d.example>:\n\nстарое\nи ещё", "Да"),
    "Apple": ("Да!\n\nОтправлено с iPhone\n\n> 24 нояб. 2026 г., в 10:15, С <s@d.example> написал(а):\n> \n"
        "> Старое\n", "Да!"),
    "Thunderbird": ("да\n\n24.11.2026 10:15, Служба поддержки пишет:\n> Старое\n", "да"),
    "Thunderbird in Belarusian": ("так\n\n24.11.2026 10:15, Служба падтрымкі піша:\n> Старое\n", "так"),
    "Gmail": ("Да.\n\nвт, 24 нояб. 2026 г. в 10:15, Служба <s@desk.example>:\n\n> Старое\n>\n", "Да."),
    "Gmail in Belarusian": ("Так.\n\nаў, 24 ліс 2026 г. у 10:15 Служба <s@d.example> піша:\n\n> Старое\n", "Так."),
    "Gmail in Ukrainian": ("Так.\n\nвт, 24 лист. 2026 р. о 10:15 Служба <s@d.example> пише:\n\n> Старе\n", "Так."),
    "Gmail in Polish": ("Tak.\n\nwt., 24 lis 2026 o 10:15 Desk <s@d.example> napisał(a):\n\n> Stare\n", "Tak."),
    "Gmail in French": ("Oui.\n\nLe mar. 24 nov. 2026 à 10:15, Desk <s@d.example> a écrit :\n\n> Vieux\n", "Oui."),
    "The Bat!": (
        "Здравствуйте, Анна.\n\nВы писали 24 ноября 2026 г., 10:15:15:\n\nСП> Номер договора?\n\n15/3\n\n"
            "СП> Время ошибки?\n\n12:00\n\n"
        "-- \nС уважением,\n Иван                          mailto:ivan@alfa.example",
        "Здравствуйте, Анна.\n\n15/3\n\n12:00",
    ),
    "Zimbra": (
        'Готово\n\n----- Исходное сообщение -----\nОт: "С" <s@d>\nКому: i@a\nОтправленные: Вторник\nТема: x\n\nстарое',
        "Готово",
    ),
    "Roundcube": ("Хорошо\n\nСлужба писал 2026-11-24 10:15:\n> старое\n", "Хорошо"),
    "Samsung": (
        "Ок\n\n\nОтправлено со смартфона Samsung Galaxy.\n\n-------- Исходное сообщение --------\nОт: С <s@d>\n"
            "Дата: 24.11.2026\nТема: x\n\nст",
        "Ок",
    ),
    "a wrapped attribution": ("Yes\n\nOn Tue, Nov 24, 2026 at 10:15 AM Some Very Long Name\n<s@desk.example>\n"
        "wrote:\n\n> old", "Yes"),
    "Outlook for Android in Belarusian": ("Так\n\nАтрымаць Outlook для Android<https://aka.ms/x>", "Так"),
    "Yandex with headers": (
        "Да\n\n----------------\nКому: Иван (ivan@alfa.example);\nТема: [SD-2026-000042] Портал не работает;\n"
        '24.11.2026, 10:15, "Служба" <s@desk.example>:\n\nстарое', "Да",
    ),
    "Yandex, the time first": ("Да\n\n10:15, 24 ноября 2026 г., Служба <s@desk.example>:\n\nстарое", "Да"),
    "HCL Notes": (
        "Да\n\n-----Служба <s@desk.example> написал(а): -----\nКому: i@alfa.example\nОт: Служба <s@desk.example>\n"
        "Дата: 24.11.2026 10:15\nТема: x\n\nстарое", "Да",
    ),
    "Bitrix24": ("Да\n\nОтправлено из Битрикс24\n\n24.11.2026 10:15, С пишет:\n> старое", "Да"),
    "a shortened closing": ("Не печатает.\n\nС ув., Иван\n+375 29 1", "Не печатает."),
    "another desk": ("Да\n\n##- Пожалуйста, введите ответ выше этой строки -##\n\nстарое", "Да"),
    "a mailing list": ("Hello\n\n_______________________________________________\nx mailing list\n"
        "x@lists.example", "Hello"),
}  # fmt: skip


@pytest.mark.parametrize("program", REPLIES)
def test_quotes_and_signatures_of_every_program_go(program: str) -> None:
    text, new = REPLIES[program]

    assert newly_written(text) == new


HTML_REPLIES = {
    "Samsung": (
        '<div dir="auto">Да</div><div id="composer_signature" dir="auto">Отправлено с моего Galaxy</div><div><br></div>'
        "<div>-------- Исходное сообщение --------</div><div>От: С &lt;s@d&gt; </div><div>Дата: 24.11.26 10:15 </div>"
        "<div>Кому: И </div><div>Тема: x </div>старое",
        "Да",
    ),
    "Yandex": (
        '<div>Договор 15/3.</div><div> </div><div>24.11.2026, 10:15, "С" &lt;s@d.example&gt;:</div><blockquote>'
        "<div>Номер?</div></blockquote><div> </div><div>-- </div><div>С уважением, Иван</div>",
        "Договор 15/3.",
    ),
    "Mail.ru": (
        "<HTML><BODY><div>Не работает</div><div>&nbsp;</div><div>--<br>Иван</div>"
        '<blockquote style="border-left:1px solid #0857A6">'
        "Вторник, 24 ноября 2026, 10:15 +03:00 от С &lt;s@d&gt;:<br><div>старое</div></blockquote></BODY></HTML>",
        "Не работает",
    ),
    "Gmail": (
        '<div dir="ltr">Да</div><br><div class="gmail_quote"><div class="gmail_attr">вт, 24 нояб. 2026 г. в 10:15, С '
        '&lt;<a href="mailto:s@d.example">s@d.example</a>&gt;:<br></div>'
        '<blockquote class="gmail_quote">старое</blockquote></div>',
        "Да",
    ),
    "Outlook": (
        "<p class=MsoNormal>Не работает.<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p>"
        '<div style="border-top:solid #E1E1E1 1.0pt"><p class=MsoNormal><b>From:</b> Desk &lt;s@d&gt;<br>'
        "<b>Sent:</b> Tuesday<br><b>To:</b> Ivan<br><b>Subject:</b> x</p></div><p class=MsoNormal>old</p>",
        "Не работает.",
    ),
    "Outlook on the web": (
        '<div>Да</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>От:</b> С &lt;s@d&gt;<br>'
        "<b>Отправлено:</b> 24 ноября<br><b>Кому:</b> И<br><b>Тема:</b> т</div><div>старое</div>",
        "Да",
    ),
}  # fmt: skip


@pytest.mark.parametrize("program", HTML_REPLIES)
def test_quotes_in_html_go(program: str) -> None:
    html, new = HTML_REPLIES[program]

    assert newly_written(to_text(html)) == new


def test_answers_between_quoted_lines_survive_whole() -> None:
    quoted = "24.11.2026, 10:15, С <s@d.example>:\n> Номер?\n15/3\n> Когда?\n"
    text = quoted + "Вчера в 10:15.\nИ сегодня.\n> Телефон?\n+375 29 1\n"

    assert newly_written(text) == "15/3\n\nВчера в 10:15.\nИ сегодня.\n\n+375 29 1"


BANNERS = {
    "a marker": "[EXTERNAL]",
    "a Russian marker": "*** ВНЕШНЕЕ ПИСЬМО ***",
    "a warning": "Внимание! Внешнее письмо. Не открывайте вложения и не переходите по ссылкам.",
    "a wrapped warning": "CAUTION: This email originated from outside of\nthe organization. Do not click links\n"
    "or open attachments unless you recognize the sender.",
    "Outlook": "You don't often get email from i@alfa.example. Learn why this is important<https://aka.ms/x>",
    "Outlook in Russian": "Вы нечасто получаете письма от i@alfa.example. Узнайте, почему это важно<https://x>",
}


@pytest.mark.parametrize("banner", BANNERS.values(), ids=BANNERS)
@pytest.mark.parametrize("space", ["\n", "\n\n"])
def test_what_a_server_puts_above_a_mail_is_not_what_its_writer_says(banner: str, space: str) -> None:
    assert newly_written(f"{banner}{space}Подтверждаю") == "Подтверждаю"


DISCLAIMERS = [
    "КОНФИДЕНЦИАЛЬНО. Сообщение предназначено только адресату. Если Вы не являетесь получателем, удалите его.",
    "Если Вы получили это письмо по ошибке, пожалуйста, удалите его.",
    "This e-mail and any attachments are confidential. If you are not the intended recipient,\nplease delete it.",
    "Please consider the environment before printing this e-mail.",
    "Пожалуйста, подумайте об окружающей среде, прежде чем печатать это письмо.",
]


@pytest.mark.parametrize("disclaimer", DISCLAIMERS)
def test_what_an_organisation_puts_below_each_mail_is_not_what_its_writer_says(disclaimer: str) -> None:
    assert newly_written(f"Подтверждаю\n\n{disclaimer}\n") == "Подтверждаю"


PROSE = [
    "Внешнее письмо не доходит до бухгалтерии.\n\nПомогите",
    "External email is not delivered to us.\n\nHelp",
    "Внимание! Сообщение об ошибке: не открывайте файл вручную",
    "This message was sent from outside our network and never arrived.\n\nWhy?",
    "Добрый день.\n\nЭто письмо предназначено получателю из бухгалтерии, но не приходит.",
    "Информация о получателе неверна, удалите её.",
    "Не могу войти.\n\n24.11.2026 10:15 ошибка входа user@alfa.example:\naccess denied\n\nПомогите",
    "Потери:\n\n| узел | потери |\n|---|---|\n| a | 5% |\n\nПомогите",
    "От: меня лично большая благодарность.\nКому: всем\n\nТема закрыта.",
    "Коллеги,\n\nвчера в 10:15 Иван писал:\nсервер упал\nчто делать?",
    "Прошу с уважением отнестись к просьбе.\nС уважением к вам отношусь, но проблема осталась.",
    "Клиент: ОАО Альфа\nУслуга: Портал\nТема: Не входит\nСрочность: высокая\n\nНе могу войти.",
    "Пункты:\n-----------------\nодин\n-----------------\nдва",
    "From: the beginning it was broken.",
    "Отправлено с нашего телефона письмо не дошло, проверьте.",
    "The notification was sent from my iPhone app to all users.\nIt failed.",
    "Sent from my desk, is much easier than my mobile phone.",
    "Нужны:\n- сервер\n- диск\n-Минск",
    "On Monday we wrote to you: nothing happened.",
    "Ошибка: a -> b > c",
]


@pytest.mark.parametrize("text", PROSE)
def test_prose_that_only_looks_like_a_quote_survives(text: str) -> None:
    assert newly_written(text) == text


def test_a_postscript_below_the_signature_survives() -> None:
    assert newly_written("Текст\n\nС уважением,\nИван\n\nP.S. Номер 5.") == "Текст\n\nP.S. Номер 5."


def test_a_bare_forward_is_new_as_a_whole_and_a_comment_above_it_alone() -> None:
    forward = "---------- Пересылаемое сообщение ----------\nОт: кто\nДата: вчера\nТема: т\n\nТекст ошибки"

    assert newly_written(forward) == forward
    assert newly_written("Посмотрите\n\n" + forward) == "Посмотрите"


def test_an_answer_of_quotes_alone_says_nothing() -> None:
    assert newly_written("24.11.2026, 10:15, С <s@d.example>:\n> Номер?\n") == ""


def test_pgp_signed_text_is_read_without_its_armour() -> None:
    signature = "-----BEGIN PGP SIGNATURE-----\n\niD8=\n-----END PGP SIGNATURE-----"
    text = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n\nHello\n{signature}"

    assert newly_written(text) == "Hello"


def test_new_text_of_a_message_reads_its_html_where_there_is_no_plain_text() -> None:
    message = parse("Content-Type: text/html; charset=utf-8\n\n<p>Да</p><blockquote>старое</blockquote>".encode())

    assert new_text(message) == "Да"


HOSTILE = {
    "digits": "1" * 1_000_000,
    "attributions": "On 2020-01-01 10:00 a@b\n" * 41_000,
    "attributions in one line": "On 2020-01-01 10:00 " * 50_000,
    "colons": "a:\n" * 333_000,
    "dates": "1.1.2020 10:00 a@b:\n" * 50_000,
    "quote marks": ">\n" * 500_000,
    "header lines": "От: a\nКому: b\nx\n" * 62_000,
    "adverts": "Отправлено с телефона и\n" * 41_000,
    "closings": "С уважением,\n" * 76_000,
    "delimiters": "-- \nx\n" * 166_000,
    "rules": ("_" * 20 + "\n") * 47_000,
    "spaces": " " * 1_000_000,
    "spaces before a word": f"a\n\n{' ' * 199_000}ab",
    "blank lines": "\n" * 1_000_000,
    "armour": "-----BEGIN PGP SIGNED MESSAGE-----\nHash: x\n" * 22_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_s20_a_megabyte_of_hostile_text_takes_a_second_at_most(name: str) -> None:
    assert cpu_seconds(lambda: newly_written.__wrapped__(HOSTILE[name])) < 1
