"""The line of every key, against what tomllib reads."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mailgate.config.toml_lines import Loc, key_lines

HARD = r'''# a = 1
a.b = 1 # [c] = 2
"q.r" = """
x = 1
[no]
\""" not yet, one more: """"
'lit' = """"""
raw = \'\'\'
[[z]] = "
\'\'\'\'\'
[ t ]
d = 2026-01-01 10:00:00
f = -1.5e3
arr = [ # x = 1
  "a, ]", [1,
  2], { x = 1, y.z = "}" }, # ]
]
[[m]]
n = 1
[m . "i j"]
h = 2
[[m]]
n = 3
[[m.c]]
e = 1
[[m.c]]
e = 2
[x.y]
[x]
empty = []
none = {}
'''.replace(r"\'", "'")

LINES: dict[Loc, int] = {
    ("a",): 2,
    ("a", "b"): 2,
    ("q.r",): 3,
    ("lit",): 7,
    ("raw",): 8,
    ("t",): 11,
    ("t", "d"): 12,
    ("t", "f"): 13,
    ("t", "arr"): 14,
    ("t", "arr", 0): 15,
    ("t", "arr", 1): 15,
    ("t", "arr", 1, 0): 15,
    ("t", "arr", 1, 1): 16,
    ("t", "arr", 2): 16,
    ("t", "arr", 2, "x"): 16,
    ("t", "arr", 2, "y"): 16,
    ("t", "arr", 2, "y", "z"): 16,
    ("m",): 18,
    ("m", 0): 18,
    ("m", 0, "n"): 19,
    ("m", 0, "i j"): 20,
    ("m", 0, "i j", "h"): 21,
    ("m", 1): 22,
    ("m", 1, "n"): 23,
    ("m", 1, "c"): 24,
    ("m", 1, "c", 0): 24,
    ("m", 1, "c", 0, "e"): 25,
    ("m", 1, "c", 1): 26,
    ("m", 1, "c", 1, "e"): 27,
    ("x",): 29,
    ("x", "y"): 28,
    ("x", "empty"): 30,
    ("x", "none"): 31,
}


def places(data: Any, loc: Loc = ()) -> Iterator[Loc]:
    """Every place in what tomllib read."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (*loc, key)
        yield from places(value, (*loc, key))


def test_every_key_has_its_own_line():
    assert key_lines(HARD) == LINES


def test_the_places_are_those_that_tomllib_reads():
    assert set(key_lines(HARD)) == set(places(tomllib.loads(HARD)))


def test_an_empty_file_has_no_places():
    assert key_lines("") == {}
    assert key_lines("# only this") == {}


KEYS = st.one_of(st.text("abcXYZ-_019", min_size=1, max_size=4), st.text(max_size=4).map(lambda text: json.dumps(text)))
TEXTS = st.text(st.sampled_from("ab\"'[]{}=#,.\n\\ "), max_size=12)
VALUES = st.recursive(
    st.one_of(
        TEXTS.map(json.dumps),
        TEXTS.filter(lambda text: "'" not in text).map(lambda text: f"'''{text}'''"),
        st.sampled_from(["1", "-2.5", "true", "2026-01-01", "2026-01-01 10:00:00", '"""a\n\n""b"""']),
    ),
    lambda inner: st.lists(inner, max_size=3).map(lambda items: f"[ # ]\n{' ,'.join(items)}\n]"),
    max_leaves=4,
)


@given(st.lists(st.tuples(KEYS, VALUES), max_size=6), st.booleans())
def test_any_file_that_tomllib_reads(pairs, tables):
    text = "".join(f"[[t]]\n{key} = {value}\n" if tables else f"{key} = {value}\n" for key, value in pairs)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return

    assert set(key_lines(text)) == set(places(data))
