"""Why an order cannot be carried out on this desk, said to staff in their language with what would be right.

The line itself was understood (`line_errors`), and the request's status would allow it (`refusals`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from mailgate.rules.vocabulary import Language


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stands in the way: a code and its values."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)

    def words(self, language: Language | str) -> str:
        """What is wrong and what to do instead."""
        return _WORDS[self.code][Language(language)].format(**self.values)


def phone_obstacle(*, authorised: bool, critical: bool, can_write: bool, number: str) -> Obstacle | None:
    """3.4: the first of the three conditions that fails; None where all hold."""
    if not authorised:
        return Obstacle("phone_not_authorised", {"number": number})
    if not critical:
        return Obstacle("phone_not_critical")
    return Obstacle("phone_can_write") if can_write else None


_WORDS: Final[Mapping[str, Mapping[Language, str]]] = {
    "extends_nothing": {
        Language.RU: "Так срок не продлевается: сейчас он до {was}, а стал бы до {end}. Назовите более поздний.",
        Language.BE: "Так тэрмін не падаўжаецца: цяпер ён да {was}, а стаў бы да {end}. Назавіце больш позні.",
        Language.EN: "That extends nothing: the term runs until {was}, and would end at {end}. Name a later one.",
    },
    "no_request": {
        Language.RU: (
            "Непонятно, о каком запросе речь. Ответьте на письмо об этом запросе или поставьте в тему его номер."
        ),
        Language.BE: (
            "Незразумела, пра які запыт ідзе размова. Адкажыце на ліст пра гэты запыт або пастаўце ў тэму яго нумар."
        ),
        Language.EN: (
            "It is not clear which request this is about. Answer a mail about it, or put its number into the subject."
        ),
    },
    "nothing_waits": {
        Language.RU: (
            "В карантине нет такого письма: его уже приняли или удалили, или Ваш ответ не на письмо о карантине."
        ),
        Language.BE: (
            "У карантыне няма такога ліста: яго ўжо прынялі або выдалілі, або Ваш адказ не на ліст пра карантын."
        ),
        Language.EN: (
            "No such mail waits in quarantine: it was released or dropped, or this does not answer the mail about it."
        ),
    },
    "unreadable": {
        Language.RU: (
            "Это письмо нельзя зарегистрировать: у него нет одного ясного отправителя, или оно слишком велико. "
            "Прочтите его и ответьте отправителю сами; убрать письмо — !удалить."
        ),
        Language.BE: (
            "Гэты ліст нельга зарэгістраваць: у яго няма аднаго яснага адпраўніка, або ён занадта вялікі. "
            "Прачытайце яго і адкажыце адпраўніку самі; прыбраць ліст — !выдаліць."
        ),
        Language.EN: (
            "This mail cannot be registered: it names no single sender, or is too large. Read it and answer its sender "
            "yourself; !drop takes it off the list."
        ),
    },
    "no_client": {
        Language.RU: (
            "{sender} — адрес работника или самой службы: запрос от его имени не регистрируется, а его команды по "
            "чужому слову не выполняются. Пусть автор пришлёт письмо ещё раз; убрать письмо — !удалить."
        ),
        Language.BE: (
            "{sender} — адрас работніка або самой службы: запыт ад яго імя не рэгіструецца, а яго каманды па чужым "
            "слове не выконваюцца. Няхай аўтар дашле ліст яшчэ раз; прыбраць ліст — !выдаліць."
        ),
        Language.EN: (
            "{sender} is the address of a staff member or of the desk itself: no request is registered in that name, "
            "and nobody’s commands are carried out on another’s word. Let its author send it again; !drop takes it off "
            "the list."
        ),
    },
    "gateway_unclear": {
        Language.RU: (
            "{sender} — шлюз, и чьё это обращение, он не назвал: отвечать было бы некому. Пусть шлюз пришлёт его "
            "новым письмом с адресом контактного лица в заголовке X-Mailgate-Contact; убрать письмо — !удалить."
        ),
        Language.BE: (
            "{sender} — шлюз, і чый гэта зварот, ён не назваў: адказваць не было б каму. Няхай шлюз дашле яго новым "
            "лістом з адрасам кантактнай асобы ў загалоўку X-Mailgate-Contact; прыбраць ліст — !выдаліць."
        ),
        Language.EN: (
            "{sender} is a gateway and did not say whose submission it is: there would be nobody to answer. Let the "
            "gateway send it as a new message, with the contact’s address in the header X-Mailgate-Contact; !drop "
            "takes this one off the list."
        ),
    },
    "erased": {
        Language.RU: (
            "Персональные данные запроса {number} удалены: в нём больше ничего не делается. Что от него осталось, "
            "покажет !показать {number}."
        ),
        Language.BE: (
            "Персанальныя даныя запыту {number} выдалены: у ім больш нічога не робіцца. Што ад яго засталося, "
            "пакажа !паказаць {number}."
        ),
        Language.EN: (
            "The personal data of {number} have been erased: nothing more is done in it. !show {number} shows what is "
            "left of it."
        ),
    },
    "merge_loses_sender": {
        Language.RU: (
            "{sender} — не контактное лицо клиента, и из {number} ничего бы не узнал. Объедините наоборот: напишите по "
            "запросу {number}: !объединить {this}."
        ),
        Language.BE: (
            "{sender} — не кантактная асоба кліента, і з {number} нічога б не даведаўся. Аб’яднайце наадварот: "
            "напішыце па запыце {number}: !аб’яднаць {this}."
        ),
        Language.EN: (
            "{sender} is no contact of the client and would hear nothing of {number}. Merge the other way round: write "
            "about {number}: !merge {this}."
        ),
    },
    "merge_postpones": {
        Language.RU: "По {this} обещан ответ раньше, до {until}. Объедините наоборот, по {number}: !объединить {this}.",
        Language.BE: "Па {this} абяцаны адказ раней, да {until}. Аб’яднайце наадварот, па {number}: !аб’яднаць {this}.",
        Language.EN: "{this} is due earlier, by {until}. Merge the other way round, about {number}: !merge {this}.",
    },
    "unknown_client": {
        Language.RU: "Клиента «{found}» нет. Назовите его так, как он записан в файле клиентов (id).",
        Language.BE: "Кліента «{found}» няма. Назавіце яго так, як ён запісаны ў файле кліентаў (id).",
        Language.EN: "There is no client “{found}”. Name it as the file of clients does (id).",
    },
    "empty": {
        Language.RU: "В ответе нет ни команды, ни текста. Напишите текст над цитатой.",
        Language.BE: "У адказе няма ні каманды, ні тэксту. Напішыце тэкст над цытатай.",
        Language.EN: "The answer holds neither a command nor a text. Write the text above the quote.",
    },
    "unknown_request": {
        Language.RU: "Запроса {number} нет. Проверьте номер: он стоит в теме письма в квадратных скобках.",
        Language.BE: "Запыту {number} няма. Праверце нумар: ён стаіць у тэме ліста ў квадратных дужках.",
        Language.EN: "There is no request {number}. Check the number: it stands in square brackets in the subject.",
    },
    "complaint_of_others": {
        Language.RU: (
            "{number} — претензия, а с претензиями работают отдельные работники (6.4). Перешлите письмо им или "
            "попросите назначить её Вам: {known}."
        ),
        Language.BE: (
            "{number} — прэтэнзія, а з прэтэнзіямі працуюць асобныя работнікі (6.4). Перашліце ліст ім або "
            "папрасіце прызначыць яе Вам: {known}."
        ),
        Language.EN: (
            "{number} is a complaint, and complaints are handled by a group of their own (6.4). Forward the mail to "
            "them, or ask to have it assigned to you: {known}."
        ),
    },
    "complaint_held_by_others": {
        Language.RU: (
            "Это письмо пришло на адрес для претензий, а с претензиями работают отдельные работники (6.4). Принять "
            "или удалить его могут они: {known}."
        ),
        Language.BE: (
            "Гэты ліст прыйшоў на адрас для прэтэнзій, а з прэтэнзіямі працуюць асобныя работнікі (6.4). Прыняць "
            "або выдаліць яго могуць яны: {known}."
        ),
        Language.EN: (
            "That mail came to the address for complaints, which are handled by a group of their own (6.4). They can "
            "release or drop it: {known}."
        ),
    },
    "same_request": {
        Language.RU: "{number} — это и есть этот запрос. Назовите другой.",
        Language.BE: "{number} — гэта і ёсць гэты запыт. Назавіце іншы.",
        Language.EN: "{number} is this very request. Name another one.",
    },
    "other_kind": {
        Language.RU: "Претензии и запросы друг с другом не объединяют ({number}). Для связи есть !связать.",
        Language.BE: "Прэтэнзіі і запыты паміж сабой не аб’ядноўваюць ({number}). Для сувязі ёсць !звязаць.",
        Language.EN: "Complaints and requests are not merged with each other ({number}). To link them: !link.",
    },
    "other_client": {
        Language.RU: (
            "{number} — запрос другого клиента; объединять можно только запросы одного клиента. Для связи есть "
            "!связать."
        ),
        Language.BE: (
            "{number} — запыт іншага кліента; аб’ядноўваць можна толькі запыты аднаго кліента. Для сувязі ёсць "
            "!звязаць."
        ),
        Language.EN: (
            "{number} is another client’s request; only requests of one client can be merged. To link them: !link."
        ),
    },
    "merge_into_ended": {
        Language.RU: "{number} уже завершён; объединяют с тем, по чему идёт работа. Для связи есть !связать.",
        Language.BE: "{number} ужо завершаны; аб’ядноўваюць з тым, па чым ідзе праца. Для сувязі ёсць !звязаць.",
        Language.EN: "{number} has ended; what is merged goes into what is still open. To link them: !link.",
    },
    "unknown_staff": {
        Language.RU: "Среди работников нет «{found}». Работники: {known}.",
        Language.BE: "Сярод работнікаў няма «{found}». Работнікі: {known}.",
        Language.EN: "Nobody of the staff is called “{found}”. Staff: {known}.",
    },
    "several_staff": {
        Language.RU: "«{found}» подходит к нескольким работникам: {known}. Напишите адрес.",
        Language.BE: "«{found}» падыходзіць да некалькіх работнікаў: {known}. Напішыце адрас.",
        Language.EN: "“{found}” may be several of the staff: {known}. Write the address.",
    },
    "unknown_contact": {
        Language.RU: (
            "{found} нет среди контактных лиц клиентов. Регистрируются обращения только действующих контактов (3.10)."
        ),
        Language.BE: (
            "{found} няма сярод кантактных асоб кліентаў. Рэгіструюцца звароты толькі дзейных кантактаў (3.10)."
        ),
        Language.EN: "{found} is no contact of any client. Only submissions of current contacts are registered (3.10).",
    },
    "phone_not_authorised": {
        Language.RU: "Не зарегистрировано (3.4): номер {number} не авторизован для этого контактного лица.",
        Language.BE: "Не зарэгістравана (3.4): нумар {number} не аўтарызаваны для гэтай кантактнай асобы.",
        Language.EN: "Not registered (3.4): {number} is not an authorised number of this contact.",
    },
    "phone_not_critical": {
        Language.RU: (
            "Не зарегистрировано (3.4): по телефону принимаются только критические обращения. Если это так, "
            "добавьте «критично»."
        ),
        Language.BE: (
            "Не зарэгістравана (3.4): па тэлефоне прымаюцца толькі крытычныя звароты. Калі гэта так, дадайце "
            "«крытычна»."
        ),
        Language.EN: (
            "Not registered (3.4): by phone only critical submissions are taken. If it is one, add “critical”."
        ),
    },
    "phone_can_write": {
        Language.RU: (
            "Не зарегистрировано (3.4): клиент может написать на почту или в личный кабинет. Если не может, "
            "добавьте «не может писать»."
        ),
        Language.BE: (
            "Не зарэгістравана (3.4): кліент можа напісаць на пошту або ў асабісты кабінет. Калі не можа, "
            "дадайце «не можа пісаць»."
        ),
        Language.EN: (
            "Not registered (3.4): the client can write by mail or in the portal. If he cannot, add “cannot write”."
        ),
    },
    "no_mailbox_for_requests": {
        Language.RU: "Регистрировать некуда: в настройках нет ящика для запросов, есть только для претензий.",
        Language.BE: "Рэгістраваць няма куды: у наладах няма скрыні для запытаў, ёсць толькі для прэтэнзій.",
        Language.EN: "There is nowhere to register it: no mailbox of the configuration takes requests.",
    },
    "impact_of_technical_support_only": {
        Language.RU: "Влияние бывает только у технического сопровождения. Назначьте и тип 8 или уберите влияние.",
        Language.BE: "Уплыў бывае толькі ў тэхнічнага суправаджэння. Прызначце і тып 8 або прыбярыце ўплыў.",
        Language.EN: "Only technical support has an impact. Set the type 8 too, or leave the impact out.",
    },
    "no_suggestion": {
        Language.RU: "Клиент не назвал типа, который можно принять. Назовите тип сами, например: !тип 8.",
        Language.BE: "Кліент не назваў тыпу, які можна прыняць. Назавіце тып самі, напрыклад: !тып 8.",
        Language.EN: "The client suggested no type that could be accepted. Name one, for example: !type 8.",
    },
    "client_wrote_since": {
        Language.RU: (
            "Отменить нельзя: после этой команды клиент уже написал, и его слова остались бы без ответа. Прочитайте их "
            "и дайте новую команду, например !возобновить."
        ),
        Language.BE: (
            "Адмяніць нельга: пасля гэтай каманды кліент ужо напісаў, і яго словы засталіся б без адказу. Прачытайце "
            "іх і дайце новую каманду, напрыклад !аднавіць."
        ),
        Language.EN: (
            "This cannot be undone: the client has written since, and his words would be left without an answer. Read "
            "them and give a new order, such as !resume."
        ),
    },
    "nothing_to_undo": {
        Language.RU: "Отменять нечего: Ваша последняя команда уже ушла клиенту, или после неё запрос изменился.",
        Language.BE: "Адмяняць няма чаго: Ваша апошняя каманда ўжо пайшла кліенту, або пасля яе запыт змяніўся.",
        Language.EN: (
            "There is nothing to undo: your last command has gone out to the client, or the request has changed since."
        ),
    },
}
