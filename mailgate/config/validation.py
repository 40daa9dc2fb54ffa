"""From what pydantic refuses to problems that name the file, the line, what was found and what would be right.

Why: the right form of a key is the `description` of its field, so it stands once, beside its type.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from mailgate.config.problems import Problem, Wrong, nearest
from mailgate.config.sources import Source, TomlSource, shown
from mailgate.config.toml_lines import Loc

M = TypeVar("M", bound=BaseModel)


def validated(model: type[M], source: Source, problems: list[Problem], context: Mapping[str, Any]) -> M | None:
    """The data of a file as its model; where it does not fit, None, and why is added to the problems."""
    try:
        return model.model_validate(source.data, context=context)
    except ValidationError as error:
        problems += (_problem(model, source, details) for details in _innermost(error.errors(include_url=False)))
        return None


def _innermost(errors: list[ErrorDetails]) -> Iterator[ErrorDetails]:
    """Without those that only follow from others inside: a list without a valid element counts as too short."""
    around = {error["loc"][:length] for error in errors for length in range(len(error["loc"]))}
    return (error for error in errors if error["loc"] not in around)


def _problem(model: type[Any], source: Source, error: ErrorDetails) -> Problem:
    loc = error["loc"]
    match error["type"]:
        case "extra_forbidden" | "unexpected_keyword_argument":
            return _unknown(model, source, loc)
        case "missing":
            return source.problem(loc, source.lacking(loc), _right(model, loc))
        case "enum":
            return source.problem(loc, source.given(loc, error["input"]), _one_of(error))
        case "tuple_type" | "list_type" if isinstance(error["input"], str):
            return source.problem(loc, source.given(loc, error["input"]), f"write a list: [{shown(error['input'])}]")
        case "value_error" if isinstance(wrong := error["ctx"]["error"], Wrong):
            what = wrong.what or source.given(loc, error["input"])
            return source.problem((*loc, wrong.key) if wrong.key else loc, what, f"write {wrong.want}")
    return source.problem(loc, source.given(loc, error["input"]), _right(model, loc))


def _unknown(model: type[Any], source: Source, loc: Loc) -> Problem:
    known = list(fields(_table(model, loc[:-1])))
    where = f" in {source.table(loc[:-1])}" if isinstance(source, TomlSource) and loc[:-1] else ""
    like = nearest(str(loc[-1]), known)
    want = f'did you mean "{like}"?' if like else f"known here: {', '.join(known)}"
    return source.problem(loc, f'unknown key "{loc[-1]}"{where}', want)


def _one_of(error: ErrorDetails) -> str:
    words = re.findall(r"'(.*?)'", error["ctx"]["expected"])
    like = nearest(str(error["input"]), words)
    return f"write one of {', '.join(words)}" + (f' (did you mean "{like}"?)' if like else "")


def _right(model: type[Any], loc: Loc) -> str:
    keys = [key for key in loc if isinstance(key, str)]
    field = fields(_table(model, tuple(keys[:-1])))[keys[-1]]
    return f"write {field.description}"


def _table(model: type[Any], loc: Iterable[int | str]) -> type[Any]:
    """The model of the table at a place."""
    for key in loc:
        if isinstance(key, str):
            model = next(models(fields(model)[key].annotation))
    return model


def models(annotation: Any) -> Iterator[type[Any]]:
    """The tables that a type is made of: models, or dataclasses of pydantic."""
    return (kind for kind in (annotation, *get_args(annotation)) if hasattr(kind, "__pydantic_fields__"))


def fields(model: type[Any]) -> dict[str, FieldInfo]:
    """The keys of a table, as its file has them."""
    known: dict[str, FieldInfo] = model.__pydantic_fields__
    return {field.alias or name: field for name, field in known.items() if field.init is not False}
