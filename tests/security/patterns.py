"""S20: every regular expression of the program, and the text that is dearest to each, made of its own signs."""

from __future__ import annotations

import ast
import importlib
import itertools
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import mailgate

ROOMS = ("message", "desk", "rules", "inbox", "outbox")
_PARSER: Any = importlib.import_module("re._parser")
_CATEGORIES = {"CATEGORY_DIGIT": "0", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "a"}
_MOST_WORDS = 12
_LETTERS_A_DAY = 2
_ONCE = frozenset({"match", "fullmatch", "search"})
_METHODS = _ONCE | {"finditer", "findall", "sub", "subn", "split"}


@dataclass(frozen=True, slots=True)
class Known:
    """A regular expression: where it stands, and the methods by which the program asks it."""

    name: str
    pattern: re.Pattern[Any]
    asked: frozenset[str]

    def ask(self, text: Any) -> None:
        """All that the program may ask of it, to the end."""
        for method in self.asked & _ONCE:
            getattr(self.pattern, method)(text)
        if not self.asked <= _ONCE:
            for _ in self.pattern.finditer(text):
                pass

    def spelt(self, text: str) -> Any:
        """The text as this pattern reads it."""
        return text if isinstance(self.pattern.pattern, str) else text.encode("utf-8", "surrogatepass")


# --- which there are ------------------------------------------------------------------------------------------------


@cache
def modules() -> list[ModuleType]:
    """All that read what strangers write."""
    found = pkgutil.walk_packages(mailgate.__path__, "mailgate.")
    return [importlib.import_module(each.name) for each in found if each.name.split(".")[1] in ROOMS]


def named(module: ModuleType) -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Patterns that a module holds itself, in tables and classes as well, by the name of the constant."""
    for name in dict.fromkeys(_names(module)):
        for place, pattern in enumerate(_within(getattr(module, name, None))):
            yield f"{_short(module)}.{name}{f'[{place}]' if place else ''}", pattern


def _names(module: ModuleType) -> Iterator[str]:
    """What a module defines, and not what it imports."""
    for each in _tree(module).body:
        if isinstance(each, ast.ClassDef):
            yield each.name
        elif isinstance(each, ast.Assign | ast.AnnAssign):
            targets = each.targets if isinstance(each, ast.Assign) else [each.target]
            yield from (name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))


def _within(value: object) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, Mapping):
        yield from _within((*value.keys(), *value.values()))
    elif isinstance(value, type):
        yield from _within(tuple(vars(value).values()))
    elif is_dataclass(value):
        yield from _within(tuple(getattr(value, each.name) for each in fields(value)))
    elif isinstance(value, tuple | list | set | frozenset):
        for each in value:
            yield from _within(each)


def inline(module: ModuleType) -> Iterator[tuple[str, str, ast.Call]]:
    """Calls of `re` within functions: `room.module.function`, which function of `re`, and the call."""
    for function in ast.walk(_tree(module)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and (how := _of_re(call)) in {*_METHODS, "compile"}:
                    yield f"{_short(module)}.{function.name}", how, call


def _of_re(call: ast.Call) -> str:
    """`search` where it is `re.search(…)`."""
    module, _, function = ast.unparse(call.func).rpartition(".")
    return function if module == "re" else ""


def literal(call: ast.Call) -> re.Pattern[Any] | None:
    """What such a call asks, if it stands there as a constant."""
    if not isinstance(call.args[0], ast.Constant):
        return None
    others = map(ast.unparse, (*call.args[1:], *(each.value for each in call.keywords)))
    flags = [
        getattr(re, name.strip().removeprefix("re."))
        for each in others
        if each.startswith("re.")
        for name in each.split("|")
    ]
    return re.compile(call.args[0].value, sum(flags))


def asked(module: ModuleType, name: str) -> frozenset[str]:
    """By which methods a constant is asked: one of our own in its module, another in every module."""
    readers = [module] if name.startswith("_") else modules()
    calls = set(itertools.chain.from_iterable(map(_calls, readers)))
    return frozenset(method for owner, method in calls if owner.rpartition(".")[2] == name and method in _METHODS)


@cache
def _calls(module: ModuleType) -> frozenset[tuple[str, str]]:
    calls = (each.func for each in ast.walk(_tree(module)) if isinstance(each, ast.Call))
    return frozenset((ast.unparse(each.value), each.attr) for each in calls if isinstance(each, ast.Attribute))


@cache
def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))


def _short(module: ModuleType) -> str:
    return module.__name__.removeprefix("mailgate.")


# --- what is dear to one --------------------------------------------------------------------------------------------


def pieces(pattern: re.Pattern[Any], *, all_pairs: bool) -> Iterator[Shape]:
    """Texts of any length: each sign and word of the pattern repeated, and every two of its signs in four ways.

    Every day letters stand for one another, so that a table of words has few signs.
    """
    signs, words = _alphabet(pattern, all_pairs)
    for one in (*signs, *words, *(f"{word} " for word in words)):
        yield Shape("", one, "")
    for one, other in itertools.permutations(signs, 2):
        yield Shape("", one + other, "")
        yield Shape(one, other, one)
        if all_pairs:
            yield Shape(one, other, "")
            yield Shape("", other, one)
    if all_pairs:
        for word, sign in itertools.product(words, signs):
            yield Shape("", word + sign, "")
            yield Shape(word, sign, "")


@dataclass(frozen=True, slots=True)
class Shape:
    """One piece again and again, and what stands before and behind all of it."""

    before: str
    piece: str
    behind: str

    def text(self, size: int) -> str:
        """It, at so many signs."""
        return self.before + self.piece * (size // len(self.piece)) + self.behind


def _alphabet(pattern: re.Pattern[Any], all_letters: bool) -> tuple[list[str], list[str]]:
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    tree = list(_PARSER.parse(source, pattern.flags & ~re.DEBUG))
    signs = dict.fromkeys(itertools.chain(_signs(tree), "a0 \n"))
    if not all_letters:
        letters = [each for each in signs if each.isalpha()]
        signs = {each: None for each in signs if each not in letters[_LETTERS_A_DAY:]}
    words = list(dict.fromkeys(_words(tree)))
    step = len(words) // _MOST_WORDS + 1
    return list(signs), words[::step]


def _signs(tree: Iterable[Any]) -> Iterator[str]:
    """A sign for each literal, for the ends of each range, and for each class."""
    for operation, value in tree:
        match str(operation):
            case "LITERAL" | "NOT_LITERAL":
                yield chr(value)
            case "RANGE":
                yield chr(value[0])
            case "CATEGORY":
                yield _CATEGORIES.get(str(value), "-")
            case _:
                for each in _inner(value):
                    yield from _signs(each)


def _words(tree: Iterable[Any]) -> Iterator[str]:
    """Literals that follow one another."""
    word = ""
    for operation, value in tree:
        if str(operation) == "LITERAL":
            word += chr(value)
            continue
        if len(word) > 1:
            yield word
        word = ""
        for each in _inner(value):
            yield from _words(each)
    if len(word) > 1:
        yield word


def _inner(value: Any) -> Iterator[list[Any]]:
    """The parts of a group, a repetition, a branch or a class."""
    if isinstance(value, _PARSER.SubPattern):
        yield list(value)
    elif isinstance(value, list) and value and isinstance(value[0], tuple):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _inner(each)
