"""What is wrong with a command line, said to staff in their language with what would be right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from mailgate.rules.command_help import options, sample
from mailgate.rules.command_table import Verb
from mailgate.rules.labels import label
from mailgate.rules.terms import TermError
from mailgate.rules.vocabulary import Language, RequestType


@dataclass(frozen=True, slots=True)
class LineError:
    """One wrong line: `code` and `values` say why, `nearest` are lines that may have been meant."""

    line: str
    code: str
    values: Mapping[str, str] = field(default_factory=dict)
    nearest: tuple[str, ...] = ()

    def words(self, language: Language | str) -> str:
        """What is wrong and what to write instead, in the reader's language."""
        if self.code not in _WORDS:
            return TermError(self.code, self.values["found"], _without_found(self.values)).words(language)
        return _WORDS[self.code][Language(language)].format(**self._shown(language))

    def _shown(self, language: Language | str) -> dict[str, str]:
        shown = dict(self.values)
        for key in ("verb", "other"):
            if key in shown:
                shown[key] = sample(Verb(shown[key]), language)
        if self.code == "unknown_value":
            shown["options"] = ", ".join(options(Verb(self.values["verb"]), language))
        if "types" in shown:
            types = [RequestType(code) for code in shown["types"].split()]
            shown["types"] = "; ".join(f"{type.number} — {label(type, language)}" for type in types)
        return shown


def _without_found(values: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in values.items() if key not in ("found", "verb")}


