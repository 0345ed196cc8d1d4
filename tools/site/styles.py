"""One style sheet for the site: the rules that some page can use, and the icons that pages show.

The theme brings 2 000 icons and the rules for them; a page shows about twenty. `tools.site.website`
calls this after each build, and warns when one of `PATTERNS` matches nothing any more.
"""

import os
import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import tinycss2

COMPOSED = ("bs-tooltip-auto",)  # the one class that the scripts put together from pieces
CONDITIONS = ("media", "supports")  # at-rules with rules inside
PATTERNS = {  # name → what it stands for in the style sheets, as the theme and Sphinx bring them
    "imports in style sheets": r'@import "([^"]+)";',
    "addresses in style sheets": r"url\(['\"]?([\w./-]+)['\"]?\)",
    **{f"rules in @{name}": rf"@{name}\b" for name in CONDITIONS},
    **{f"rules for .{name}": rf"\.{name}\b" for name in COMPOSED},
}
CLASSES = re.compile(r'\bclass="([^"]*)"')
NO_ICONS = {"fa-solid", "fa-lg"}  # say how an icon is drawn, not which
SAFE = " =':/"  # signs that may stand in a data URI as they are


def icons_used(html: str) -> set[str]:
    """Names of the Font Awesome icons of a page: class="fas fa-rocket" uses "rocket"."""
    words = {word for value in CLASSES.findall(html) for word in value.split()}
    return {word[3:] for word in words - NO_ICONS if word.startswith("fa-")}


def icon_styles(names: Iterable[str], library: str) -> str:
    """A style sheet that draws these icons, taken from the theme's `fontawesome.js`.

    Raises:
        ValueError: the library has no such icon.
    """
    rules = [
        "/* Icons: Font Awesome Free 6, https://fontawesome.com, CC BY 4.0 */",
        ":where(.fa-solid, .fas, .fab) { display: inline-block; height: 1em;",
        "  vertical-align: -0.125em; background: currentColor; forced-color-adjust: none;",
        "  mask: var(--icon) center / contain no-repeat; }",
        "[class*='fa-']::before { content: none !important; }  /* the theme's icon fonts rest */",
        ".fa-lg { font-size: 1.25em; }",
    ]
    for name in sorted(names):
        entry = rf'[{{,]"?{name}"?:\[(\d+),(\d+),\[[^\]]*\],"[0-9a-f]+","([^"]+)"\]'
        found = re.findall(entry, library)
        if not found:
            raise ValueError(f"the theme's fontawesome.js has no icon {name!r}.")
        width, height, path = found[-1]  # the outlined variant comes before the solid one
        svg = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}'>"
        svg += f"<path d='{path}'/></svg>"
        rules += [
            f".fa-{name} {{ width: {int(width) / int(height):.3f}em;",
            f'  --icon: url("data:image/svg+xml,{quote(svg, safe=SAFE)}"); }}',
        ]
    return "\n".join(rules) + "\n"


def style_sheet(path: Path, static: Path, used: Counter[str]) -> str:
    """The text of a style sheet, to be used in `static`: what it imports stands in it.

    `used` counts, by name, how often each of `PATTERNS` matched.
    """

    def imported(found: re.Match) -> str:
        return style_sheet(path.parent / found[1], static, used)

    def linked(found: re.Match) -> str:
        return f'url("{os.path.relpath(path.parent / found[1], static)}")'

    text = path.read_text(encoding="utf-8")
    used.update({name: len(re.findall(each, text)) for name, each in PATTERNS.items()})
    text = re.sub(PATTERNS["imports in style sheets"], imported, text)
    return re.sub(PATTERNS["addresses in style sheets"], linked, text)


def rules_in_use(rules: list[tinycss2.ast.Node], words: set[str]) -> str:
    """The rules of a style sheet without selectors of which a class is not among `words`.

    `words` are all words of the pages and scripts: a script may give an element a class later.
    """
    kept = []
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [s for s in separated(rule.prelude) if classes(s) <= words]
            if selectors:
                names = ",".join(tinycss2.serialize(each).strip() for each in selectors)
                kept.append(f"{names}{{{tinycss2.serialize(rule.content).strip()}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword in CONDITIONS:
            nested = tinycss2.parse_rule_list(rule.content, skip_whitespace=True)
            inner = rules_in_use(nested, words)
            kept.append(f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inner}}}")
        else:  # comments stay: some are licences
            kept.append(rule.serialize())
    return "\n".join(kept)


def separated(selectors: list[tinycss2.ast.Node]) -> list[list[tinycss2.ast.Node]]:
    """A rule's selectors, which stand between its commas."""
    parts: list[list[tinycss2.ast.Node]] = [[]]
    for token in selectors:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def classes(selector: list[tinycss2.ast.Node]) -> set[str]:
    """The classes that an element must have; those in `:not(…)` and `:is(…)` do not count."""
    return {name.value for dot, name in pairwise(selector) if dot == "." and name.type == "ident"}


def site_styles(
    sheets: Iterable[str], static: Path, icons: set[str], words: set[str], used: Counter[str]
) -> str:
    """The text of the site's style sheet.

    Args:
        sheets: names of the style sheets in `static`, in the order in which pages load them.
        static: the folder of the site's style sheets and scripts.
        icons: names of the icons that pages show.
        words: every word of the pages and scripts.
        used: counts, by name, how often each of `PATTERNS` matched.
    """
    texts = [style_sheet(static / name, static, used) for name in sheets]
    texts.append(icon_styles(icons, (static / "scripts/fontawesome.js").read_text("utf-8")))
    rules = tinycss2.parse_stylesheet("\n".join(texts), skip_whitespace=True)
    return rules_in_use(rules, words | set(COMPOSED))
