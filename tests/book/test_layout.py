"""How the repository is laid out: read from the text of its modules, nothing of them is run."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import aigc_lib
from tools import ROOT
from tools.notebooks import notebooks, read

FOLDERS = ("aigc_lib", "bench", "tools")
FLOORS = 6
LONGEST = 299  # lines of a module
# folder of aigc_lib → the modules that may name it
DOORS = {
    "assets": {"aigc_lib/assets.py", "tools/make/sums.py"},
    "results": {"aigc_lib/results.py", "bench/rows.py"},
}


def name_of(path: Path) -> str:
    """aigc_lib/data.py → aigc_lib.data; tools/__init__.py → tools."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {name_of(path): path for each in FOLDERS for path in sorted((ROOT / each).rglob("*.py"))}


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imports(name: str) -> set[str]:
    """The modules of the repository that a module imports, at its top or in a function."""
    found = set()
    for node in ast.walk(parsed(MODULES[name])):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively; write the whole name."
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in MODULES else node.module)
    return found & MODULES.keys()


@pytest.fixture(scope="module")
def plan() -> dict[str, set[str]]:
    """Each module with those that it imports."""
    return {name: imports(name) for name in MODULES}


def longest_chain(plan: dict[str, set[str]], name: str, above: tuple[str, ...] = ()) -> tuple:
    """The longest way down from a module: it, one that it imports, one that this imports, …"""
    assert name not in above, f"a circle of imports: {' → '.join([*above, name])}"
    chains = [longest_chain(plan, each, (*above, name)) for each in sorted(plan[name])]
    return (name, *max(chains, key=len, default=()))


def test_imports_have_no_circle_and_at_most_six_floors(plan):
    highest = max((longest_chain(plan, name) for name in plan), key=len)
    assert len(highest) <= FLOORS, " → ".join(highest)


def test_a_circle_would_be_noticed():
    with pytest.raises(AssertionError, match="a → b → c → b"):
        longest_chain({"a": {"b"}, "b": {"c"}, "c": {"b"}}, "a")


def test_the_library_stands_below_benches_and_tools(plan):
    below = {name: found for name, found in plan.items() if name.startswith("aigc_lib")}
    assert {name for name, found in below.items() if found - below.keys()} == set()


def test_modules_are_short():
    lines = {name: len(path.read_text("utf-8").splitlines()) for name, path in MODULES.items()}
    assert {name: count for name, count in lines.items() if count > LONGEST} == {}


def steps_up(node: ast.AST) -> tuple[ast.AST, int]:
    """`x.parent.parent` → (x, 2); `x.parents[1]` → (x, 2); x itself → (x, 0)."""
    if isinstance(node, ast.Attribute) and node.attr == "parent":
        inside, steps = steps_up(node.value)
        return inside, steps + 1
    if (
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "parents"
        and isinstance(node.slice, ast.Constant)
    ):
        inside, steps = steps_up(node.value.value)
        return inside, steps + node.slice.value + 1
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("resolve", "absolute")
    ):
        return steps_up(node.func.value)
    return node, 0


def climbs_to_the_root(path: Path) -> bool:
    """Whether a module goes up from its own file as far as the root of the repository."""
    depth = len(path.relative_to(ROOT).parts)
    return any(
        steps >= depth and "__file__" in ast.unparse(inside)
        for inside, steps in map(steps_up, ast.walk(parsed(path)))
    )


def test_the_root_is_defined_once():
    files = [path for each in (*FOLDERS, "tests") for path in sorted((ROOT / each).rglob("*.py"))]
    assert [path for path in files if climbs_to_the_root(path)] == [ROOT / "tools/__init__.py"]


def texts(tree: ast.Module) -> Iterator[str]:
    """The strings of a module, without those that are a statement, as docstrings are."""
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


def code_of(notebook: Path) -> ast.Module:
    """All code of a notebook; a line for IPython alone becomes `pass`."""
    cells = read(notebook).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    return ast.parse(re.sub(r"^( *)[%!].*", r"\1pass", code, flags=re.MULTILINE))


