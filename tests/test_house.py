"""The house rules, read from the tree: the map is true, nobody imports against the flow, nothing grows too long."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import mailgate

HOUSE = Path(mailgate.__file__).parent
ROOMS = (
    "inbox", "message", "rules", "desk", "store", "outbox", "report", "daemon", "access", "config", "cli", "demo",
)  # fmt: skip
"""In the order in which the map tells of them."""
MIGRATIONS = HOUSE / "store" / "migrations"
"""Alembic's: not modules of ours, and never changed once they are out."""

MODULE_LINES_MOST, FUNCTION_LINES_MOST = 300, 40

MAY_USE = {
    "rules": {"rules"},
    "message": {"message", "rules"},
    "store": {"store", "rules"},
    "config": {"config", "message", "rules"},
    "inbox": {"inbox", "access", "config", "message"},
    "outbox": {"outbox", "access", "message", "rules", "store", "config"},
    "access": {"access", "config"},
    "desk": {"desk", "message", "rules", "store", "config", "report"},
    "report": {"report", "rules", "store", "config"},
}
"""Rooms that a room may import from. `daemon`, `cli` and `demo` may use anything."""
LIBRARIES = {
    "rules": {"holidays"},
    "message": {"mailparser", "nh3", "selectolax", "flufl", "dkim"},
    "store": {"sqlmodel", "sqlalchemy", "alembic", "psycopg"},
    "inbox": {"imapclient"},
    "access": set(),
    "outbox": {"aiosmtplib", "jinja2", "babel", "markupsafe"},
    "desk": {"sqlmodel", "sqlalchemy"},
    "report": {"sqlmodel"},
    "config": {"pydantic", "pydantic_core", "email_validator"},
}
"""Packages from outside that a room may import."""
SOCKETS = {"socket", "ssl", "smtplib", "imaplib", "asyncio", "http", "urllib.request", "selectors", "select"}
PURE = ("rules", "message")
IMPURE = SOCKETS | {"os", "subprocess", "threading", "time", "sqlite3"}
"""What a pure room has no use for: whatever it says depends on its arguments alone."""


@dataclass(frozen=True, slots=True)
class Import:
    """One import statement of one module."""

    file: Path
    line: int
    name: str

    def __str__(self) -> str:
        return f"{self.file.relative_to(HOUSE.parent)}:{self.line} imports {self.name}"


def modules(room: str = "") -> list[Path]:
    """The modules of a room, or of the whole house."""
    return sorted(path for path in (HOUSE / room).rglob("*.py") if MIGRATIONS not in path.parents)


def imports(room: str) -> Iterator[Import]:
    """What the modules of a room import, also inside functions and for type checking."""
    for path in modules(room):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Import(names=names):
                    yield from (Import(path, node.lineno, alias.name) for alias in names)
                case ast.ImportFrom(module="mailgate", names=names):
                    yield from (Import(path, node.lineno, f"mailgate.{alias.name}") for alias in names)
                case ast.ImportFrom(module=name, level=level):
                    assert level == 0, f"{path}:{node.lineno}: a relative import"
                    yield Import(path, node.lineno, str(name))


def is_standard(name: str) -> bool:
    """Whether a package comes with Python."""

    return name in sys.stdlib_module_names


def mapped() -> list[str]:
    """Every name on the map, as paths; what is indented further lies inside."""
    names: list[str] = []
    inside: list[str] = []
    for line in (mailgate.__doc__ or "").splitlines():
        if found := re.match(r"((?:  )+)(\w+)(/?) {2,}\S", line):
            del inside[len(found[1]) // 2 - 1 :]
            inside.append(found[2])
            names.append("/".join(inside))
    return names


def test_the_map_names_every_room_and_every_module_and_nothing_else() -> None:
    tree = {path.relative_to(HOUSE).with_suffix("").as_posix() for path in modules() if not path.name.startswith("__")}
    rooms = {path.parent.relative_to(HOUSE).as_posix() for path in modules() if path.name == "__init__.py"} - {"."}

    assert sorted(mapped()) == sorted(tree | rooms)


def test_the_map_tells_the_rooms_in_the_order_in_which_mail_flows() -> None:
    assert tuple(name for name in mapped() if (HOUSE / name).is_dir() and "/" not in name) == ROOMS


@pytest.mark.parametrize("room", MAY_USE)
def test_a_room_uses_only_the_rooms_that_it_may(room: str) -> None:
    inner = (each for each in imports(room) if each.name.startswith("mailgate."))

    wrong = [str(each) for each in inner if each.name.split(".")[1] not in MAY_USE[room]]

    assert wrong == []


@pytest.mark.parametrize("room", LIBRARIES)
def test_a_room_uses_only_the_libraries_that_it_may(room: str) -> None:
    outer = (each for each in imports(room) if each.name.split(".")[0] != "mailgate")

    wrong = [
        str(each)
        for each in outer
        if not is_standard(each.name.split(".")[0]) and each.name.split(".")[0] not in LIBRARIES[room]
    ]

    assert wrong == []


def test_the_holiday_library_is_known_to_the_calendar_alone() -> None:
    assert {each.file.name for each in imports("rules") if each.name.startswith("holidays")} <= {"calendar.py"}


def test_the_desk_never_holds_a_socket() -> None:
    assert [str(each) for each in imports("desk") if each.name in SOCKETS] == []


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_has_no_clock_no_file_and_no_socket(room: str) -> None:
    assert [str(each) for each in imports(room) if each.name in IMPURE] == []


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_never_asks_what_time_it_is(room: str) -> None:
    asks = re.compile(r"\b(?:now|utcnow|today)\(")

    assert [str(path) for path in modules(room) if asks.search(path.read_text())] == []


def test_status_is_assigned_by_the_record_alone() -> None:
    """HABITS 9: one writer."""
    writers = {
        path.relative_to(HOUSE).as_posix()
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Assign)
        for target in node.targets
        for each in (target.elts if isinstance(target, ast.Tuple) else [target])
        if isinstance(each, ast.Attribute) and each.attr == "status"
    }

    assert writers == {"desk/record.py"}


def test_no_module_is_too_long() -> None:
    lengths = {path.relative_to(HOUSE).as_posix(): len(path.read_text().splitlines()) for path in modules()}

    assert {name: lines for name, lines in lengths.items() if lines > MODULE_LINES_MOST} == {}


def test_no_function_is_too_long() -> None:
    too_long = {}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES_MOST:
                    too_long[f"{path.relative_to(HOUSE)}:{node.lineno} {node.name}"] = lines

    assert too_long == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [path for path in modules() if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_text()))]

    assert silent == []


def test_folders_are_two_levels_deep() -> None:
    assert [path for path in modules() if len(path.relative_to(HOUSE).parts) > 3] == []
