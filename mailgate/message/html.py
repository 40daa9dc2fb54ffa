"""HTML mail: turned to text for reading, and made safe for passing on.

Why: some programs nest mail's HTML a thousand tables deep, so the tree is walked from node to node, without
recursion; and quotes are marked the way plain text marks them, so that one reader of quotes serves for both.
"""

from __future__ import annotations

import re
from collections import Counter
from html import escape, unescape

import nh3
from selectolax.lexbor import LexborHTMLParser, LexborNode

LONGEST = 2_000_000
"""Characters of HTML that are read; the kept original has the rest."""
_LONGEST_LINK = 120
_DEEPEST_QUOTE = 20

_SKIP = frozenset(
    {"script", "style", "head", "title", "noscript", "template", "meta", "link", "select", "svg", "object", "iframe"}
)
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "pre", "table", "blockquote"})
_BLOCKS = _PARAGRAPHS | frozenset(
    {"div", "tr", "li", "dt", "dd", "section", "article", "header", "footer", "center", "form", "address", "body",
     "fieldset", "main", "aside", "nav", "figure", "tbody", "thead", "tfoot", "caption", "hr"}
)  # fmt: skip
_SPACES = re.compile(r"[ \t\n\r\f]+")
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
_QUOTE = re.compile(r"\b(?:yahoo_quoted|protonmail_quote|tutanota_quote|zmail_extra)\b")
_SIGNATURE = re.compile(
    r"\b(?:gmail_signature|moz-signature|yandex-signature|js-signature|apple-signature|k9mail-signature)\b"
    r"|^(?:Signature|ms-outlook-mobile-signature|_MailAutoSig|composer_signature)$"
)
"""In a class, or the whole of an id or a bookmark as Outlook sets it."""
_INDENTED = re.compile(r"border(?:-left)?\s*:\s*(?:none|0)", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n((?:> )*)\n(?:(?:> )*\n)+")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,20})")
_UNREAD = re.compile(r"<(?:!--|(script|style|title)\b)", re.IGNORECASE)
_VOID = frozenset({"br", "img", "hr", "meta", "input", "link", "col", "area", "base", "wbr", "p", "li", "option"})
_FEW_TAGS = 1_500
_MOST_STEPS = 20_000_000
_FORMATTING = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u", "span"}
)
_MOST_COPIES = 500_000
_MOST_REFERENCES = 100_000

_SAFE_TAGS = frozenset(
    {"a", "abbr", "b", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd", "del", "div",
     "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "kbd", "li", "ol", "p", "pre", "q", "s",
     "samp", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
     "tt", "u", "ul"}
)  # fmt: skip
_CELL = {"colspan", "rowspan", "align", "valign"}
_SAFE_ATTRIBUTES = {"a": {"href", "title"}, "td": _CELL, "th": _CELL, "ol": {"start"}, "*": {"dir", "lang"}}


def safe_html(html: str) -> str:
    """HTML that neither acts nor fetches: no scripts, styles, pictures, forms; links only to http, mailto and tel."""
    html = html[:LONGEST]
    if html.count("&") > _MOST_REFERENCES or too_tangled(html):
        return f"<pre>{escape(_without_tags(html))}</pre>"
    return nh3.clean(
        html,
        tags=set(_SAFE_TAGS),
        attributes=_SAFE_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    )


def to_text(html: str) -> str:
    """Readable text: blocks on lines of their own, list points, cells and links apart, quotes marked with "> "."""
    html = html[:LONGEST]
    if too_tangled(html):
        return _without_tags(html)
    root = LexborHTMLParser(html).body
    if root is None:
        return ""
    writer = _Writer()
    _walk(root, writer)
    return writer.text()


def too_tangled(html: str) -> bool:
    """Whether a tree of `html` would cost far more than its length: such parsers look up the whole path at every
    tag, and repeat open formatting in every paragraph. Both are counted here as if no end tag were ever implied."""
    if html.count("<") < _FEW_TAGS:
        return False
    open_tags: Counter[str] = Counter()
    depth = formatting = steps = copies = 0
    for found in _TAG.finditer(html):
        closing, tag = found[1], found[2].lower()
        change = 0 if tag in _VOID else 1 if not closing else -1 if open_tags[tag] else 0
        open_tags[tag] += change
        depth += change
        formatting += change if tag in _FORMATTING else 0
        steps += depth
        copies += formatting if tag not in _FORMATTING and not closing else 0
        if steps > _MOST_STEPS or copies > _MOST_COPIES:
            return True
    return False


def _without_tags(html: str) -> str:
    """The text of HTML that is not worth a tree."""
    text = unescape(re.sub(r"<[^<>]*>", "\n", _without_scripts(html)))
    return "\n".join(filter(None, map(str.strip, text.split("\n"))))


def _without_scripts(html: str) -> str:
    """Without comments, scripts, styles and titles; one that is not closed lasts to the end."""
    pieces, position, lower = [], 0, html.lower()
    for opening in _UNREAD.finditer(html):
        if opening.start() < position:
            continue
        closing = f"</{opening[1].lower()}" if opening[1] else "-->"
        end = lower.find(closing, opening.end())
        pieces.append(html[position : opening.start()])
        position = end + len(closing) if end >= 0 else len(html)
    return "".join(pieces) + html[position:]