@pytest.mark.parametrize("folder", DOORS)
def test_a_folder_of_files_has_one_door(folder):
    trees = {str(path.relative_to(ROOT)): parsed(path) for path in MODULES.values()}
    del trees["aigc_lib/__init__.py"]  # it names modules, not folders
    trees |= {each.name: code_of(each) for each in notebooks()}
    named = re.compile(rf"(^|/){folder}(/|$)")
    naming = {name for name, tree in trees.items() if any(map(named.search, texts(tree)))}
    assert naming <= DOORS[folder]


NAMED = re.compile(r"(?<![\w./-])((?:aigc_lib|bench|chapters|tests|tools)/[\w./-]*\w\.(?!html)\w+)")


def places_that_are_gone(text: str) -> set[str]:
    """The files of the repository that a text names and that are not there."""
    return {name for name in NAMED.findall(text) if not (ROOT / name).exists()}


def test_texts_name_files_that_are_there():
    pages = [ROOT / name for name in ("LICENSE", "README.md", "Makefile", "_config.yml")]
    pages += [*ROOT.glob("aigc_lib/**/*.md"), *ROOT.glob("bench/*.md"), *ROOT.glob("chapters/*.md")]
    pages += [*MODULES.values(), *ROOT.glob("aigc_lib/browser/*.js")]
    said = {str(page.relative_to(ROOT)): page.read_text("utf-8") for page in pages}
    said |= {path.name: "\n".join(c.source for c in read(path).cells) for path in notebooks()}
    gone = {name: places_that_are_gone(text) for name, text in said.items()}
    assert {name: found for name, found in gone.items() if found} == {}


def test_a_file_that_has_moved_would_be_noticed():
    text = "see `tools/make_mnist.py`, https://x.org/tools/gone.py and [it](aigc_lib/data.py)."
    assert places_that_are_gone(text) == {"tools/make_mnist.py"}


def test_all_lists_the_public_modules():
    public = [path.stem for path in sorted((ROOT / "aigc_lib").glob("[!_]*.py"))]
    assert sorted(aigc_lib.__all__) == public


def test_light_modules_load_no_tensorflow():
    light = ["assets", "claims", "diagrams", "exercises", "plots", "results", "tables"]
    light += ["text", "verse"]
    names = ", ".join(light)
    code = f"import sys\nfrom aigc_lib import {names}\n"
    code += "print({'tensorflow', 'keras'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("set()\n", "")


def defined(path: Path) -> set[str]:
    """The names that a module defines at its top."""
    names = set()
    for node in parsed(path).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def is_there(word: str) -> bool:
    """Whether a name of the table exists; NN and NAME stand for what a reader chooses."""
    pattern = re.sub(r"NN|NAME", "*", word)
    if command := re.fullmatch(r"make ([\w-]+).*", word):
        return f"\n{command[1]}: " in (ROOT / "Makefile").read_text("utf-8")
    if command := re.fullmatch(r"python -m (\S+).*", pattern):
        return any(ROOT.glob(command[1].replace(".", "/") + ".py"))
    if "/" in word or (ROOT / word).exists():
        return any(ROOT.glob(pattern))
    module, _, name = word.rpartition(".")
    path = MODULES.get(f"aigc_lib.{module}") or MODULES.get(module)
    return path is not None and name in defined(path)


def test_every_name_in_the_table_of_contributing_exists():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    words = [word for row in rows for word in re.findall(r"`([^`]+)`", row)]
    assert len(words) > 40
    assert [word for word in words if not is_there(word)] == []


@pytest.mark.parametrize(
    "word", ["losses.NO_SUCH", "nosuch.GAN_LOSSES", "make nosuch", "tests/nosuch/", "python -m x"]
)
def test_a_name_that_is_gone_would_be_noticed(word):
    assert not is_there(word)


def test_no_two_files_of_tests_have_one_name():
    """Kind: pytest imports them by their names alone; of two, one is not run when all are."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert len(names) > 40
    assert {name for name in names if names.count(name) > 1} == set()
