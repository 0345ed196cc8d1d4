"""How pages come to keep to their policy: what moves, what may stay, what a build warns of."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tools.site import policy

WIDGET = """<div data-widget="bench-1"><img alt="a picture"></div>
<script type="module">
const two = 2;
start("bench-1", mount, {"x": [1, "\\u003c/script>"]});
</script>"""


@pytest.fixture
def within(tmp_path):
    """Makes a page of a chapter keep to its policy; gives it, the settings and the rules."""
    (tmp_path / "_static").mkdir()

    def one(html: str) -> tuple[str, dict, dict]:
        settings, rules = {}, {}
        page = tmp_path / "chapters/page.html"
        html = policy.within(html, page, tmp_path / "_static", Counter(), settings, rules)
        return html, settings, rules

    return one


def script_of(html: str, folder: Path) -> str:
    """The text of the file that a page of a chapter names as a script."""
    (name,) = re.findall(r'<script defer src="\.\./_static/([0-9a-f]{16}\.js)"></script>', html)
    return (folder / "_static" / name).read_text("utf-8")


def test_a_widget_becomes_a_plain_strict_file(within, tmp_path):
    """Holds off a script that does nothing where a page is opened from a disk, or leaks names."""
    html, _, _ = within(WIDGET)
    script = script_of(html, tmp_path)
    assert script.startswith('"use strict";\n(() => {')
    assert 'start("bench-1", mount, {"x": [1, "\\u003c/script>"]});' in script
    assert policy.refused(html) == []
    assert within(WIDGET)[0] == html  # the same bytes in the next build


@pytest.mark.parametrize(
    "html",
    [
        WIDGET.replace("</div>\n", "</div>"),
        WIDGET.replace("start(", "begin("),
        "<script>let toggleHint = alert(1);</script>",
        "<script>DOCUMENTATION_OPTIONS.x = 'y';</script>",
        "<script data-cfasync='false'>alert(1)</script>",
        '<script data-cfasync="false">document.documentElement.dataset.mode = alert(1)</script>',
        "<noscript><style>.pst-js-only { display: none !important; } p { }</style></noscript>",
    ],
)
def test_what_only_looks_like_the_theme_or_a_widget_stays_refused(within, html):
    """Holds off a script that the build itself would carry to where it runs."""
    made, settings, _ = within(html)
    assert html in made
    assert settings == {}
    assert len(policy.refused(made)) == 1


def test_a_style_of_an_element_becomes_a_class(within):
    """Holds off a style that is lost, or a tag with two classes of which one counts."""
    styled = '<p style="top: 1px">a</p><p class="b" style="top: 1px">b</p>'
    html, _, rules = within(styled + '<i style="left:0" class="c">c</i>')
    first, second = rules
    assert f'<p class="{first}">a</p><p class="{first} b">b</p><i class="{second} c">c</i>' in html
    assert rules[first] == f".{first} {{ top: 1px !important }}"
    assert policy.refused(html) == []
    with pytest.raises(ValueError, match="expected declarations of CSS"):
        within('<p style="{x">')


def test_the_policy_stands_before_all_that_it_rules(within):
    """Holds off a script that runs before the browser has read the policy."""
    head = '<head>\n<meta charset="utf-8" /><script src="x.js"></script></head>'
    html, _, _ = within(head)
    assert html.index("Content-Security-Policy") < html.index("<script")
    html, _, _ = within('<meta http-equiv="Refresh" content="0; url=x.html" />')  # leads on
    assert html.startswith('<meta charset="utf-8" />\n<meta http-equiv="Content-Security-Policy"')
    assert "unsafe" not in html
    assert "default-src 'none'" in html


@pytest.mark.parametrize(
    "html",
    [
        "<script>x()</script>",
        "<style scoped>td { top: 0 }</style>",
        "<img src=x onerror='x()'>",
        "<a href=' JavaScript:x()'>x</a>",
        "<p style=color:red>x</p>",
        "<img src='https://example.com/x.png'>",
        "<script src='//example.com/x.js'></script>",
        "<iframe src='x.html'></iframe>",
        "<base href='/'>",
    ],
)
def test_what_a_browser_would_refuse_in_silence_is_found(within, html):
    """Holds off an output or a page of which a part does nothing, and nobody is told."""
    assert len(policy.refused(within(html)[0])) == 1


def test_text_about_scripts_is_no_script(within):
    """Holds off a warning on what a page only shows."""
    html = (
        '<pre>&lt;script&gt; style="x" onclick="y"</pre><!-- <script>x</script> --><p title="on">'
    )
    assert policy.refused(within(html)[0]) == []
