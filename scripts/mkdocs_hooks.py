"""What MkDocs needs to make a site of pages that are written to be read in a repository; mkdocs.yml names it.

README.md is a page of the site as well, `start.md`. A link that leaves docs/ stands as its text there, and a diagram,
which a browser would have to fetch a program for, as a table.
"""

from __future__ import annotations

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

README = Path(__file__).resolve().parent.parent / "README.md"
START = "start.md"

_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(\.\./([^)#\s]*)(#[^)\s]*)?\)")
_DIAGRAM = re.compile(r"^```mermaid\nstateDiagram-v2\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ARROW = re.compile(r"^ *(\w+) --> (\w+): (.+)$", re.MULTILINE)
_INNER_LIST = re.compile(r"^  (?=- )", re.MULTILINE)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The README among the pages."""
    files.append(File.generated(config, START, content=start_page(README.read_text(encoding="utf-8"))))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """A page as the site shows it."""
    return _INNER_LIST.sub("    ", _DIAGRAM.sub(_as_table, _LINK.sub(_inside, markdown)))


def start_page(readme: str) -> str:
    """The README as if it stood in docs/."""
    from_root = re.sub(r"\]\((?!https?:|#|docs/)", "](../", readme)
    return from_root.replace("](docs/", "](").replace('src="docs/', 'src="')


def _inside(link: re.Match[str]) -> str:
    words, path, anchor = link[1], link[2], link[3] or ""
    return f"[{words}]({START}{anchor})" if path == README.name else words


def _as_table(diagram: re.Match[str]) -> str:
    rows = [f"| `{arrow[1]}` | `{arrow[2]}` | {arrow[3]} |" for arrow in _ARROW.finditer(diagram[1])]
    return "\n".join(["| from | to | by |", "|---|---|---|", *rows])