def _walk(root: LexborNode, writer: _Writer) -> None:
    """Depth first along first child, next sibling and parent."""
    node: LexborNode | None = root
    top = root.mem_id
    while node is not None:
        child = node.first_child if writer.enter(node) else None
        while child is None and node is not None:
            writer.leave(node)
            if node.mem_id == top:
                return
            child = node.next
            if child is None:
                node = node.parent
        node = child


class _Writer:
    """Collects lines and knows how deep in quotes, lists and preformatted text they are."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line = ""
        self.bullet = ""
        self.quotes: list[int] = []
        self.lists: list[int] = []
        self.links: list[tuple[str, str]] = []
        self.preformatted = 0

    def text(self) -> str:
        self.end_line()
        text = _INVISIBLE.sub("", "\n".join(self.lines)).replace("\xa0", " ")
        return _BLANK_LINES.sub(r"\n\1\n", text).strip("\n")

    def enter(self, node: LexborNode) -> bool:
        """Writes what stands before the content of a node; False where its content is not for reading."""
        if node.is_text_node:
            self.write(node.text_content or "")
            return False
        tag = node.tag or ""
        if tag in _SKIP or tag.startswith("-"):
            return False
        attributes = node.attributes
        if attributes and _HIDDEN.search(attributes.get("style") or ""):
            return False
        self._enter_inline(tag, attributes)
        if tag in _BLOCKS:
            self._enter_block(node, tag, attributes)
        return True

    def _enter_inline(self, tag: str, attributes: dict[str, str | None]) -> None:
        if tag == "br":
            self.new_line()
        elif tag == "a":
            self.links.append((attributes.get("href") or "", self.line))
            if not self.line.strip() and _SIGNATURE.search(attributes.get("name") or ""):
                self._signature()
        elif tag in {"td", "th"} and self.line.strip():
            self.line = self.line.rstrip() + "\t"

    def _enter_block(self, node: LexborNode, tag: str, attributes: dict[str, str | None]) -> None:
        classes = attributes.get("class") or ""
        self.end_line()
        if tag in _PARAGRAPHS and "Mso" not in classes and not self.bullet:
            self.blank_line()
        if _quotes(tag, attributes, classes):
            self.quotes.append(node.mem_id)
        elif any(map(_SIGNATURE.search, (classes, attributes.get("id") or ""))) or "data-smartmail" in attributes:
            self._signature()
        if tag in {"ul", "ol"}:
            self.lists.append(0 if tag == "ul" else 1)
        elif tag == "li":
            self._point()
        self.preformatted += tag == "pre"
        if tag == "hr":
            self.lines.append(self._prefix() + "_" * 32)

    def leave(self, node: LexborNode) -> None:
        """Writes what stands after the content of a node."""
        tag = node.tag or ""
        if tag == "a" and self.links:
            self._link(*self.links.pop())
        if tag not in _BLOCKS or tag == "hr":
            return
        self.end_line()
        self.bullet = ""
        if self.quotes and self.quotes[-1] == node.mem_id:
            self.quotes.pop()
        if tag in {"ul", "ol"} and self.lists:
            self.lists.pop()
        if tag in _PARAGRAPHS and "Mso" not in (node.attributes.get("class") or ""):
            self.blank_line()
        self.preformatted -= tag == "pre" and self.preformatted > 0

    def write(self, text: str) -> None:
        if self.preformatted:
            first, *others = text.split("\n")
            self.line += first
            for line in others:
                self.new_line()
                self.line = line
            return
        text = _SPACES.sub(" ", text)
        if not self.line or self.line.endswith((" ", "\t")):
            text = text.lstrip(" ")
        self.line += text

    def new_line(self) -> None:
        """Ends the line even if it is empty."""
        self.lines.append(
            (self._prefix() + self.bullet + self.line.rstrip()).rstrip(" ") if self.line else self._prefix()
        )
        self.bullet = "" if self.line else self.bullet
        self.line = ""

    def end_line(self) -> None:
        if self.line.strip():
            self.new_line()
        self.line = ""

    def blank_line(self) -> None:
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append(self._prefix())

    def _prefix(self) -> str:
        return "> " * min(len(self.quotes), _DEEPEST_QUOTE)

    def _point(self) -> None:
        indent = "  " * (len(self.lists) - 1)
        number = self.lists[-1] if self.lists else 0
        self.bullet = f"{indent}{number}. " if number else f"{indent}- "
        if number:
            self.lists[-1] += 1

    def _signature(self) -> None:
        written = [line for line in self.lines[-3:] if line.strip()]
        if not written or written[-1].strip() != "--":
            self.lines.append(self._prefix() + "-- ")

    def _link(self, target: str, before: str) -> None:
        """The target of a link whose text is not the target itself."""
        shown = self.line[len(before) :].strip() if self.line.startswith(before) else self.line.strip()
        web = target.startswith(("http://", "https://")) and len(target) <= _LONGEST_LINK
        if web and shown and shown.rstrip("/") not in target:
            self.line += f" <{target}>"


def _quotes(tag: str, attributes: dict[str, str | None], classes: str) -> bool:
    """A quoted block; a blockquote without a border only indents."""
    if tag == "blockquote":
        return bool(attributes.get("type")) or not _INDENTED.search(attributes.get("style") or "")
    return bool(_QUOTE.search(classes))
