"""The tools that make the pages light: formulas, icons, pictures, the status page, workflows."""

import base64
import re
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import nbformat
import pytest
import tinycss2
import yaml
from sphinx.errors import ConfigError

from tools import ROOT
from tools.notebooks import notebooks
from tools.site import mathml, policy, search, status, styles, website


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
    assert styles.icons_used(html) == {"rocket", "moon"}
    library = '{sun:[512,512,[],"f185","M1 2"],sun:[8,16,[9728],"f185","M3 4"]}'
    drawn = styles.icon_styles({"sun"}, library)
    assert "0 0 8 16" in drawn
    assert "'M3 4'" in drawn
    assert "M1 2" not in drawn  # the outlined variant
    with pytest.raises(ValueError, match="no icon 'moon'"):
        styles.icon_styles({"moon"}, library)


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
    assert styles.rules_in_use(rules, {"used"}).splitlines() == [
        "/* a licence */",
        "@import url(x.css);",
        "a,.used:hover > b{color: red}",
        ".used:not(.unused){width: 1.5em}",
        '[class*="un,used"]{top: 0}',
        '@media (max-width: 9px) {.used::before{content: ".unused, x"}}',
        "@font-face { font-family: unused }",
    ]


def test_pictures_become_files_with_a_size(tmp_path):
    png = (ROOT / "chapters/images/digits.png").read_bytes()
    page = tmp_path / "chapters/page.html"
    page.parent.mkdir()
    small = '<img src="data:image/png;base64,AAAA" alt="small"/>'
    large = f'<img src="data:image/png;base64,{base64.b64encode(png * 2).decode()}" alt="large">'
    used = Counter()
    html = website.pictures_as_files(small + large, tmp_path, used)
    assert small in html
    (stored,) = (tmp_path / "_images").iterdir()
    assert stored.read_bytes() == png * 2
    once = website.sized(html, page, used)
    assert once.count('loading="lazy"') == once.count('height="') == 1
    assert website.sized(once, page, used) == once
    assert used == {"large pictures in a page": 1, "pictures without a size": 1}


@pytest.mark.parametrize(
    ("pixels", "dpi", "least"),
    [(520, 100, 307), (1200, 100, 707), (1200, 200, 354), (1200, -1, 0), (1200, 0, 0)],
)
def test_a_figure_keeps_the_width_at_which_its_text_is_read(pixels, dpi, least):
    """Of 5.5 inches the text has 9 pixels of 328; what names no size in inches has no text."""
    assert website.least_width(pixels, dpi) == least


@pytest.mark.parametrize(("inches", "boxes"), [(4.6, 0), (9, 1)])
def test_a_wide_figure_stands_in_a_box(tmp_path, inches, boxes):
    figure = plt.figure(figsize=(inches, 2), dpi=100)
    figure.savefig(tmp_path / "figure.png")
    plt.close(figure)
    html = website.sized('<img src="figure.png" alt=""/>', tmp_path / "page.html", Counter())
    assert html.count('<span class="wide-figure"><img style="min-width: ') == boxes
    assert html.count("</span>") == boxes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Mode collapse, d_loss!", ["Mode", "collapse", "d_loss"]),
        ("模式坍塌。", ["模式坍塌", *"模式坍塌", "模式", "式坍", "坍塌"]),
        ("用GAN生成", ["用", "用", "GAN", "生成", "生", "成", "生成"]),
        ("Fréchet 28", ["Fréchet", "28"]),
        ("…", []),
    ],
)
def test_the_search_splits_chinese_from_english(text, words):
    assert search.SearchEnglishChinese({}).split(text) == words


@pytest.mark.parametrize(
    ("word", "stem"),
    [("JS", "js"), ("entropies", "entropi"), ("generated", "gener"), ("散度", "散度")],
)
def test_the_search_stems_as_the_page_does(word, stem):
    assert search.SearchEnglishChinese({}).stem(word) == stem


INLINE = """<script data-cfasync="false">
  document.documentElement.dataset.mode = localStorage.getItem("mode") || "auto";
  document.documentElement.dataset.theme = localStorage.getItem("theme") || "auto";
</script>
<noscript><style> .pst-js-only { display: none !important; } </style></noscript>
<script>let toggleHintShow = 'Click to show';</script>
<script>DOCUMENTATION_OPTIONS.pagename = 'page';</script>
<script> // Activate the search field on page load
</script>
<button onclick="window.print()">print</button>
<p style="top: 5px">styled</p>
<div data-widget="bench-1"></div>
<script type="module">
const style = document.createElement("style");
style.textContent = STYLE;
shadow.append(style);
element.setAttribute(name, value);
start("bench-1", mount, {});
</script>"""


