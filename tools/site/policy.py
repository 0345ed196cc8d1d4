"""What a page may run, draw and ask for: its Content-Security-Policy, and pages that keep to it.

A browser that reads the policy runs no script and uses no style but those in files of the site and
the two that the policy names by their digests. So what Sphinx, the theme and the widgets write into
a page moves: settings into the site's script, other scripts into files, styles of elements into the
site's style sheet. What else stands in a page would do nothing there, and nobody would be told:
`refused` finds it, and `tools.site.website`, which calls this after each build, warns.
"""

import os
import re
from base64 import b64encode
from collections import Counter
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import tinycss2

POLICY = (
    "default-src 'none'; script-src 'self'{script}; style-src 'self'{style}; "
    "img-src 'self' data:; media-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; "  # the search reads the pages that it has found
    "form-action 'self'; base-uri 'none'; object-src 'none'"
)
CHARSET = '<meta charset="utf-8" />'  # comes first in a page
# Nothing but these very words: whatever matched would be allowed, or moved to where it runs.
STAYING = {  # what a page cannot wait for → the directive that allows its digest
    "the script that sets light or dark": (
        "script",
        r'<script data-cfasync="false">(\s*document\.documentElement\.dataset\.mode = '
        r'localStorage\.getItem\("mode"\) \|\| "\w+";\s*document\.documentElement\.dataset\.theme '
        r'= localStorage\.getItem\("theme"\) \|\| "\w+";\s*)</script>',
    ),
    "the style without scripts": (
        "style",
        r"<noscript>\s*<style>(\s*\.pst-js-only \{ display: none !important; \}\s*)</style>",
    ),
}
MOVED = {
    "the page's name for scripts": r"<script>DOCUMENTATION_OPTIONS\.pagename = '[^']*';</script>",
    "settings in a page": r"<script>((?:let toggle\w+|var toggle\w+|"
    r"DOCUMENTATION_OPTIONS\.search_as_you_type) = (?:'[^'<]*'|true|false);)</script>\n?",
    "what buttons do": r' onclick="(?:toggleFullScreen|window\.print)\(\)"',  # → course.js
    "scripts of widgets": r'(?s)(?<=</div>\n)<script type="module">((?:(?!</script>).)*'
    r'\nstart\("[\w-]+", mount, \{[^<\n]*\}\);\n)</script>',
    "styles of elements": r'<[a-z]\w*(?=\s)[^<>]*?\sstyle="([^"]*)"[^<>]*>',
}
IN_WIDGETS = {  # how widgets style what they make → the same by an object, which no policy refuses
    "style sheets of widgets": (
        r'const style = document\.createElement\("style"\);\s*style\.textContent = (\w+);\s*'
        r"shadow\.append\(style\);",
        r"const sheet = new CSSStyleSheet(); sheet.replaceSync(\1); "
        r"shadow.adoptedStyleSheets = [sheet];",
    ),
    "styles that widgets set": (
        r"element\.setAttribute\(name, value\);",
        'name === "style" ? (element.style = value) : element.setAttribute(name, value);',
    ),
}
PATTERNS = (
    {name: pattern for name, (_, pattern) in STAYING.items()}
    | MOVED
    | {name: pattern for name, (pattern, _) in IN_WIDGETS.items()}
)
FOREIGN = re.compile(r"(?:https?:)?//", re.IGNORECASE)
NOT_HERE = {"base", "embed", "frame", "iframe", "object"}
LOADING = {"audio", "img", "script", "source", "track", "video"}


