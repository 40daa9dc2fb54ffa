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
from mailgate.config.sources import Source, TomlSource
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


def _problem(model: type[BaseModel], source: Source, error: ErrorDetails) -> Problem:
    loc = error["loc"]
    match error["type"]:
        case "extra_forbidden":
            return _unknown(model, source, loc)
        case "missing":
            return source.problem(loc, source.lacking(loc), _right(model, loc))
        case "enum":
            return source.problem(loc, source.given(loc, error["input"]), _one_of(error))
        case "value_error" if isinstance(wrong := error["ctx"]["error"], Wrong):
            return source.problem(loc, wrong.what or source.given(loc, error["input"]), f"write {wrong.want}")
    return source.problem(loc, source.given(loc, error["input"]), _right(model, loc))


def _unknown(model: type[BaseModel], source: Source, loc: Loc) -> Problem:
    known = list(_fields(_table(model, loc[:-1])))
    where = f" in {source.table(loc[:-1])}" if isinstance(source, TomlSource) and loc[:-1] else ""
    like = nearest(str(loc[-1]), known)
    want = f'did you mean "{like}"?' if like else f"known here: {', '.join(known)}"
    return source.problem(loc, f'unknown key "{loc[-1]}"{where}', want)


def _one_of(error: ErrorDetails) -> str:
    words = re.findall(r"'(.*?)'", error["ctx"]["expected"])
    like = nearest(str(error["input"]), words)
    return f"write one of {', '.join(words)}" + (f' (did you mean "{like}"?)' if like else "")


def _right(model: type[BaseModel], loc: Loc) -> str:
    keys = [key for key in loc if isinstance(key, str)]
    field = _fields(_table(model, tuple(keys[:-1])))[keys[-1]]
    return f"write {field.description}"


def _table(model: type[BaseModel], loc: Iterable[int | str]) -> type[BaseModel]:
    """The model of the table at a place."""
    for key in loc:
        if isinstance(key, str):
            model = next(_models(_fields(model)[key].annotation))
    return model


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            yield candidate


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}
