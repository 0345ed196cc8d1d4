"""The tools behind `make run`, `make repository`, `make release` and `make` alone."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tools import ROOT, release, rules, run_chapters, set_repository, stamps
from tools.notebooks import about, notebooks, read, title


@pytest.fixture
def copy(tmp_path) -> Path:
    """The files of the course that may hold the repository's address."""
    for name in ("_config.yml", "README.md", "pyproject.toml", "chapters"):
        source, target = ROOT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    return tmp_path


NOBODY = f"{stamps.NOBODY}/aigc-course"


def texts(copy: Path) -> dict[Path, str]:
    """The files that may repeat the address."""
    return {path: path.read_text("utf-8") for path in set_repository.pages(copy)}


def links(path: Path) -> list[str]:
    """All links in a notebook's Markdown, in their order."""
    cells = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
    return re.findall(r"\]\(([^)\s]+)", "\n".join(cells))


def test_address_is_replaced_everywhere_and_back(copy):
    """From whatever address this copy has: the placeholder, two others, and back, to the byte."""
    before, old = texts(copy), stamps.current_slug(copy)
    set_repository.set_slug(copy, NOBODY)
    without = texts(copy)
    for slug, site in (
        ("some-owner/some.name", "https://some-owner.github.io/some.name/"),
        ("Other/other.github.io", "https://other.github.io/"),
    ):
        last = stamps.current_slug(copy)
        changed = set_repository.set_slug(copy, slug)
        assert copy / "_config.yml" in changed
        assert {*notebooks(copy / "chapters")} <= {*changed}
        assert f"baseurl: {site}\n" in (copy / "_config.yml").read_text()
        assert not any(last in text for text in texts(copy).values())
        assert set_repository.set_slug(copy, slug) == []
    set_repository.set_slug(copy, NOBODY)
    assert texts(copy) == without
    set_repository.set_slug(copy, old)
    assert texts(copy) == before


def test_a_notebook_alone_links_to_published_pages(copy):
    """Links that lead nowhere in Colab, where a notebook lies beside nothing."""
    names = set_repository.course_pages(copy / "chapters")
    set_repository.set_slug(copy, NOBODY)
    beside = {path: links(path) for path in notebooks(copy / "chapters")}
    for slug in ("first/one", "a/b"):
        set_repository.set_slug(copy, slug)
    site = "https://a.github.io/b/chapters/"
    for path, before in beside.items():
        published = links(path)
        assert [link for link in published if not link.startswith("http")] == []
        own = [link.removeprefix(site) for link in published if link.startswith(site)]
        back = [re.sub(r"^([^#]+)\.html", lambda each: names[each[1]], link) for link in own]
        assert back == [link for link in before if not link.startswith("http")]


@pytest.mark.parametrize(
    ("markdown", "published"),
    [
        ("[a](12-gan.ipynb)", "[a](SITE12-gan.html)"),
        ("[a](12-gan.ipynb#cell-id=losses), b", "[a](SITE12-gan.html#cell-id=losses), b"),
        (
            "[a](glossary.md#the-term) [b](faq.md)",
            "[a](SITEglossary.html#the-term) [b](SITEfaq.html)",
        ),
        ('[a](faq.md "the title")', '[a](SITEfaq.html "the title")'),
        ("[no page](gone.md), [here](#x), [out](https://x.org/faq.md)", None),
        ("![a picture](images/faq.md)", None),
    ],
)
def test_a_link_to_a_page_becomes_an_address_and_a_file_again(markdown, published):
    """A link taken for one to a page, or a place or title that is lost on the way."""
    names = {"12-gan": "12-gan.ipynb", "glossary": "glossary.md", "faq": "faq.md"}
    site = "https://a.github.io/b/"
    wanted = (published or markdown).replace("SITE", f"{site}chapters/")
    made = set_repository.as_published(markdown, site, names.values())
    assert made == wanted
    assert set_repository.as_published(made, site, names.values()) == made
    assert set_repository.as_files(made, ["https://other.io/", site], names) == markdown


def test_an_address_of_another_server_is_where_links_lead(copy):
    """Links to pages of GitHub that are not there, where `baseurl` names another server."""
    set_repository.set_slug(copy, "a/b")
    config = copy / "_config.yml"
    own = config.read_text("utf-8").replace("https://a.github.io/b/", "https://course.org/")
    config.write_text(own, "utf-8")
    set_repository.set_slug(copy, "a/b")
    assert not any("a.github.io" in text for text in texts(copy).values())
    assert sum("](https://course.org/chapters/" in text for text in texts(copy).values()) > 10
    set_repository.set_slug(copy, NOBODY)
    assert [path for path, text in texts(copy).items() if "course.org" in text] == [config]


