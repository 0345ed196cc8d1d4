"""What rows are made with: the day, the processor, the versions, and a digest of the code."""

import ast
import hashlib
import platform
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

PACKAGES = ("aigc_lib", "bench")
STORING = {"aigc_lib.results", "bench.makes", "bench.rows"}  # a change there changes no measurement


def today(bench: Path) -> dict[str, str]:
    """The make of a row that this bench measures now: the day, the processor, versions, code."""
    return {
        "date": date.today().isoformat(),
        "processor": _processor(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "code": code_digest(bench),
    }


def differences(made: dict, now: dict) -> list[str]:
    """In what two makes differ, the day apart, in words: empty if they are alike."""
    return [
        f"{field} {made[field] or 'not recorded'}, today {now[field]}"
        for field in now
        if field != "date" and made[field] != now[field]
    ]


def code_digest(bench: Path) -> str:
    """SHA-256 of the statements of a bench and of all modules of the course that it imports.

    Comments, docstrings and the breaks of lines do not count, nor do the modules that only
    store rows.
    """
    trees, waiting = {}, [(bench.stem, bench)]
    while waiting:
        name, path = waiting.pop()
        trees[name] = tree = ast.parse(path.read_text(encoding="utf-8"))
        for module in _imports(tree):
            found = _source(module)
            if module not in trees.keys() | STORING and found is not None:
                trees[module] = None  # no second time
                waiting.append((module, found))
    digest = hashlib.sha256()
    for name, tree in sorted(trees.items()):
        digest.update(f"{name}\n{_statements(tree)}\n".encode())
    return digest.hexdigest()


def _source(module: str) -> Path | None:
    """The file of a module of a package; None for what is none, such as a name in a module."""
    package, _, name = module.partition(".")
    spec = find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    files = (Path(folder) / f"{name}.py" for folder in folders or ())
    return next((file for file in files if file.is_file()), None)


def _imports(tree: ast.Module) -> set[str]:
    """Names that may be modules of the course, wherever the import stands."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in names if name.split(".")[0] in PACKAGES}


def _statements(part: Any) -> str:
    """A syntax tree as a text that is the same under every Python, without docstrings."""
    if isinstance(part, list):
        return f"[{' '.join(map(_statements, part))}]"
    if not isinstance(part, ast.AST):
        return repr(part)
    fields = dict(ast.iter_fields(part))
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    if isinstance(part, documented) and ast.get_docstring(part, clean=False) is not None:
        fields["body"] = part.body[1:]
    # a field that is empty may be unknown to an older Python
    filled = (f"{k}={_statements(v)}" for k, v in fields.items() if v not in (None, []))
    return f"{type(part).__name__}({' '.join(filled)})"


def _processor() -> str:
    """The name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine() or "unknown"
