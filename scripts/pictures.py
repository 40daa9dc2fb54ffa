#!/usr/bin/env python3
"""Takes pictures of the notices as a browser shows them, on a phone and on a desk, in light and in dark.

    scripts/pictures.py                      the chosen ones, into docs/notices/, and their index docs/notices.md
    scripts/pictures.py FOLDER [LANGUAGE…]   every notice in these languages (all three) at both widths, light and dark

Needs Chromium (`CHROMIUM` names another one than /usr/bin/chromium).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from mailgate.outbox import charts  # noqa: E402
from mailgate.outbox.compose import environment, html_of, subject_of  # noqa: E402
from mailgate.outbox.samples import NAMES, sample  # noqa: E402
from mailgate.rules.vocabulary import Language  # noqa: E402

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
WIDTHS = (390, 1024)
FIRST_FLOW = (
    "registered",
    "staff_new",
    "started",
    "progress",
    "staff_reply",
    "staff_done",
    "staff_error",
    "info_needed",
    "completed",
    "not_registered",
)
TEMPLATES = environment(ROOT / "templates", zone=ZoneInfo("Europe/Minsk"))
DARK, LIGHT = "0", "1"
INTRODUCTION = """\
# The notices as they look

Taken by `scripts/pictures.py` from the templates and their sample facts. `mailgate render NOTICE --html` gives any of
them with your own templates; how to write those stands in [templates.md](templates.md)."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One notice in one language at one width, in pixels."""

    notice: str
    language: str
    width: int
    dark: bool = False

    @property
    def file(self) -> str:
        """Its file name."""
        return f"{self.notice}-{self.language}-{self.width}{'-dark' if self.dark else ''}.png"


CHOSEN = (
    *(Picture(notice, "ru", width) for notice in FIRST_FLOW for width in WIDTHS),
    Picture("completed", "ru", 390, dark=True),
    Picture("staff_new", "ru", 1024, dark=True),
    Picture("info_needed", "be", 390),
    Picture("completed", "en", 390),
    *(Picture("report", "ru", width, dark) for width in WIDTHS for dark in (False, True)),
)


def main(arguments: list[str]) -> int:
    """The pictures that the command line asks for."""
    if not arguments:
        take(CHOSEN, ROOT / "docs" / "notices")
        (ROOT / "docs" / "notices.md").write_text(index(), encoding="utf-8")
        return 0
    folder, languages = Path(arguments[0]), arguments[1:] or list(Language)
    schemes = (False, True)
    every = [Picture(n, lang, w, d) for lang in languages for n in NAMES for w in WIDTHS for d in schemes]
    take(every, folder)
    return 0


def take(pictures: list[Picture] | tuple[Picture, ...], folder: Path) -> None:
    """Each picture as a PNG file as high as its letter."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for picture in pictures:
            page = Path(scratch) / "page.html"
            page.write_text(_framed(picture), encoding="utf-8")
            height = _height(page, picture, Path(scratch))
            _chromium(page, picture, height, Path(scratch), f"--screenshot={(folder / picture.file).resolve()}")
            print(picture.file)


def index() -> str:
    """The page that shows the chosen pictures."""
    lines = [INTRODUCTION]
    for notice in dict.fromkeys(picture.notice for picture in CHOSEN):
        of_it = [picture for picture in CHOSEN if picture.notice == notice]
        lines += ["", f"## {notice}", "", f"`{subject_of(sample(notice, 'ru'), TEMPLATES)}`", ""]
        lines += [f'<img src="notices/{each.file}" width="{each.width // 2}" alt="{_alt(each)}">' for each in of_it]
    return "\n".join(lines) + "\n"


def _alt(picture: Picture) -> str:
    return f"{picture.notice}, {picture.language}, {picture.width} px, {'dark' if picture.dark else 'light'}"


def _framed(picture: Picture) -> str:
    """The letter, reporting its own height to who dumps the page; Chromium lays out 500 px or more unless told."""
    width = f"<style>html {{ max-width: {picture.width}px }}</style>"
    report = (
        "<script>addEventListener('load', () => document.body.dataset.height = document.body.scrollHeight)</script>"
    )
    draft = sample(picture.notice, picture.language)
    shown = charts.pictures(draft.facts) if picture.notice == charts.NOTICE else ()
    letter = charts.embedded(html_of(draft, TEMPLATES), shown)
    return letter.replace("</head>", f"{width}</head>").replace("</body>", f"{report}</body>")


def _height(page: Path, picture: Picture, scratch: Path) -> int:
    dumped = _chromium(page, picture, 200, scratch, "--dump-dom")
    found = re.search(r'data-height="(\d+)"', dumped)
    if found is None:
        raise RuntimeError(f"{CHROMIUM} gave no height for {picture.file}")
    return int(found[1])


def _chromium(page: Path, picture: Picture, height: int, scratch: Path, act: str) -> str:
    done = subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--hide-scrollbars",
            f"--user-data-dir={scratch / 'profile'}",
            f"--blink-settings=preferredColorScheme={DARK if picture.dark else LIGHT}",
            f"--window-size={picture.width},{height}",
            act,
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