def test_a_damaged_notebook_is_named_and_nothing_is_written(copy):
    """Half of the files with the new address, the other half with the old."""
    path = notebooks(copy / "chapters")[-1]
    path.write_text("{")
    before = texts(copy)
    with pytest.raises(ValueError, match=f"{path} is damaged"):
        set_repository.set_slug(copy, "a/b")
    assert texts(copy) == before


@pytest.mark.parametrize(
    ("slug", "nobody"), [(NOBODY, True), ("your_account/x", True), ("a/your_account", False)]
)
def test_the_placeholder_is_known(slug, nobody):
    assert stamps.is_placeholder(slug) is nobody


@pytest.mark.parametrize(
    "slug", ["", "name-only", "https://github.com/a/b", "a/b/c", "a/b.git", "-a/b", "a/."]
)
def test_address_of_another_form_changes_nothing(copy, slug):
    with pytest.raises(SystemExit, match="SLUG=owner/name"):
        set_repository.set_slug(copy, slug)
    assert stamps.current_slug(copy) == stamps.current_slug(ROOT)


def test_a_release_changes_the_tag_and_nothing_else(copy):
    """A half-made release: Colab would open one state of the course and fetch another."""
    old, new = stamps.current_tag(copy), "v12.3.45"
    files = [
        path for path in copy.rglob("*.*") if path.suffix in (".ipynb", ".md", ".yml", ".toml")
    ]
    before = {path: path.read_text("utf-8") for path in files}
    changed = release.set_release(copy, "12.3.45")
    assert {*changed} == {
        copy / "_config.yml",
        copy / "pyproject.toml",
        *notebooks(copy / "chapters"),
    }
    assert stamps.current_tag(copy) == new
    for path in notebooks(copy / "chapters"):
        assert path.read_text("utf-8").count(new) >= 3  # two links and the cell
        assert path.read_text("utf-8").replace(new, old) == before[path]
    release.set_release(copy, old.removeprefix("v"))
    assert {path: path.read_text("utf-8") for path in before} == before


def test_the_tag_is_the_version_of_the_library():
    """A half-made release: the library that the tag holds says it is another."""
    version = re.search(release.VERSION, (ROOT / "pyproject.toml").read_text("utf-8"))[2]
    assert stamps.current_tag(ROOT) == f"v{version}"


@pytest.mark.parametrize("version", ["", "v1.2.3", "1.2", "1.2.3rc1", "main"])
def test_a_version_of_another_form_changes_nothing(copy, version):
    """A misspelt version: the notebooks would fetch a tag that cannot be."""
    with pytest.raises(SystemExit, match=r"VERSION=1\.2\.3"):
        release.set_release(copy, version)
    assert stamps.current_tag(copy) == stamps.current_tag(ROOT)


def test_a_tag_that_is_taken_is_refused(copy):
    """A moved tag: two readers of one release would run different code."""
    git = ["git", "-C", copy, "-c", "user.name=course", "-c", "user.email=course@localhost"]
    for command in (
        ["init", "-q"],
        ["commit", "-q", "--allow-empty", "-m", "x"],
        ["tag", "v9.0.0"],
    ):
        subprocess.run([*git, *command], check=True)
    with pytest.raises(SystemExit, match=r"v9\.0\.0 is taken"):
        release.main("9.0.0", copy)
    assert stamps.current_tag(copy) == stamps.current_tag(ROOT)


def test_a_release_keeps_outputs_and_ids_as_they_are():
    """A damaged notebook: only the first cell's code and the links may change."""
    path = notebooks()[0]
    text = path.read_text("utf-8")
    old, slug = stamps.current_tag(ROOT), stamps.current_slug(ROOT)
    assert release.with_tag(text, slug, old, old) == text
    moved = json.loads(release.with_tag(text, slug, old, "v9.9.9"))
    for before, after in zip(json.loads(text)["cells"], moved["cells"], strict=True):
        assert before | {"source": ""} == after | {"source": ""}


FETCHED = """
import sys
sys.path = [path for path in sys.path if "site-packages" not in path] + sys.argv[1:]
sys.meta_path = [finder for finder in sys.meta_path if "editable" not in repr(finder)]
fetched = False
"""


@pytest.mark.parametrize(
    ("found", "fetches"), [("nothing", True), ("a folder", True), ("the library", False)]
)
def test_first_cell_fetches_the_library_where_it_is_missing(tmp_path, found, fetches):
    """A name taken: a folder `aigc_lib` in Colab's files is a package for Python, an empty one."""
    if found == "a folder":
        (tmp_path / "aigc_lib").mkdir()
    cell = stamps.FIRST_CELL.partition("\n\nfrom aigc_lib")[0]
    cell = re.sub("%pip .*", "fetched = True", cell)
    code = f"{FETCHED}{cell}\nprint(fetched)"
    command = [sys.executable, "-E", "-c", code, *([ROOT] if found == "the library" else [])]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == f"{fetches}\n"