@pytest.fixture
def built(tmp_path) -> Path:
    """A small site as Sphinx leaves it: every pattern has a match, in one page or two."""
    static = tmp_path / "_static"
    (static / "scripts").mkdir(parents=True)
    (static / "scripts/fontawesome.js").write_text('{sun:[8,16,[],"f185","M3 4"]}')
    (static / "documentation_options.js").write_text("const OPTIONS = 1;")
    (static / "searchtools.js").write_text('"found"')
    (static / "a.js").write_text('"used"')
    (static / "b.js").write_text("b();")
    (static / "more.css").write_text(".used { background: url(more.png) }")
    (static / "a.css").write_text('@import "more.css"; .unused { top: 0 } .found { top: 1px }')
    (static / "b.css").write_text(
        "@media print { .used { top: 2px } } @supports (top: 0) { .x { top: 0 } }"
        ".bs-tooltip-auto { top: 3px }"
    )
    (tmp_path / "_images").mkdir()
    (tmp_path / "_images/a.png").write_bytes((ROOT / "chapters/images/digits.png").read_bytes())
    scripts = ["fontawesome", "sphinx-thebe", "design-tabs", "documentation_options", "a", "b"]
    scripts += ["searchtools", "language_data"]
    sheets = ["a", "sphinx-thebe", "sphinx-design.min", "b"]
    for name in [*(f"{each}.js" for each in scripts), *(f"{each}.css" for each in sheets)]:
        (static / name).touch()
    lines = ['<meta charset="utf-8" />']
    lines += [f'<link href="_static/{each}.css?v=1" />' for each in sheets]
    lines += ['<link rel="preload" as="script" href="_static/a.js" />']
    lines += [f'<script src="_static/{each}.js?v=1"></script>' for each in scripts]
    lines += ['<script src="searchindex.js"></script>', "<script>const THEBE_JS_URL = 1</script>"]
    lines += ['<script type="text/x-thebe-config">{\n}</script>']
    lines += ["<script>kernelName = 1</script>", '<i class="fas fa-sun"></i>']
    lines += ['<header id="pst-header"><div class="bd-header__inner">twice</div></header>']
    lines += ['<img src="_images/a.png" alt="" />', '<span class="n">x</span>']
    data = base64.b64encode(b"x" * website.LARGE).decode()
    lines += [f'<img src="data:image/png;base64,{data}" alt="" width="1" />']
    lines += [INLINE]
    for name in ("page", "search"):
        (tmp_path / f"{name}.html").write_text("\n".join(lines), "utf-8")
    (tmp_path / "redirect.html").write_text("<a>moved</a>", "utf-8")
    return tmp_path


def finish(folder: Path) -> None:
    website.finish(SimpleNamespace(outdir=folder, builder=SimpleNamespace(name="html")), None)


def test_pages_share_one_script_and_one_style_sheet(built, caplog):
    finish(built)
    html = (built / "page.html").read_text("utf-8")
    files = re.findall(r'(?:src|href)="([^"]+)"', html)
    kept = ["_static/site.css", "_static/site.js", "_images/a.png"]
    assert [name for name in files if not name.startswith("../_images/")][:3] == kept
    assert html.count("<script") == 3  # light or dark, and the widget
    assert '<header id="pst-header"></header>' in html
    assert "\nx\n" in html  # a name in code, without a mark
    search = (built / "search.html").read_text("utf-8")
    assert re.findall(r'<script defer src="([^"?]+)', search)[:4] == [
        "_static/site.js",
        "_static/searchtools.js",
        "_static/language_data.js",
        "searchindex.js",
    ]
    options, *others = (built / "_static/site.js").read_text("utf-8").splitlines()
    assert options == ";const OPTIONS = 1;"
    assert others == [";let toggleHintShow = 'Click to show';", ';"used"', ";b();"]
    css = (built / "_static/site.css").read_text("utf-8")
    for part in ('url("more.png")', ".found", ".bs-tooltip-auto", ".fa-sun", "@media print"):
        assert part in css
    assert ".unused" not in css
    assert caplog.messages == []


@pytest.mark.parametrize("name", website.PATTERNS)
def test_a_pattern_without_a_match_is_a_warning_that_names_it(built, caplog, monkeypatch, name):
    for table in (website.PATTERNS, styles.PATTERNS, policy.PATTERNS):
        if name in table:
            monkeypatch.setitem(table, name, r"(?!)()()")  # matches nothing
    finish(built)
    assert any(f"no page has a match for {name!r}" in said for said in caplog.messages)


def described(folder: Path, course: dict) -> dict:
    """The context of a page after `describe`, for a notebook with this metadata."""
    path = folder / "99-small.ipynb"
    nbformat.write(nbformat.v4.new_notebook(metadata={"course": course}), path)
    app = SimpleNamespace(env=SimpleNamespace(doc2path=lambda name: str(path)))
    context = {"meta": None, "metatags": "<meta>"}
    website.describe(app, "chapters/99-small", "page.html", context, doctree=True)
    return context


def test_a_chapter_is_described_as_its_metadata_say(tmp_path):
    context = described(tmp_path, {"description": '画 "0"><script>'})
    assert context["meta"] == {"og:description": '画 "0"><script>'}
    said = "画 &quot;0&quot;&gt;&lt;script&gt;"
    assert context["metatags"] == f'<meta>\n<meta name="description" content="{said}" />'
    with pytest.raises(ValueError, match=r"99-small\.ipynb to have course\.description"):
        described(tmp_path, {})


def test_status_page_names_a_chapter_without_a_time(tmp_path):
    (tmp_path / "chapters").mkdir()
    cell = nbformat.v4.new_markdown_cell("# 11 · y")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "chapters/11-y.ipynb")
    with pytest.raises(ValueError, match=r"11-y\.ipynb to have course\.seconds"):
        status.status_as_markdown(tmp_path)


def test_status_page_has_every_chapter_and_the_versions():
    text = status.status_as_markdown()
    for path in notebooks():
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
