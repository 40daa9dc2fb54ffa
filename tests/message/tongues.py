"""What people and their mail programs write in each language: the words of which `programs` makes replies.

The tables are written from what the programs do, and not from what mailgate looks for.
"""

from __future__ import annotations

from dataclasses import dataclass, field

NAME, ADDR = "Support Desk", "support@desk.example"
NA = f"{NAME} <{ADDR}>"


@dataclass(frozen=True)
class Tongue:
    """One language. Attributions have been written out for Monday, 23 November 2026, 10:05."""

    gmail: str
    thunderbird: str
    apple: str
    roundcube: str
    names: tuple[str, str, str, str]
    """From, Sent, To, Subject as Outlook translates them."""
    sent: str
    """The moment as Outlook writes it."""
    original: str
    """Of "-----Original Message-----"."""
    closing: str
    iphone: str
    android: str
    prose: tuple[str, ...]
    """Texts of clients, some of which look like headers, attributions, signatures or adverts."""
    adverts: tuple[str, ...] = field(default=())


TONGUES = {
    "ru": Tongue(
        f"пн, 23 нояб. 2026 г. в 10:05, {NA}:", f"23.11.2026 10:05, {NAME} пишет:",
        f"23 нояб. 2026 г., в 10:05, {NA} написал(а):", f"{NAME} писал 2026-11-23 10:05:",
        ("От", "Отправлено", "Кому", "Тема"), "23 ноября 2026 г. 10:05", "Исходное сообщение",
        "С уважением,", "Отправлено с iPhone", "Отправлено с моего телефона Galaxy",
        (
            "Добрый день!\n\nПортал так и не открывается.",
            "Тема: не открывается отчёт\nСрочность: высокая\n\nВчера в 10:05 всё работало.",
            "От кого ждать ответа: от вас или от бухгалтерии?\nОтправлено два письма, ответа нет.",
            "Отправлено с сервера 5 писем, дошло 3.\nС уважением отношусь к вашей работе, но прошу ускорить.",
            "Вчера, 22.11.2026 в 18:30, Иванов написал: «не работает».\nЧто делать:\n1. ждать;\n2. звонить.",
            "Кому: бухгалтерии\nДата: 25.11.2026\nОплатить до пятницы.",
        ),
        (
            "Отправлено из мобильной Почты Mail.ru", "Отправлено из Яндекс Почты для мобильных",
            "Отправлено из Mail.ru для Android",
        ),
    ),
    "be": Tongue(
        f"пн, 23 ліс 2026 г. у 10:05 {NA} піша:", f"23.11.2026 10:05, {NAME} піша:",
        f"23 ліс 2026 г., у 10:05, {NA} напісаў(-ла):", f"{NAME} пісаў 2026-11-23 10:05:",
        ("Ад", "Адпраўлена", "Каму", "Тэма"), "23 лістапада 2026 г. 10:05", "Зыходнае паведамленне",
        "З павагай,", "Адпраўлена з iPhone", "Адпраўлена з майго тэлефона Galaxy",
        (
            "Добры дзень!\n\nПартал так і не адкрываецца.",
            "Тэма: не адкрываецца справаздача\n\nУчора ў 10:05 усё працавала.",
            "Ад каго чакаць адказу: ад вас ці ад бухгалтэрыі?\nАдпраўлена два лісты.",
            "З павагай стаўлюся да вашай працы, але прашу паскорыць.",
        ),
    ),
    "uk": Tongue(
        f"пн, 23 лист. 2026 р. о 10:05 {NA} пише:", f"23.11.2026 10:05, {NAME} пише:",
        f"23 лист. 2026 р. о 10:05 {NA} написав(-ла):", f"{NAME} писав 2026-11-23 10:05:",
        ("Від", "Надіслано", "Кому", "Тема"), "23 листопада 2026 р. 10:05", "Початкове повідомлення",
        "З повагою,", "Надіслано з iPhone", "Надіслано з мого телефону Galaxy",
        (
            "Добрий день!\n\nПортал досі не відкривається.",
            "Тема: не відкривається звіт\n\nВчора о 10:05 усе працювало.",
            "Від кого чекати відповіді: від вас чи від бухгалтерії?\nНадіслано два листи.",
        ),
    ),
    "pl": Tongue(
        f"pon., 23 lis 2026 o 10:05 {NA} napisał(a):", f"W dniu 23.11.2026 o 10:05, {NAME} pisze:",
        f"Wiadomość napisana przez {NA} w dniu 23 lis 2026, o godz. 10:05:",
        f"W dniu 2026-11-23 10:05, {NAME} napisał(a):",
        ("Od", "Wysłano", "Do", "Temat"), "poniedziałek, 23 listopada 2026 10:05", "Wiadomość oryginalna",
        "Pozdrawiam,", "Wysłane z iPhone'a", "Wysłano z telefonu Galaxy",
        (
            "Dzień dobry,\n\nportal nadal się nie otwiera.",
            "Temat: raport się nie otwiera\n\nWczoraj o 10:05 działało.",
            "Od wczoraj czekamy na odpowiedź.\nData: 25.11.2026\nWysłano dwie wiadomości.",
        ),
    ),
    "en": Tongue(
        f"On Mon, Nov 23, 2026 at 10:05\u202fAM {NA} wrote:", f"On 23/11/2026 10:05, {NAME} wrote:",
        f"On 23 Nov 2026, at 10:05, {NA} wrote:", f"On 2026-11-23 10:05, {NAME} wrote:",
        ("From", "Sent", "To", "Subject"), "Monday, November 23, 2026 10:05 AM", "Original Message",
        "Best regards,", "Sent from my iPhone", "Sent from my Galaxy",
        (
            "Hello,\n\nthe portal still does not open.",
            "Subject: the report does not open\nUrgency: high\n\nYesterday at 10:05 it worked.",
            "From what I see: the log says timeout.\nTo whom should we write?\nSent two reports already.",
            "On Monday we wrote to you about it:\nthe printer is broken.\n\nRegards the scanner, it is broken too.",
            "Sent from the server are two files, and neither opens.\nDate: 25.11.2026",
            "In the log, on 2026-11-22 at 18:30, root wrote: no space left.\nSteps:\n1. free it\n2. restart",
        ),
        ("Sent with Proton Mail secure email.", "Get Outlook for Android", "Sent from Yahoo Mail on Android"),
    ),
    "de": Tongue(
        f"Am Mo., 23. Nov. 2026 um 10:05 Uhr schrieb {NA}:", f"Am 23.11.2026 um 10:05 schrieb {NAME}:",
        f"Am 23.11.2026 um 10:05 schrieb {NA}:", f"Am 2026-11-23 10:05, schrieb {NAME}:",
        ("Von", "Gesendet", "An", "Betreff"), "Montag, 23. November 2026 10:05", "Ursprüngliche Nachricht",
        "Mit freundlichen Grüßen", "Von meinem iPhone gesendet", "Von meinem Galaxy gesendet",
        (
            "Guten Tag,\n\ndas Portal öffnet sich noch immer nicht.",
            "Betreff: Bericht öffnet sich nicht\n\nGestern um 10:05 ging es noch.",
            "Von gestern bis heute: nichts.\nAm Montag schrieb uns der Kollege:\nalles steht.",
        ),
        ("Gesendet von Outlook für Android",),
    ),
    "fr": Tongue(
        f"Le lun. 23 nov. 2026 à 10:05, {NA} a écrit :", f"Le 23/11/2026 à 10:05, {NAME} a écrit :",
        f"Le 23 nov. 2026 à 10:05, {NA} a écrit :", f"Le 2026-11-23 10:05, {NAME} a écrit :",
        ("De", "Envoyé", "À", "Objet"), "lundi 23 novembre 2026 10:05", "Message d'origine",
        "Cordialement,", "Envoyé de mon iPhone", "Envoyé depuis mon appareil Galaxy",
        (
            "Bonjour,\n\nle portail ne s'ouvre toujours pas.",
            "Objet : le rapport ne s'ouvre pas\n\nHier à 10:05 tout marchait.",
            "De quoi s'agit-il : d'une panne ?\nLe lundi nous avons tout essayé.",
        ),
    ),
    "es": Tongue(
        f"El lun, 23 nov 2026 a las 10:05, {NAME} (<{ADDR}>) escribió:", f"El 23/11/2026 a las 10:05, {NAME} escribió:",
        f"El 23 nov 2026, a las 10:05, {NA} escribió:", f"El 2026-11-23 10:05, {NAME} escribió:",
        ("De", "Enviado el", "Para", "Asunto"), "lunes, 23 de noviembre de 2026 10:05", "Mensaje original",
        "Saludos cordiales,", "Enviado desde mi iPhone", "Enviado desde mi Galaxy",
        (
            "Buenos días:\n\nel portal sigue sin abrirse.",
            "Asunto: el informe no se abre\n\nAyer a las 10:05 funcionaba.",
        ),
    ),
    "it": Tongue(
        f"Il giorno lun 23 nov 2026 alle ore 10:05 {NA} ha scritto:", f"Il 23/11/2026 10:05, {NAME} ha scritto:",
        f"Il giorno 23 nov 2026, alle ore 10:05, {NA} ha scritto:", f"Il 2026-11-23 10:05 {NAME} ha scritto:",
        ("Da", "Inviato", "A", "Oggetto"), "lunedì 23 novembre 2026 10:05", "Messaggio originale",
        "Cordiali saluti,", "Inviato da iPhone", "Inviato dal mio Galaxy",
        ("Buongiorno,\n\nil portale non si apre ancora.", "Da ieri non funziona nulla:\nnon si apre il rapporto."),
    ),
    "pt": Tongue(
        f"Em seg., 23 de nov. de 2026 às 10:05, {NA} escreveu:", f"Em 23/11/2026 10:05, {NAME} escreveu:",
        f"No dia 23/11/2026, às 10:05, {NA} escreveu:", f"Em 2026-11-23 10:05, {NAME} escreveu:",
        ("De", "Enviada em", "Para", "Assunto"), "segunda-feira, 23 de novembro de 2026 10:05", "Mensagem original",
        "Atenciosamente,", "Enviado do meu iPhone", "Enviado do meu Galaxy",
        ("Bom dia,\n\no portal ainda não abre.", "De ontem para hoje: nada mudou."),
    ),
    "nl": Tongue(
        f"Op ma 23 nov 2026 om 10:05 schreef {NA}:", f"Op 23-11-2026 om 10:05 schreef {NAME}:",
        f"Op 23 nov 2026 om 10:05 heeft {NA} het volgende geschreven:", f"{NAME} schreef op 2026-11-23 10:05:",
        ("Van", "Verzonden", "Aan", "Onderwerp"), "maandag 23 november 2026 10:05", "Oorspronkelijk bericht",
        "Met vriendelijke groet,", "Verstuurd vanaf mijn iPhone", "Verzonden vanaf mijn Galaxy",
        ("Goedemorgen,\n\nhet portaal gaat nog steeds niet open.", "Van gisteren tot vandaag: niets veranderd."),
    ),
    "cs": Tongue(
        f"po 23. 11. 2026 v 10:05 odesílatel {NA} napsal:", f"Dne 23. 11. 2026 v 10:05 {NAME} napsal(a):",
        f"23. 11. 2026 v 10:05, {NA}:", f"{NAME} napsal 2026-11-23 10:05:",
        ("Od", "Odesláno", "Komu", "Předmět"), "pondělí 23. listopadu 2026 10:05", "Původní zpráva",
        "S pozdravem", "Odesláno z iPhonu", "Odesláno z mého telefonu Galaxy",
        ("Dobrý den,\n\nportál se stále neotvírá.", "Od včerejška čekáme na odpověď."),
    ),
    "sv": Tongue(
        f"Den mån 23 nov. 2026 kl 10:05 skrev {NA}:", f"Den 2026-11-23 kl. 10:05, skrev {NAME}:",
        f"23 nov. 2026 kl. 10:05 skrev {NA}:", f"{NAME} skrev den 2026-11-23 10:05:",
        ("Från", "Skickat", "Till", "Ämne"), "den 23 november 2026 10:05", "Ursprungligt meddelande",
        "Med vänliga hälsningar", "Skickat från min iPhone", "Skickat från min Galaxy",
        ("Hej,\n\nportalen öppnas fortfarande inte.", "Från igår: inget har ändrats."),
    ),
    "da": Tongue(
        f"Den man. 23. nov. 2026 kl. 10.05 skrev {NA}:", f"Den 23.11.2026 kl. 10.05 skrev {NAME}:",
        f"Den 23. nov. 2026 kl. 10.05 skrev {NA}:", f"{NAME} skrev den 2026-11-23 10:05:",
        ("Fra", "Sendt", "Til", "Emne"), "23. november 2026 10:05", "Oprindelig meddelelse",
        "Med venlig hilsen", "Sendt fra min iPhone", "Sendt fra min Galaxy",
        ("Hej,\n\nportalen åbner stadig ikke.", "Fra i går: intet er ændret."),
    ),
    "fi": Tongue(
        f"ma 23. marrask. 2026 klo 10.05 {NAME} ({ADDR}) kirjoitti:", f"{NAME} kirjoitti 23.11.2026 klo 10.05:",
        f"{NA} kirjoitti 23.11.2026 kello 10.05:", f"{NAME} kirjoitti 2026-11-23 10:05:",
        ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"), "maanantai 23. marraskuuta 2026 10.05",
        "Alkuperäinen viesti",
        "Ystävällisin terveisin", "Lähetetty iPhonesta", "Lähetetty Galaxy-puhelimesta",
        ("Hei,\n\nportaali ei vieläkään aukea.",),
    ),
    "hu": Tongue(
        f"{NA} ezt írta (időpont: 2026. nov. 23., H, 10:05):", f"2026. 11. 23. 10:05 keltezéssel, {NAME} írta:",
        f"{NA} írta (2026. nov. 23., 10:05):", f"2026-11-23 10:05 időpontban {NAME} ezt írta:",
        ("Feladó", "Küldve", "Címzett", "Tárgy"), "2026. november 23., hétfő 10:05", "Eredeti üzenet",
        "Üdvözlettel,", "Elküldve az iPhone-omról", "Elküldve Galaxy telefonomról",
        ("Jó napot!\n\nA portál még mindig nem nyílik meg.",),
    ),
    "ro": Tongue(
        f"În lun., 23 nov. 2026 la 10:05, {NA} a scris:", f"Pe 23.11.2026 10:05, {NAME} a scris:",
        f"Pe 23 nov. 2026, la 10:05, {NA} a scris:", f"Pe 2026-11-23 10:05, {NAME} a scris:",
        ("De la", "Trimis", "Către", "Subiect"), "luni, 23 noiembrie 2026 10:05", "Mesaj original",
        "Cu stimă,", "Trimis de pe iPhone-ul meu", "Trimis de pe telefonul meu Galaxy",
        ("Bună ziua,\n\nportalul tot nu se deschide.",),
    ),
    "tr": Tongue(
        f"{NA}, 23 Kas 2026 Pzt, 10:05 tarihinde şunu yazdı:", f"23.11.2026 10:05 tarihinde {NAME} yazdı:",
        f"{NA} şunları yazdı (23 Kas 2026 10:05):", f"2026-11-23 10:05 tarihinde {NAME} yazdı:",
        ("Kimden", "Gönderilen", "Kime", "Konu"), "23 Kasım 2026 Pazartesi 10:05", "Özgün İleti",
        "Saygılarımla,", "iPhone'umdan gönderildi", "Galaxy cihazımdan gönderildi",
        ("Merhaba,\n\nportal hâlâ açılmıyor.",),
    ),
    "ja": Tongue(
        f"2026年11月23日(月) 10:05 {NA}:", f"On 2026/11/23 10:05, {NAME} wrote:",
        f"2026/11/23 10:05、{NA}のメール:", f"2026-11-23 10:05 に {NAME} さんは書きました:",
        ("差出人", "送信日時", "宛先", "件名"), "2026年11月23日月曜日 10:05", "元のメッセージ",
        "よろしくお願いいたします。", "iPhoneから送信", "Galaxyから送信",
        ("お世話になっております。\n\nまだポータルが開きません。",),
    ),
    "zh": Tongue(
        f"{NA} 于2026年11月23日周一 10:05写道：", f"在 2026/11/23 10:05, {NAME} 写道:",
        f"2026年11月23日 10:05，{NA} 写道：", f"{NAME} 在 2026-11-23 10:05 写道:",
        ("发件人", "发送时间", "收件人", "主题"), "2026年11月23日 10:05", "原始邮件",
        "此致", "从我的 iPhone 发送", "从我的 Galaxy 发送",
        ("您好：\n\n门户网站仍然打不开。",),
    ),
}  # fmt: skip
