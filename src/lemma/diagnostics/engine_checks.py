"""The engines and the store: locks of the dead, outputs that are not what was recorded, a database that is none."""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from lemma.diagnostics.finding import Finding
from lemma.layout import Layout
from lemma.params import Params
from lemma.stages.jobs import jobs

SECONDS = 10
SHOWN = 3


def check_locks(layout: Layout) -> Iterator[Finding]:
    """Look for locks of Snakemake, and whether the process that holds them lives."""
    held = list((layout.root / ".snakemake" / "locks").glob("*"))
    running = [process.pid for process in psutil.process_iter() if _snakemake(process, layout.root.resolve())]
    if held and not running:
        found = "locked by a Snakemake that is gone"
        yield Finding("Snakemake", found, f"snakemake --unlock --directory {layout.root.resolve()}")
    else:
        yield Finding("Snakemake", f"running as process {running[0]}" if running else "not locked")


def _snakemake(process: psutil.Process, root: Path) -> bool:
    try:
        return any("snakemake" in Path(word).name for word in process.cmdline()[:3]) and process.cwd() == str(root)
    except (psutil.Error, OSError):
        return False


def check_clock(layout: Layout) -> Iterator[Finding]:
    """Look for files from the future, beside which Snakemake refuses what is made now."""
    folders = [layout.root / name for name in ("data", "learned", "models", "reports", "src", "tuned")]
    paths = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    now = time.time()
    ahead = sum(path.stat().st_mtime > now + SECONDS for path in paths)
    if ahead:
        names = str(layout.root)
        found = f"{ahead} {'file is' if ahead == 1 else 'files are'} from the future: the clock was set back"
        yield Finding("clock", found, f"find {names} -type f -newermt now -exec touch {{}} +")
    else:
        yield Finding("clock", "no file is from the future")


def check_files(layout: Layout, params: Params) -> Iterator[Finding]:
    """Look for files that were damaged since they were written."""
    from lemma.errors import ChecksumError
    from lemma.files import verify_checksums

    # every data set with files: `make demo` makes the sample whichever data sets params.yaml lists
    names = [name for name in params.datasets if layout.source(name).parent.exists()]
    experiment = params.experiment.model_copy(update={"datasets": names})
    found = jobs(params.model_copy(update={"experiment": experiment}))
    written = {path for job in found for path in job.writes}
    read = {layout.root / path for job in found for path in job.reads if path in written}
    damaged = []
    for path in sorted(path for path in read if path.exists()):
        try:
            verify_checksums([path])
        except (ChecksumError, OSError):
            damaged.append(str(path))
    for name in damaged:
        yield Finding("files", f"{name} is damaged", f"rm {name} && snakemake --cores 2 {name}")
    if not damaged:
        yield Finding("files", f"{sum(path.exists() for path in read)} intermediate files, none damaged")


def check_dvc(layout: Layout) -> Iterator[Finding]:
    """Compare the outputs with what dvc.lock has recorded."""
    if not (layout.root / ".dvc").is_dir():
        yield Finding("DVC", "is not set up here", "dvc init")
        return
    lock = layout.root / "dvc.lock"
    if not lock.exists():
        yield Finding("DVC", "nothing is recorded yet: `make record` does it")
        return
    command = [sys.executable, "-m", "dvc", "status", "--json"]
    done = subprocess.run(command, cwd=layout.root, capture_output=True, text=True, check=False)
    try:
        changed = json.loads(done.stdout)
    except ValueError:
        reason = " ".join(done.stderr.split())[:200] or "no answer"
        yield Finding("DVC", f"dvc status: {reason}", "git checkout dvc.lock")
        return
    if not changed:
        yield Finding("DVC", "all stages are as recorded in dvc.lock")
        return
    names = ", ".join([*changed][:SHOWN]) + (f" and {len(changed) - SHOWN} more" if len(changed) > SHOWN else "")
    lost = [_missing(layout.root, what) for what in changed.values()]
    if any(lost) and _remote(layout.root):
        fix = "make pull (what was recorded), or make record (what is here)"
        yield Finding("DVC", f"not as recorded: {names}", fix)
    elif all(lost):
        yield Finding("DVC", f"recorded, and not made here yet: {names}; `make` does it")
    else:
        yield Finding("DVC", f"not as recorded: {names}", "make record")


def _missing(root: Path, what: Any) -> bool:
    """Return whether an output of a stage is not there; of one that is not in the cache either DVC says only that."""
    outs = [out for part in what if isinstance(part, dict) for out in part.get("changed outs", {}).items()]
    return any(how == "deleted" or (how == "not in cache" and not (root / path).exists()) for path, how in outs)


def _remote(root: Path) -> bool:
    """Return whether there is a place to pull from."""
    from dvc.config import Config

    return bool(Config(str(root / ".dvc"))["remote"])


def check_store(layout: Layout) -> Iterator[Finding]:
    """Look whether the tracking store answers."""
    from lemma.tracking.store import VARIABLE, hide_password, store_uri

    uri = store_uri(layout)
    if uri.startswith(("http://", "https://")):
        yield _server(uri, hide_password(uri), VARIABLE)
    elif uri.startswith("sqlite:///"):
        yield _database(Path(uri.removeprefix("sqlite:///").partition("?")[0]))
    else:
        yield Finding("MLflow", f"{VARIABLE} is {hide_password(uri)}")


def _server(uri: str, name: str, variable: str) -> Finding:
    import httpx

    try:
        httpx.get(f"{uri.rstrip('/')}/health", timeout=SECONDS).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Finding("MLflow", f"{name}: {error or type(error).__name__}", f"start that server, or unset {variable}")
    return Finding("MLflow", f"{name} answers")


def _database(path: Path) -> Finding:
    if not path.exists():
        return Finding("MLflow", f"{path} is not there yet: tracking makes it")
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=SECONDS) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check").fetchone()
            runs = connection.execute("SELECT count(*) FROM runs WHERE lifecycle_stage = 'active'").fetchone()[0]
    except sqlite3.Error as error:
        verdict, runs = str(error), 0
    if verdict != "ok":
        back = f"mv {path} {path}.broken && make ui, which tracks all anew"
        return Finding("MLflow", f"{path}: {verdict}", back)
    size = path.stat().st_size / 1e6
    return Finding("MLflow", f"{path}: {runs} runs, {size:.1f} MB")
