"""The tools that make the pages light: formulas, icons, pictures, the status page, workflows."""

import base64
import re
from types import SimpleNamespace

import mathml
import pytest
import status
import tinycss2
import website
import yaml
from helpers import ROOT
from sphinx.errors import ConfigError


def test_a_formula_becomes_mathml():
    assert mathml.as_mathml("x_2") == "<math><msub><mi>x</mi><mn>2</mn></msub></math>"
    assert 'class="tml-display"' in mathml.as_mathml("x", display=True)
    # The letter itself, since browsers know no style "double-struck".
    assert "\U0001d53c" in mathml.as_mathml(r"\mathbb E")


def test_a_function_stands_apart_from_what_it_multiplies():
    space = '<mspace width="0.1667em"></mspace><mrow><mi>log</mi>'
    assert space in mathml.as_mathml(r"p(x) \log q")
    assert space not in mathml.as_mathml(r"-\log q")


@pytest.mark.parametrize("latex", [r"\frac{1", r"\nosuch x", r"\begin{aligned} a"])
def test_a_faulty_formula_is_named(latex):
    with pytest.raises(ValueError, match="cannot be typeset") as raised:
        mathml.as_mathml(latex)
    assert repr(latex) in str(raised.value)


def test_icons_of_a_page():
    html = (
        '<i class="fas fa-rocket"></i><span class="fa-solid fa-moon fa-lg"></span><p class="fat">'
    )
    assert website.icons_used(html) == {"rocket", "moon"}
    library = '{sun:[512,512,[],"f185","M1 2"],sun:[8,16,[9728],"f185","M3 4"]}'
    styles = website.icon_styles({"sun"}, library)
    assert "0 0 8 16" in styles
    assert "'M3 4'" in styles
    assert "M1 2" not in styles  # the outlined variant
    with pytest.raises(ValueError, match="no icon 'moon'"):
        website.icon_styles({"moon"}, library)


def test_an_address_without_its_slash_is_refused():
    config = SimpleNamespace(html_baseurl="https://example.org/course")
    with pytest.raises(ConfigError, match="slash, but got 'https:"):
        website.place(None, config)


def test_a_style_sheet_keeps_what_a_page_can_use():
    css = """/* a licence */
    @import url(x.css);
    a, .used:hover > b, .unused.used { color: red }
    .unused, p .unused { color: blue }
    .used:not(.unused) { width: 1.5em }
    [class*="un,used"] { top: 0 }
    @media (max-width: 9px) { .unused { left: 0 } .used::before { content: ".unused, x" } }
    @font-face { font-family: unused }"""
    rules = tinycss2.parse_stylesheet(css, skip_whitespace=True)
    assert website.rules_in_use(rules, {"used"}).splitlines() == [
        "/* a licence */",
        "@import url(x.css);",
        "a,.used:hover > b{color: red}",
        ".used:not(.unused){width: 1.5em}",
        '[class*="un,used"]{top: 0}',
        '@media (max-width: 9px) {.used::before{content: ".unused, x"}}',
        "@font-face { font-family: unused }",
    ]


def test_pictures_become_files_with_a_size(tmp_path):
    png = (ROOT / "aigc_lib/ring.png").read_bytes()
    page = tmp_path / "chapters/page.html"
    page.parent.mkdir()
    small = '<img src="data:image/png;base64,AAAA" alt="small"/>'
    large = f'<img src="data:image/png;base64,{base64.b64encode(png * 2).decode()}" alt="large">'
    html = website.pictures_as_files(small + large, tmp_path)
    assert small in html
    (stored,) = (tmp_path / "_images").iterdir()
    assert stored.read_bytes() == png * 2
    once = website.sized(html, page)
    assert once.count('loading="lazy"') == once.count('height="') == 1
    assert website.sized(once, page) == once


def test_status_page_names_a_chapter_without_a_time():
    index = "| [10 · x](10-x.ipynb) | text | 7 |\n| [11 · y](11-y.ipynb) | text | – |\n"
    assert status.seconds(index, "10-x.ipynb") == 7
    with pytest.raises(ValueError, match=r"0 rows with a time for 11-y\.ipynb"):
        status.seconds(index, "11-y.ipynb")


def test_status_page_has_every_chapter_and_the_versions():
    text = status.status_as_markdown()
    for path in (ROOT / "chapters").glob("*.ipynb"):
        assert f"]({path.name}) |" in text
    requirements = (ROOT / "requirements.txt").read_text("utf-8")
    tensorflow, keras = re.search(r"tensorflow==(\S+)", requirements)[1], "keras"
    assert f"| tensorflow | {tensorflow} |" in text
    assert f"| {keras} | {status.pinned(requirements)[keras]} |" in text


@pytest.mark.parametrize("path", sorted((ROOT / ".github/workflows").glob("*.yml")), ids=str)
def test_workflows_are_pinned_and_may_do_little(path):
    text = path.read_text("utf-8")
    uses = re.findall(r"uses: (\S+)(.*)", text)
    assert uses
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action) for action, _ in uses)
    assert all(re.fullmatch(r" # v\d+\.\d+\.\d+", version) for _, version in uses)
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    assert "concurrency" in workflow
    assert all(job["timeout-minutes"] <= 120 for job in workflow["jobs"].values())