COURSE = {"description": "What a reader can do after this test.", "summary": "A test."}
COURSE |= {"needs": "Nothing.", "thumbnail": "hook", "minutes": 5, "seconds": 70}


@pytest.fixture(autouse=True)
def few_rules(monkeypatch):
    """The notebooks of these tests are too small for the other rules."""
    monkeypatch.setattr(run_chapters, "BEFORE", (rules.metadata,))


def notebook(folder: Path, source: str, course: dict = COURSE, name: str = "99-small") -> Path:
    """A notebook of a heading and one cell."""
    path = folder / f"{name}.ipynb"
    cells = [nbformat.v4.new_markdown_cell("# 99 · 小\n\nText."), nbformat.v4.new_code_cell(source)]
    metadata = {"course": course, "widgets": {}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), path)
    return path


@pytest.fixture
def index(tmp_path) -> Path:
    """A page with an empty table."""
    path = tmp_path / "index.md"
    path.write_text("\n".join(["Before.", *run_chapters.TABLE, "After."]), "utf-8")
    return path


def test_a_run_stores_outputs_and_time(tmp_path, index):
    path = notebook(tmp_path, "print(6 * 7)")
    assert run_chapters.main(["99"], tmp_path) == 0
    stored = read(path)
    assert (stored.cells[1].execution_count, stored.cells[1].outputs[0].text) == (1, "42\n")
    assert stored.metadata.keys() == {"kernelspec", "language_info", "course"}
    seconds = stored.metadata["course"]["seconds"]
    assert seconds < 60  # not the old time
    assert stored.metadata["course"] == COURSE | {"seconds": seconds}
    assert f"| [99 · 小](99-small.ipynb) | A test. | Nothing. | 5 | {seconds} |" in index.read_text(
        "utf-8"
    )


def test_a_failing_chapter_is_not_written(tmp_path, index, capsys):
    path = notebook(tmp_path, "1 / 0")
    before = path.read_bytes()
    assert run_chapters.main([], tmp_path) == 1
    assert path.read_bytes() == before
    assert "ZeroDivisionError" in capsys.readouterr().out
    assert "| 70 |" in index.read_text("utf-8")


def test_an_unknown_chapter_lists_the_known_ones(tmp_path):
    notebook(tmp_path, "")
    with pytest.raises(SystemExit, match=r"99-small\.ipynb"):
        run_chapters.main(["12"], tmp_path)


def test_the_table_is_written_without_a_run(tmp_path, index):
    path = notebook(tmp_path, "1 / 0")
    before = path.read_bytes()
    assert run_chapters.main(["--table"], tmp_path) == 0
    assert path.read_bytes() == before
    written = index.read_text("utf-8")
    assert "|---|\n| [99 · 小](99-small.ipynb) | A test. | Nothing. | 5 | 70 |\n\n" in written
    assert written.startswith("Before.\n")
    assert written.endswith("\nAfter.")
    run_chapters.write_table(tmp_path)
    assert index.read_text("utf-8") == written  # and again


def test_a_page_without_the_marks_of_the_table_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"index\.md to have the lines <!-- `make run`"):
        run_chapters.with_table(f"Text. {run_chapters.TABLE[0]}", tmp_path)


@pytest.mark.parametrize(
    ("entry", "value", "said"),
    [
        ("summary", None, "course.summary in its metadata, but got None. Write it there"),
        ("description", "", "course.description"),
        ("summary", "a | b", "no '|'"),
        ("needs", None, "course.needs in its metadata, but got None. Write it there"),
        ("thumbnail", 3, "course.thumbnail"),
    ],
)
def test_a_chapter_that_says_not_what_it_is_about_is_not_run(tmp_path, entry, value, said):
    notebook(tmp_path, "raise SystemExit", COURSE | {entry: value})
    with pytest.raises(ValueError, match=f"99-small.ipynb .*{said}"):
        run_chapters.main([], tmp_path)


def test_a_chapter_that_never_ran_is_named(tmp_path, index):
    course = {"description": "D.", "summary": "S.", "needs": "N.", "thumbnail": "hook"}
    path = notebook(tmp_path, "", course)
    with pytest.raises(ValueError, match=r"course\.seconds .* but got None\. `make run`"):
        run_chapters.main(["--table"], tmp_path)
    assert about(read(path), path.name, ("summary",))["summary"] == "S."


