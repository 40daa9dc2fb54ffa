"""docs/ as a site: built without a warning, whole in itself."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FETCHED = {"img": "src", "script": "src", "link": "href", "iframe": "src"}
"""What a browser fetches by itself."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(
        build, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return folder


class Parts(HTMLParser):
    """What a page fetches, and how many tables it has."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.tables = 0
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tables += tag == "table"
        if address := dict(attrs).get(FETCHED.get(tag, "")):
            self.fetched.append(address)


def test_every_page_is_there_and_the_readme_among_them(site: Path):
    pages = {path.relative_to(ROOT / "docs").with_suffix(".html").as_posix() for path in (ROOT / "docs").rglob("*.md")}

    assert pages | {"start.html"} <= {path.relative_to(site).as_posix() for path in site.rglob("*.html")}


def test_a_page_fetches_nothing_from_elsewhere_and_all_that_it_fetches_is_there(site: Path):
    for page in site.glob("*.html"):
        for address in Parts(page).fetched:
            assert not re.match(r"(https?:)?//", address), f"{page.name}: {address}"
            assert (page.parent / address.partition("?")[0]).exists() or page.name == "404.html", (
                f"{page.name}: {address}"
            )


def test_a_diagram_stands_there_as_a_table(site: Path):
    page = site / "lifecycle.html"

    assert "stateDiagram" not in page.read_text(encoding="utf-8")
    assert Parts(page).tables == 2


def test_the_search_knows_the_russian_pages(site: Path):
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))

    assert {"en", "ru"} <= set(index["config"]["lang"])
    assert "Памятка клиента" in {each["title"] for each in index["docs"]}