def digest(text: str) -> str:
    """How a policy names the text of a script or style."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def as_file(script: str, static: Path, used: Counter[str]) -> str:
    """Store the script of a widget in a file of `static`, named by its digest; its name.

    A plain script and no module, which a browser does not load where a page is opened from a disk;
    like a module it is strict and keeps its names to itself.
    """
    for name, (_, by) in IN_WIDGETS.items():
        script, times = re.subn(PATTERNS[name], by, script)
        used[name] += times
    script = f'"use strict";\n(() => {{{script}}})();\n'
    name = f"{sha256(script.encode()).hexdigest()[:16]}.js"
    (static / name).write_text(script, encoding="utf-8")
    return name


def as_class(found: re.Match, rules: dict[str, str]) -> str:
    """A tag with a class for its style; `rules` gets the class with its rule.

    Raises:
        ValueError: the style is no CSS.
    """
    declarations = tinycss2.parse_declaration_list(found[1], skip_whitespace=True)
    if any(each.type != "declaration" for each in declarations):
        raise ValueError(f"expected declarations of CSS as a style, but {found[0]!r} has others.")
    important = "; ".join(  # as the style of an element is stronger than a rule
        f"{each.name}:{tinycss2.serialize(each.value)} !important" for each in declarations
    )
    name = f"style-{sha256(important.encode()).hexdigest()[:8]}"
    rules[name] = f".{name} {{ {important} }}"
    tag = found[0].replace(f' style="{found[1]}"', "", 1)
    if re.search(r'\sclass="', tag):
        return re.sub(r'(\sclass=")', rf"\1{name} ", tag, count=1)
    return re.sub(r"^<\w+", rf'\g<0> class="{name}"', tag)


def within(
    html: str, page: Path, static: Path, used: Counter[str], settings: dict[str, None], rules: dict
) -> str:
    """The text of a page that keeps to its policy, and states it.

    Args:
        html: the text of the page.
        page: its file.
        static: the folder of the site's scripts and style sheets.
        used: counts the matches of each pattern.
        settings: gets the scripts that the site's script begins with, in their order.
        rules: gets the classes that elements have for their styles, with their rules.
    """
    where = os.path.relpath(static, page.parent)
    by = {
        "the page's name for scripts": "",
        "settings in a page": lambda found: settings.update({found[1]: None}) or "",
        "what buttons do": "",
        "scripts of widgets": lambda found: (
            f'<script defer src="{where}/{as_file(found[1], static, used)}"></script>'
        ),
        "styles of elements": lambda found: as_class(found, rules),
    }
    for name in MOVED:
        html, times = re.subn(PATTERNS[name], by[name], html)
        used[name] += times
    allowed = {"script": "", "style": ""}
    for name, (directive, _) in STAYING.items():
        found = re.findall(PATTERNS[name], html)
        used[name] += len(found)
        allowed[directive] += "".join(f" {digest(text)}" for text in dict.fromkeys(found))
    lines = f'<meta http-equiv="Content-Security-Policy" content="{POLICY.format(**allowed)}" />'
    lines += '\n<meta name="referrer" content="no-referrer" />'
    before, charset, after = html.partition(CHARSET) if CHARSET in html else ("", CHARSET, html)
    return f"{before}{charset}\n{lines}{after}"


class Refused(HTMLParser):
    """Reads a page and keeps in `found` what its policy refuses, a few words for each."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.policy = ""
        self.inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a tag and its attributes."""
        values = {name: value or "" for name, value in attrs}
        if values.get("http-equiv", "").lower() == "content-security-policy":
            self.policy = values["content"]
        self.inside = tag if tag == "style" or (tag == "script" and "src" not in values) else ""
        if tag in NOT_HERE:
            self.found.append(f"<{tag}>")
        self.found += [
            f'{name}="{value[:60]}"'
            for name, value in values.items()
            if name.startswith("on")
            or name == "style"
            or re.match(r"\s*javascript:", value, re.IGNORECASE)
            or (name in ("src", "srcset") and tag in LOADING and FOREIGN.match(value))
        ]

    def handle_data(self, data: str) -> None:
        """Look at the text of a script or style."""
        if self.inside and digest(data) not in self.policy:
            self.found.append(f"<{self.inside}>{data.strip()[:60]} …")

    def handle_endtag(self, tag: str) -> None:
        """Leave a script or style."""
        self.inside = ""


def refused(html: str) -> list[str]:
    """What stands in a page although its policy refuses it."""
    return Refused(html).found
