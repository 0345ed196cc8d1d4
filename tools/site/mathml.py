r"""Sphinx extension: formulas as MathML, typeset when the book is built.

A page then shows its formulas at once, needs no script for them, and screen readers can read them.
Temml (tools/site/temml) does the work; `_config.yml` names this extension.
"""

import re
from functools import cache
from pathlib import Path

import quickjs
from docutils import nodes
from sphinx.util import logging

TEMML = Path(__file__).parent / "temml/temml.min.js"
RENDER = """(latex, displayMode) => {
    const options = {displayMode, throwOnError: true, annotate: false};
    return Array.from(temml.renderToString(latex, options)).join("");
}"""  # join: quickjs cannot hand out a string that it holds in pieces
# TeX puts a thin space between "p(x)" and "log"; Temml does it after letters and numbers only.
OPERAND = re.compile("(</m(?:row|frac|sup|sub)>)(<mrow><mi>[a-z]{2,}</mi><mo>\u2061)")
logger = logging.getLogger(__name__)


@cache
def renderer():
    """The function (latex, display) → MathML."""
    context = quickjs.Context()
    context.eval(TEMML.read_text(encoding="utf-8"))
    return context.eval(RENDER)


def as_mathml(latex: str, display: bool = False) -> str:
    """A formula as MathML.

    Raises:
        ValueError: Temml cannot read the formula; its message says where.
    """
    try:
        mathml = renderer()(latex, display)
    except quickjs.JSException as error:
        raise ValueError(f"{latex!r} cannot be typeset: {str(error).splitlines()[0]}") from None
    return OPERAND.sub(r'\1<mspace width="0.1667em"></mspace>\2', mathml)


def written(node: nodes.Element, display: bool) -> str:
    """The formula of a node; a formula with a fault is a warning, which fails the build."""
    try:
        return as_mathml(node.astext(), display)
    except ValueError as error:
        logger.warning(str(error), location=node)
        return ""


def visit_math(self, node: nodes.math) -> None:
    """Write a formula within a line."""
    self.body.append(f'<span class="math notranslate">{written(node, display=False)}</span>')
    raise nodes.SkipNode


def visit_displaymath(self, node: nodes.math_block) -> None:
    """Write a formula on lines of its own; the style sheet lets a wide one scroll."""
    self.body.append(f'<div class="math notranslate">{written(node, display=True)}</div>')
    raise nodes.SkipNode


def setup(app) -> dict[str, bool]:
    """Tell Sphinx."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_displaymath, None))
    return {"parallel_read_safe": True}
