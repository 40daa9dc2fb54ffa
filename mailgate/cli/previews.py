"""Notices on sample data, and what of an admin's own templates would never be used."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path, PurePath
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from jinja2 import Environment, TemplateError, TemplateNotFound, nodes

from mailgate import assets
from mailgate.cli.failure import Failed
from mailgate.config.problems import nearest
from mailgate.outbox import charts
from mailgate.outbox.compose import environment, html_of, subject_of, text_of
from mailgate.outbox.samples import sample
from mailgate.outbox.trial import fault_of

if TYPE_CHECKING:
    from mailgate.config import Config


def rendered(config: Config | None, notice: str, language: str, *, html: bool) -> str:
    """The notice as it would be sent: its HTML part, or its subject and text part. Raises Failed for a bad template.

    The templates of the configuration come first, where there is one.
    """
    templates, draft = templates_of(config), sample(notice, language)
    try:
        if html:
            shown = charts.pictures(draft.facts) if notice == charts.NOTICE else ()
            return charts.embedded(html_of(draft, templates), shown)
        return f"Subject: {subject_of(draft, templates)}\n\n{text_of(draft, templates)}"
    except Exception as error:
        raise Failed(fault_of(error, f"{language}/{notice}")) from error


def files(config: Config | None, notice: str, language: str, *, html: bool) -> list[str]:
    """The files from which that came, the admin's own or the built-in ones."""
    templates = templates_of(config)
    names = [f"{language}/{notice}.{part}.j2" for part in (("html", "txt") if html else ("subject", "txt"))]
    return [str(templates.get_template(name).filename) for name in names]


def templates_of(config: Config | None) -> Environment:
    """The admin's templates, where there is a configuration that names some, then the built-in ones."""
    own = config.files.templates if config else None
    zone = config.desk.zone if config else ZoneInfo("Europe/Minsk")
    return environment(*((own,) if own else ()), assets.templates(), zone=zone)


def unusable(own: Path, templates: Environment) -> Iterator[tuple[Path, str]]:
    """A file that cannot be read, takes no template's place, or says what nobody asks for, and why.

    One whose name begins with "_" serves others.
    """
    stock = assets.templates()
    built_in = {path.relative_to(stock).as_posix() for path in stock.rglob("*.j2")}
    for path in sorted(path for path in own.rglob("*") if path.is_file() and not path.name.startswith(".")):
        name = path.relative_to(own).as_posix()
        if problem := _unreadable(path) or _misnamed(name, built_in) or _unasked(name, templates):
            yield path, problem


def _unreadable(path: Path) -> str | None:
    if path.suffix != ".j2":
        return None
    try:
        path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return "text that is not UTF-8; save the file as UTF-8"
    except OSError as error:
        return f"it cannot be read: {error.strerror}; a file that the user who runs mailgate can read"
    return None


def _misnamed(name: str, built_in: Collection[str]) -> str | None:
    if PurePath(name).name.startswith("_") or name in built_in:
        return None
    like = nearest(name, built_in)
    if not name.endswith(".j2") and not like:
        return None
    hint = f'did you mean "{like}"?' if like else "`mailgate render` names the notices"
    return f"no notice has a template of this name, so it is never used; {hint}"


def _unasked(name: str, templates: Environment) -> str | None:
    """Words or a block that the extended templates do not ask for; a mistake of another kind is told elsewhere."""
    try:
        own, *extended = _family(name, templates)
    except (TemplateError, nodes.Impossible, LookupError, ValueError, RecursionError):
        return None
    blocks = sorted({block.name for each in extended for block in each.find_all(nodes.Block)})
    asked = {*blocks, *(each.attr for each in own.find_all(nodes.Getattr))}  # such as self.lead()
    if extended and not blocks:
        return "the template that it extends has no blocks to change, so it changes nothing; begin with a copy of that"
    for part in own.body if extended else ():
        if isinstance(part, nodes.Output) and (line := _line_of_words(part)):
            want = f"put it into one: {', '.join(blocks)}"
            return f"line {line}: what stands outside of the blocks is never used; {want}"
        if isinstance(part, nodes.Block) and part.name not in asked:
            like = nearest(part.name, blocks)
            hint = f'did you mean "{like}"?' if like else f"there are: {', '.join(blocks)}"
            return f'line {part.lineno}: nothing asks for a block "{part.name}", so it is never used; {hint}'
    return None


def _line_of_words(output: nodes.Output) -> int | None:
    """Where it says the first that is more than white space."""
    for node in output.nodes:
        if not isinstance(node, nodes.TemplateData):
            return node.lineno
        if words := node.data.lstrip():
            return node.lineno + node.data.removesuffix(words).count("\n")
    return None


def _family(name: str, templates: Environment) -> list[nodes.Template]:
    """The template, the one that it extends, the one that that extends, and so on."""
    if templates.loader is None:
        raise TemplateNotFound(name)
    tree = templates.parse(templates.loader.get_source(templates, name)[0])
    for extends in tree.find_all(nodes.Extends):
        parent = extends.template
        if isinstance(parent, nodes.Name):
            return [tree, *_family(str(templates.globals[parent.name]), templates)]
        return [tree, *_family(str(parent.as_const()), templates)]
    return [tree]