_WORDS: Final[Mapping[str, Mapping[Language, str]]] = {
    "unknown": {
        Language.RU: "Нет команды «{found}». Список команд — !помощь.",
        Language.BE: "Няма каманды «{found}». Спіс каманд — !дапамога.",
        Language.EN: "There is no command “{found}”. The list of commands: !help.",
    },
    "no_name": {
        Language.RU: "За знаком нет команды. Она пишется в той же строке; список команд — !помощь.",
        Language.BE: "За знакам няма каманды. Яна пішацца ў тым жа радку; спіс каманд — !дапамога.",
        Language.EN: "No command follows the sign. It goes on the same line; the list of commands: !help.",
    },
    "no_sign": {
        Language.RU: "«{found}» — команда без знака. Напишите её так: {verb}; если это текст, допишите строку.",
        Language.BE: "«{found}» — каманда без знака. Напішыце яе так: {verb}; калі гэта тэкст, дапішыце радок.",
        Language.EN: "“{found}” is a command without its sign. Write {verb}; if it is text, write more on the line.",
    },
    "ambiguous": {
        Language.RU: "«{found}» — начало нескольких команд, допишите слово.",
        Language.BE: "«{found}» — пачатак некалькіх каманд, дапішыце слова.",
        Language.EN: "“{found}” begins several commands, write more of the word.",
    },
    "wrong_layout": {
        Language.RU: "«{found}» набрано в другой раскладке клавиатуры. Ничего не выполнено.",
        Language.BE: "«{found}» набрана ў іншай раскладцы клавіятуры. Нічога не выканана.",
        Language.EN: "“{found}” was typed in another keyboard layout. Nothing was done.",
    },
    "client_word": {
        Language.RU: "«{found}» — слово клиента, а не работника. Если клиент подтвердил иначе: {verb}.",
        Language.BE: "«{found}» — слова кліента, а не работніка. Калі кліент пацвердзіў інакш: {verb}.",
        Language.EN: "“{found}” is the client’s word, not yours. If the client confirmed by another way: {verb}.",
    },
    "argument_missing": {
        Language.RU: "После команды чего-то не хватает. Напишите, например: {verb}.",
        Language.BE: "Пасля каманды чагосьці не хапае. Напішыце, напрыклад: {verb}.",
        Language.EN: "Something is missing after the command. Write, for example: {verb}.",
    },
    "no_argument": {
        Language.RU: "На строке команды лишнее: «{found}». Текст пишется со следующей строки, на этой — только {verb}.",
        Language.BE: "У радку каманды лішняе: «{found}». Тэкст пішацца з наступнага радка, а ў гэтым — толькі {verb}.",
        Language.EN: "Too much on the line: “{found}”. The text goes on the next line; this one is only {verb}.",
    },
    "unknown_type": {
        Language.RU: "Нет типа запроса «{found}». Типы: {types}.",
        Language.BE: "Няма тыпу запыту «{found}». Тыпы: {types}.",
        Language.EN: "There is no request type “{found}”. The types: {types}.",
    },
    "ambiguous_type": {
        Language.RU: "«{found}» подходит к нескольким типам: {types}.",
        Language.BE: "«{found}» падыходзіць да некалькіх тыпаў: {types}.",
        Language.EN: "“{found}” fits several types: {types}.",
    },
    "impact_of_technical_support_only": {
        Language.RU: "Влияние бывает только у технического сопровождения, а здесь: {types}.",
        Language.BE: "Уплыў бывае толькі ў тэхнічнага суправаджэння, а тут: {types}.",
        Language.EN: "Only technical support has an impact, and this is: {types}.",
    },
    "unknown_value": {
        Language.RU: "«{found}» здесь не подходит. Можно: {options}.",
        Language.BE: "«{found}» тут не падыходзіць. Можна: {options}.",
        Language.EN: "“{found}” does not fit here. It may be: {options}.",
    },
    "not_one_number": {
        Language.RU: "«{found}» — не номер запроса. Напишите, например: {verb}.",
        Language.BE: "«{found}» — не нумар запыту. Напішыце, напрыклад: {verb}.",
        Language.EN: "“{found}” is not the number of a request. Write, for example: {verb}.",
    },
    "contact_missing": {
        Language.RU: "Не назван адрес контактного лица клиента. Напишите, например: {verb}.",
        Language.BE: "Не названы адрас кантактнай асобы кліента. Напішыце, напрыклад: {verb}.",
        Language.EN: "The address of the client’s contact is missing. Write, for example: {verb}.",
    },
    "phone_missing": {
        Language.RU: "Не назван номер, с которого звонили (3.4). Напишите, например: {verb}.",
        Language.BE: "Не названы нумар, з якога тэлефанавалі (3.4). Напішыце, напрыклад: {verb}.",
        Language.EN: "The number that the call came from is missing (3.4). Write, for example: {verb}.",
    },
    "unknown_words": {
        Language.RU: "Непонятно: «{found}». Напишите, например: {verb}.",
        Language.BE: "Незразумела: «{found}». Напішыце, напрыклад: {verb}.",
        Language.EN: "Not understood: “{found}”. Write, for example: {verb}.",
    },
    "text_missing": {
        Language.RU: "Этой команде нужен текст. Напишите его под ней, с новой строки.",
        Language.BE: "Гэтай камандзе патрэбны тэкст. Напішыце яго пад ёй, з новага радка.",
        Language.EN: "This command needs a text. Write it below, on a new line.",
    },
    "contradiction": {
        Language.RU: "В одном письме нельзя вместе: {verb} и {other}. Отправьте их двумя письмами.",
        Language.BE: "У адным лісце нельга разам: {verb} і {other}. Адпраўце іх двума лістамі.",
        Language.EN: "One mail cannot hold both {verb} and {other}. Send them in two mails.",
    },
    "two_impacts": {
        Language.RU: "Влияние названо дважды, и по-разному. Оставьте одно.",
        Language.BE: "Уплыў названы двойчы, і па-рознаму. Пакіньце адзін.",
        Language.EN: "The impact is named twice, and differently. Leave one.",
    },
    "twice": {
        Language.RU: "Команда стоит дважды. Оставьте одну строку.",
        Language.BE: "Каманда стаіць двойчы. Пакіньце адзін радок.",
        Language.EN: "The command stands here twice. Leave one line.",
    },
    "line_too_long": {
        Language.RU: "Строка команды длиннее {limit} знаков. Текст пишется со следующей строки.",
        Language.BE: "Радок каманды даўжэйшы за {limit} знакаў. Тэкст пішацца з наступнага радка.",
        Language.EN: "The command line is longer than {limit} characters. The text goes on the next line.",
    },
    "below_text": {
        Language.RU: "Команда стоит под текстом, а читаются команды только в самом начале письма. Поставьте её первой "
        "строкой; если это текст, начните строку с другого знака.",
        Language.BE: "Каманда стаіць пад тэкстам, а чытаюцца каманды толькі ў самым пачатку ліста. Пастаўце яе першым "
        "радком; калі гэта тэкст, пачніце радок з іншага знака.",
        Language.EN: "The command stands below text, and commands are read only at the very top of a mail. Put it on "
        "the first line; if it is text, begin the line with another sign.",
    },
    "within_line": {
        Language.RU: "Команда стоит посреди строки, а каждая пишется с новой строки в самом начале письма. "
        "Перенесите её; если это текст, возьмите её в кавычки.",
        Language.BE: "Каманда стаіць пасярод радка, а кожная пішацца з новага радка ў самым пачатку ліста. "
        "Перанясіце яе; калі гэта тэкст, вазьміце яе ў двукоссе.",
        Language.EN: "The command stands in the middle of a line; each goes on a line of its own at the very top of "
        "the mail. Move it; if it is text, put it in quotation marks.",
    },
    "too_many": {
        Language.RU: "Команд больше {limit}. Разделите их на несколько писем.",
        Language.BE: "Каманд больш за {limit}. Падзяліце іх на некалькі лістоў.",
        Language.EN: "There are more than {limit} commands. Send them in several mails.",
    },
}
