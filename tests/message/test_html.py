"""HTML to text and to safe HTML (S14), also when it is nested or hostile."""

from __future__ import annotations

import pytest

from mailgate.message.html import safe_html, to_text
from tests.rig.effort import cpu_seconds


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<div>a</div><div>b<br>c</div>", "a\nb\nc"),
        ("a <b> b </b>c", "a b c"),
        ("<p>1&nbsp;000 &lt;x&gt;</p>", "1 000 <x>"),
        ("<ul><li>a</li><li><p>b</p></li></ul>", "- a\n- b"),
        ("<ol start=1><li>a<li>b</ol>", "1. a\n2. b"),
        ("<table><tr><td>x</td><td>y</td></tr><tr><td>z</td></tr></table>", "x\ty\nz"),
        ('<a href="https://e.by/y">here</a>', "here <https://e.by/y>"),
        ('<a href="https://e.by/">https://e.by</a>', "https://e.by"),
        ('<a href="mailto:a@b.by">a@b.by</a>', "a@b.by"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("a<blockquote type=cite>b<br>c<blockquote>d</blockquote></blockquote>e", "a\n\n> b\n> c\n> \n> > d\n> \ne"),
        ('<blockquote style="margin:0 0 0 40px;border:none">indented</blockquote>', "indented"),
        ("<style>x</style><script>y</script><title>z</title><!-- c -->t", "t"),
        ('<div style="display:none">hidden</div>seen', "seen"),
        ('text<div class="gmail_signature">Ivan</div>', "text\n-- \nIvan"),
        ('<p class="MsoNormal">a</p><p class="MsoNormal">b</p>', "a\nb"),
        ("", ""),
        ("<", "<"),
        ("<html", ""),
    ],
)
def test_blocks_become_lines(html: str, text: str) -> None:
    assert to_text(html) == text


def test_a_thousand_nested_tags_are_read() -> None:
    assert to_text("<div>" * 3_000 + "deep" + "</div>" * 3_000) == "deep"
    assert "deep" in to_text("<table><tr><td>" * 1_500 + "deep")


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 400_000 + "x",
        "<p><b>" * 200_000 + "x",
        "".join(f"<font size={i}>" for i in range(2_000)) + "<p>" * 100_000 + "x",
        "<table><tr><td>" * 100_000 + "x",
        "<" * 1_000_000,
        "&" * 1_000_000,
        "<!--" * 250_000,
        "<a href=" * 100_000,
        "<script>" * 200_000,
        "<div style='" + "display:" * 100_000,
        "<div>" * 10_000 + " " * 1_000_000 + "x",
        "&" * 200_000 + " " * 1_000_000 + "x",
    ],
    ids=range(12),
)
def test_s20_hostile_html_takes_a_second_at_most(html: str) -> None:
    assert cpu_seconds(lambda: (to_text(html), safe_html(html))) < 1


ACTIVE = [
    "<script>alert(1)</script>", "<img src=http://e.by/x.png>", '<a href="javascript:x()">a</a>',
    "<svg onload=x()><script>y</script>",
    '<p style="background:url(http://e.by/x)">t</p>', "<iframe src=http://e.by></iframe>",
    "<form action=x><input name=y></form>",
    "<style>@import 'http://e.by'</style>", '<a href="data:text/html,x">b</a>', "<link rel=stylesheet href=http://e.by>",
    "<p onclick=x()>t</p>", "<video src=http://e.by>", "<object data=http://e.by>", "<base href=http://e.by>",
    "<meta http-equiv=refresh>",
    '<td background="http://e.by/x">t</td>',
]  # fmt: skip


@pytest.mark.parametrize("html", ACTIVE)
def test_s14_nothing_active_and_nothing_remote_is_left(html: str) -> None:
    safe = safe_html(f"<div>{html}</div>").lower()

    for word in ("script", "src", "style", "onclick", "onload", "iframe", "form", "data:", "e.by", "meta", "svg"):
        assert word not in safe


def test_s14_formatting_and_links_stay() -> None:
    html = '<p><b>x</b> <a href="https://e.by/">y</a></p><table><tr><td colspan="2">z</td></tr></table>'

    safe = safe_html(html)

    for piece in ("<b>x</b>", 'href="https://e.by/"', "<table>", 'colspan="2"'):
        assert piece in safe
