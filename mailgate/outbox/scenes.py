"""The made-up people and words of the sample notices, in each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Scene:
    """The people and the words of one language."""

    desk: str
    organisation: str
    client: str
    contact: str
    staff: str
    service: str
    subject: str
    problem: str
    question: str
    answer: str
    news: str
    result: str
    elsewhere: str
    complaint: str
    grievance: str
    apology: str
    doing: str
    second_subject: str
    mistyped: str


SCENES: Final[Mapping[str, Scene]] = MappingProxyType(
    {
        "ru": Scene(
            desk="Служба поддержки пользователей",
            organisation="ООО «Пример»",
            client="ОАО «Альфа»",
            contact="Иван Петров",
            staff="Анна Ковалёва",
            service="Виртуальный ЦОД",
            subject="Не открывается портал",
            problem="Здравствуйте!\n\nС утра не открывается портал самообслуживания: после ввода пароля пустая "
            "страница и ошибка 502.\nПробовали с трёх рабочих мест и из двух браузеров. Снимок экрана приложил.\n\n"
            "Иван Петров",
            question="Пришлите, пожалуйста, номер договора и точное время последней ошибки.",
            answer="Договор № 118/25, последняя ошибка была сегодня в 10:32.",
            news="Здравствуйте, Иван!\n\nНашли причину: после ночного обновления один из двух узлов портала отвечает "
            "с ошибкой. Мы вывели его из работы, портал уже должен открываться. До вечера вернём второй узел.",
            result="Второй узел портала обновлён и возвращён в работу. Мы проверили вход и оформление заявок: "
            "ошибка 502 больше не повторяется.",
            elsewhere="Канал до Вашего офиса обслуживает другой оператор; по нашим данным, обрыв на его стороне.",
            complaint="Обещали перезвонить",
            grievance="На мой запрос по телефону дважды обещали ответить в тот же день, но не ответили.",
            apology="Мы прослушали записи разговоров: Вы правы, перезвонить Вам должны были в тот же день. "
            "Приносим извинения. Порядок обратных звонков изменён.",
            doing="Мы запросили записи разговоров у оператора связи.",
            second_subject="Отчёт за октябрь",
            mistyped="!инфа 3 рабочих дня",
        ),
        "be": Scene(
            desk="Служба падтрымкі карыстальнікаў",
            organisation="ТАА «Прыклад»",
            client="ААТ «Альфа»",
            contact="Іван Пятроў",
            staff="Ганна Кавалёва",
            service="Віртуальны ЦАД",
            subject="Не адкрываецца партал",
            problem="Добры дзень!\n\nЗ раніцы не адкрываецца партал самаабслугоўвання: пасля ўводу пароля пустая "
            "старонка і памылка 502.\nСпрабавалі з трох працоўных месцаў і з двух браўзераў. Здымак экрана дадаў.\n\n"
            "Іван Пятроў",
            question="Дашліце, калі ласка, нумар дагавора і дакладны час апошняй памылкі.",
            answer="Дагавор № 118/25, апошняя памылка была сёння ў 10:32.",
            news="Добры дзень, Іван!\n\nЗнайшлі прычыну: пасля начнога абнаўлення адзін з двух вузлоў партала адказвае "
            "з памылкай. Мы вывелі яго з працы, партал ужо павінен адкрывацца. Да вечара вернем другі вузел.",
            result="Другі вузел партала абноўлены і вернуты ў працу. Мы праверылі ўваход і афармленне заявак: "
            "памылка 502 больш не паўтараецца.",
            elsewhere="Канал да Вашага офіса абслугоўвае іншы аператар; па нашых звестках, абрыў на яго баку.",
            complaint="Абяцалі ператэлефанаваць",
            grievance="На мой запыт па тэлефоне двойчы абяцалі адказаць у той жа дзень, але не адказалі.",
            apology="Мы праслухалі запісы размоў: Вы маеце рацыю, ператэлефанаваць Вам павінны былі ў той жа дзень. "
            "Просім прабачэння. Парадак зваротных званкоў зменены.",
            doing="Мы запыталі запісы размоў у аператара сувязі.",
            second_subject="Справаздача за кастрычнік",
            mistyped="!інфу 3 працоўныя дні",
        ),
        "en": Scene(
            desk="User Support",
            organisation="Example Ltd",
            client="Alfa plc",
            contact="Ivan Petrov",
            staff="Anna Kovaleva",
            service="Virtual data centre",
            subject="The portal does not open",
            problem="Good morning,\n\nSince this morning the self-service portal has not opened: after the password we "
            "get an empty page and error 502.\nTried from three desks and in two browsers. Screenshot attached.\n\n"
            "Ivan Petrov",
            question="Please send us the number of your contract and the exact time of the last error.",
            answer="Contract 118/25; the last error was at 10:32 today.",
            news="Dear Ivan,\n\nWe have found the cause: since last night’s update one of the portal’s two nodes has "
            "been failing. We took it out of service, so the portal should open now. The second node will be back by "
            "this evening.",
            result="The portal’s second node has been updated and is back in service. We checked signing in and "
            "placing requests: error 502 no longer occurs.",
            elsewhere="The line to your office is run by another operator; as far as we can see, the break is on its "
            "side.",
            complaint="Promised a call",
            grievance="I was promised an answer by phone on the same day, twice, and nobody called.",
            apology="We listened to the recordings: you are right, we should have called you back the same day. "
            "We apologise. We have changed how call-backs are handled.",
            doing="We have asked the telephone operator for the recordings.",
            second_subject="Report for October",
            mistyped="!inof 3 working days",
        ),
    }
)