def test_a_notebook_without_a_heading_is_named():
    cells = [nbformat.v4.new_markdown_cell("Text.")]
    with pytest.raises(ValueError, match=r"99\.ipynb to open with a heading '# …', but got .*Text"):
        title(nbformat.v4.new_notebook(cells=cells), "99.ipynb")


def without(content: dict, name: str) -> None:
    """Take an entry out."""
    del content[name]


FIRST, SECOND = (lambda content: content["cells"][0]), (lambda content: content["cells"][1])
CHANGES = {  # what is done to a good notebook; what is said of it
    "no cells": (lambda content: without(content, "cells"), "'cells' is a required"),
    "no metadata": (lambda content: without(content, "metadata"), "'metadata' is a required"),
    "no version": (lambda content: without(content, "nbformat"), "format None.5"),
    "another version": (lambda content: content.update(nbformat=3), "format 3.5"),
    "an older version": (lambda content: content.update(nbformat_minor=4), "format 4.4"),
    "cells of another kind": (lambda content: content.update(cells={}), "not of type 'array'"),
    "a cell of another kind": (
        lambda content: content["cells"].append("x"),
        "not of type 'object'",
    ),
    "a cell without id": (lambda content: without(FIRST(content), "id"), "'id' is a required"),
    "two cells with one id": (
        lambda content: FIRST(content).update(id=SECOND(content)["id"]),
        "several cells with the id",
    ),
    "a source of another kind": (lambda content: FIRST(content).update(source=5), "5 is not valid"),
    "a cell without outputs": (lambda content: without(SECOND(content), "outputs"), "cells/1"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_notebook_that_is_none_says_file_fault_and_remedy(tmp_path, name):
    """A broken notebook that nbformat mends unasked, or that fails far from where it was read."""
    path, (change, said) = notebook(tmp_path, "1"), CHANGES[name]
    read(path)
    content = json.loads(path.read_text("utf-8"))
    change(content)
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(ValueError, match=said) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path} is damaged or half-written")
    assert f"git -C {tmp_path} checkout -- {path.name}" in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "5", '"x"', "<<<<<<< HEAD\n{}", "{}"])
def test_a_file_that_is_no_notebook_says_how_to_get_it_back(tmp_path, text):
    """A half-written notebook, answered by a parser that does not name the file."""
    path = tmp_path / "99-small.ipynb"
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"{path} is damaged .* checkout -- 99-small\.ipynb"):
        read(path)
    path.unlink()
    with pytest.raises(ValueError, match=rf"{path} is missing"):
        read(path)


@pytest.mark.parametrize("course", [[1], "text", None, {"description": "D.", "summary": 5}])
def test_entries_of_another_kind_are_refused_before_a_run(tmp_path, course):
    """Metadata of another kind, answered by an error from inside or taken as it is."""
    notebook(tmp_path, "raise SystemExit", course)
    with pytest.raises(ValueError, match=r"expected 99-small\.ipynb to have"):
        run_chapters.main([], tmp_path)


def test_a_truth_value_is_no_number_of_seconds(tmp_path, index):
    """`true` in the metadata that counts as one second in the table and in the sum."""
    notebook(tmp_path, "", COURSE | {"seconds": True})
    with pytest.raises(ValueError, match=r"course\.seconds .* but got True"):
        run_chapters.main(["--table"], tmp_path)


@pytest.mark.parametrize("shown", [0, 2])
def test_a_picture_that_is_missing_or_not_the_only_one_is_named(tmp_path, monkeypatch, shown):
    """A cell that was renamed or draws twice, answered by an error from inside."""
    path = notebook(tmp_path, "1")
    content = read(path)
    data = {"image/png": "AAAA"}
    content.cells[1].outputs = [nbformat.v4.new_output("display_data", data)] * shown
    nbformat.write(content, path)
    monkeypatch.setattr(run_chapters, "PICTURE", (path.name, content.cells[1].id, "x.png"))
    with pytest.raises(ValueError, match=rf"expected one picture in cell .* but got {shown}"):
        run_chapters.write_picture(tmp_path)


def test_table_of_the_index_is_that_of_the_notebooks():
    chapters = ROOT / "chapters"
    text = (chapters / "index.md").read_text("utf-8")
    assert text == run_chapters.with_table(text, chapters), "python -m tools.run_chapters --table"


def test_picture_is_the_stored_output_of_its_cell():
    shown = (ROOT / "chapters" / run_chapters.PICTURE[2]).read_bytes()
    assert shown == run_chapters.picture(ROOT / "chapters")


def test_make_alone_lists_the_targets():
    listed = subprocess.run(
        ["make", "-C", ROOT, "--no-print-directory"], capture_output=True, text=True, check=True
    ).stdout
    for target in ("book", "test", "lab", "run", "lint", "test-colab", "bench", "repository"):
        assert f"\n{target} " in f"\n{listed}"
