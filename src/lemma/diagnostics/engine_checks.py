"""Checks of Snakemake, DVC and the MLflow store: stale locks, clock, damaged files, unrecorded outputs, database."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from lemma.diagnostics.dvc_status import read_status
from lemma.diagnostics.finding import Finding
from lemma.errors import InputError
from lemma.layout import Layout
from lemma.params import Params
from lemma.stages.jobs import jobs
from lemma.stages.table import STAGES

SECONDS = 10  # to wait for a server or a database; by which a file may be newer than now
SHOWN = 3  # stages that are named


def check_locks(layout: Layout) -> Iterator[Finding]:
    """Check whether Snakemake has locked the folder, and whether the process that did still runs."""
    root = layout.root.resolve()
    is_locked = any((layout.root / ".snakemake" / "locks").glob("*"))
    running = [process.pid for process in psutil.process_iter() if _is_snakemake(process, root)]
    if is_locked and not running:
        text = "locked by a Snakemake that no longer runs"
        yield Finding("Snakemake", text, f"snakemake --unlock --directory {root}")
    else:
        yield Finding("Snakemake", f"running as process {running[0]}" if running else "not locked")


def _is_snakemake(process: psutil.Process, root: Path) -> bool:
    """Return whether a process is a Snakemake that runs in `root`."""
    try:
        return any("snakemake" in Path(word).name for word in process.cmdline()[:3]) and process.cwd() == str(root)
    except (psutil.Error, OSError):
        return False


def check_clock(layout: Layout) -> Iterator[Finding]:
    """Check for files with a modification time in the future, which Snakemake takes for newer than all it makes."""
    names = {Path(path).parts[0] for stage in STAGES.values() for path in stage.writes} | {"src"}
    folders = [layout.root / name for name in sorted(names)]
    paths = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    now = time.time()
    count = sum(path.stat().st_mtime > now + SECONDS for path in paths)
    if count:
        text = f"{count} {'file is' if count == 1 else 'files are'} from the future: the clock was set back"
        yield Finding("clock", text, f"find {layout.root} -type f -newermt now -exec touch {{}} +")
    else:
        yield Finding("clock", "no file is from the future")


def check_files(layout: Layout, params: Params) -> Iterator[Finding]:
    """Check the checksums of the files that one stage writes and another reads."""
    from lemma.errors import ChecksumError
    from lemma.files import verify_checksums

    # every data set with files: `make demo` makes the sample whichever data sets params.yaml lists
    names = [name for name in params.datasets if layout.source(name).parent.exists()]
    experiment = params.experiment.model_copy(update={"datasets": names})
    all_jobs = jobs(params.model_copy(update={"experiment": experiment}))
    written = {path for job in all_jobs for path in job.writes}
    intermediate = {layout.root / path for job in all_jobs for path in job.reads if path in written}
    existing = sorted(path for path in intermediate if path.exists())
    damaged = []
    for path in existing:
        try:
            verify_checksums([path])
        except (ChecksumError, OSError):
            damaged.append(str(path))
    for name in damaged:
        yield Finding("files", f"{name} is damaged", f"rm {name} && snakemake --cores 2 {name}")
    if not damaged:
        yield Finding("files", f"{len(existing)} intermediate files, none damaged")


def check_dvc(layout: Layout) -> Iterator[Finding]:
    """Compare the outputs with those recorded in dvc.lock."""
    if not (layout.root / ".dvc").is_dir():
        yield Finding("DVC", "not initialised", "dvc init")
        return
    if not (layout.root / "dvc.lock").exists():
        yield Finding("DVC", "nothing is recorded yet: `make record` does it")
        return
    try:
        status = read_status(layout.root)
    except InputError as error:
        yield Finding("DVC", error.what, error.fix)
        return
    if not status:
        yield Finding("DVC", "all stages are as recorded in dvc.lock")
        return
    names = ", ".join([*status][:SHOWN]) + (f" and {len(status) - SHOWN} more" if len(status) > SHOWN else "")
    lacks_output = [_lacks_output(layout.root, changes) for changes in status.values()]
    if any(lacks_output) and _has_remote(layout.root):
        fix = "make pull (to get the recorded outputs), or make record (to record the present ones)"
        yield Finding("DVC", f"not as recorded: {names}", fix)
    elif all(lacks_output):
        yield Finding("DVC", f"recorded, and not made here yet: {names}; `make` does it")
    else:
        yield Finding("DVC", f"not as recorded: {names}", "make record")


def _lacks_output(root: Path, changes: Any) -> bool:
    """Return whether an output of a stage does not exist.

    Of an output that is neither in the folder nor in the cache DVC reports only `not in cache`.
    """
    states = [item for change in changes if isinstance(change, dict) for item in change.get("changed outs", {}).items()]
    return any(state == "deleted" or (state == "not in cache" and not (root / path).exists()) for path, state in states)


def _has_remote(root: Path) -> bool:
    """Return whether a DVC remote is configured."""
    from dvc.config import Config

    return bool(Config(str(root / ".dvc"))["remote"])


def check_store(layout: Layout) -> Iterator[Finding]:
    """Check that the MLflow store can be read."""
    from lemma.tracking.store import VARIABLE, hide_password, store_uri

    uri = store_uri(layout)
    if uri.startswith(("http://", "https://")):
        yield _check_server(uri, hide_password(uri), VARIABLE)
    elif uri.startswith("sqlite:///"):
        yield _check_database(Path(uri.removeprefix("sqlite:///").partition("?")[0]))
    else:
        yield Finding("MLflow", f"{VARIABLE} is {hide_password(uri)}")


def _check_server(uri: str, name: str, variable: str) -> Finding:
    import httpx

    try:
        httpx.get(f"{uri.rstrip('/')}/health", timeout=SECONDS).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Finding("MLflow", f"{name}: {error or type(error).__name__}", f"start that server, or unset {variable}")
    return Finding("MLflow", f"{name} answers")


def _check_database(path: Path) -> Finding:
    if not path.exists():
        return Finding("MLflow", f"{path} does not exist yet: `lemma track` makes it")
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=SECONDS) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check").fetchone()
            runs = connection.execute("SELECT count(*) FROM runs WHERE lifecycle_stage = 'active'").fetchone()[0]
    except sqlite3.Error as error:
        verdict, runs = str(error), 0
    if verdict != "ok":
        fix = f"mv {path} {path}.broken && make ui, which tracks all runs again"
        return Finding("MLflow", f"{path}: {verdict}", fix)
    size = path.stat().st_size / 1e6
    return Finding("MLflow", f"{path}: {runs} runs, {size:.1f} MB")
