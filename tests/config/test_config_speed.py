"""How long a large file of contacts takes."""

from __future__ import annotations

import time

from mailgate.config.csv_clients import COLUMNS

CONTACTS = 100_000
EACH = 5


def _rows():
    for client in range(CONTACTS // EACH):
        columns = f"c{client},ООО «Клиент {client}»,info@c{client}.example,it@c{client}.example,authorised"
        for each in range(EACH):
            yield f"{columns},Иван Петров {each},ivan.petrov{each}@c{client}.example,+375 29 123-45-67,ru"


def test_a_hundred_thousand_contacts_load_in_five_seconds_of_cpu(folder):
    folder.use_csv("\n".join([",".join(COLUMNS).replace("authenticity,retention,", ""), *_rows()]))

    started = time.process_time()
    people = folder.load().people
    spent = time.process_time() - started

    assert people.contact("ivan.petrov4@c19999.example").client_id == "c19999"
    assert spent < 5
