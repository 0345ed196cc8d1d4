"""Sphinx extension: each build makes the whole site anew, and only a good one is kept.

Sphinx writes anew what has changed since its last build, and believes that all the rest is there:
after a build that was stopped it is not, and what counts pages, as the sitemap does, sees those of
one build alone. So each build starts from nothing, in a folder beside that of the site, and takes
its place when all is done and nothing gave a warning. Otherwise the site of the last good build
stays, whatever ended this one: a fault, a full disk, a signal. Of two builds of the same folder the
second waits for the first. `_config.yml` names this extension.
"""

import fcntl
import shutil
from pathlib import Path

from sphinx.util import logging

WORK, OLD, LOCK = ".site-new", ".site-old", ".site-lock"  # beside the folder of the site
logger = logging.getLogger(__name__)


def alone(folder: Path):
    """An open file in `folder`; while it is open, no other build gets as far as here."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / LOCK).open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        logger.info(f"Another build is at work in {folder}; this one waits until that has ended.")
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def restore(site: Path) -> None:
    """Put the last site back, where a build was stopped after it had been moved out of the way."""
    old = site.with_name(OLD)
    if old.exists() and not site.exists():
        old.rename(site)
    shutil.rmtree(old, ignore_errors=True)


def replace(site: Path, new: Path) -> None:
    """Put `new` in the place of `site`; when that fails, `site` is as it was."""
    try:
        if site.exists():
            site.rename(site.with_name(OLD))
        new.rename(site)
    finally:
        restore(site)


def begin(app) -> None:
    """Let Sphinx write the site into a folder of its own."""
    if app.builder.name == "html":
        app.site = app.outdir
        app.outdir = app.builder.outdir = app.site.parent / WORK / "html"
        app.outdir.mkdir(parents=True)


def end(app, error: Exception | None) -> None:
    """Keep the new site if it is good, else the last one, and say so."""
    if app.builder.name == "html":
        new, app.outdir = app.outdir, app.site
        if error is None and not app._warncount:
            replace(app.site, new)
        else:
            app.statuscode = 1  # with or without `-W`
            logger.info(f"This site is not good: {app.site} is as it was before this build.")
    shutil.rmtree(app.outdir.parent / WORK, ignore_errors=True)
    app.lock.close()


def setup(app) -> dict[str, bool]:
    """Tell Sphinx, and forget what other builds have left."""
    work = app.outdir.parent / WORK
    app.lock = alone(work.parent)
    restore(app.outdir)
    shutil.rmtree(work, ignore_errors=True)
    app.doctreedir = work / "doctrees"  # what Sphinx remembers of a build
    app.connect("builder-inited", begin, priority=0)
    app.connect("build-finished", end, priority=1000)  # after all that write something
    return {"parallel_read_safe": True}
