"""Whole processes: `lemma train` compared with a plain PyTorch script and fastText that do the same job.

The job: read the documents, train on one thread with early stopping on the dev split, write the class probabilities
of all documents. All make the same number of epochs: patience is as long as the training. `lemma train` reads the token
ids that earlier jobs of the pipeline have written; the scripts read a csv file and build the vocabulary. `lemma` keeps
the weights of one epoch, as the script does.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import yaml
from rich.table import Table

from lemma.corpus.splits import DEV, TEST, TRAIN
from tests.bench import process
from tests.bench.scaling import measure_stage
from tests.bench.stage import NAME

SPLITS = {TRAIN: "train", DEV: "dev", TEST: "test"}
MODELS = ("mlp", "cnn", "rnn")
DOCUMENTS_SEEN = 50_000  # documents seen in a training, about
FEW = 10**4  # up to this number of documents each process is started twice


class Usage(NamedTuple):
    """Seconds of a process and of its CPU time, bytes that it asked to write, peak memory in bytes."""

    seconds: float
    cpu: float
    written: int
    peak: int


def run(command: list[str], folder: str) -> Usage:
    """Run a command, and return its usage."""
    with tempfile.TemporaryFile() as stderr:
        start = time.perf_counter()
        child = subprocess.Popen(command, cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=stderr)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        seconds = time.perf_counter() - start
        lines = Path(f"/proc/{child.pid}/io").read_text().splitlines()  # readable until the process is reaped
        _, status, used = os.wait4(child.pid, 0)
        stderr.seek(0)
        assert status == 0, stderr.read().decode()
    written = dict(line.split(": ") for line in lines)["wchar"]
    return Usage(seconds, used.ru_utime + used.ru_stime, int(written), used.ru_maxrss * 1024)


def environment() -> dict[str, str]:
    """Return the environment of a process: this folder can be imported from, and compiled modules are kept."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPATH": str(Path.cwd())}


def epochs_of(count: int) -> int:
    """Return the number of epochs over that many documents."""
    return min(10, max(2, DOCUMENTS_SEEN // count))


def repeats_of(count: int) -> int:
    """Return the number of starts of each process; processes alternate."""
    return 2 if count <= FEW else 1


def prepare(folder: str, count: int) -> dict[str, Any]:
    """Write the documents as every process reads them; return the settings."""
    for stage in ("write", "prepare", "tokenize", "index"):
        measure_stage(stage, folder, count, "heaps")
    settings = process.settings()
    epochs = epochs_of(count)
    settings["train"] |= {"epochs": epochs, "patience": epochs, "best_epochs": 1, "threads": 1}
    (Path(folder) / "params.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "lemma", "vectors"], cwd=folder, check=True, capture_output=True)
    documents = pq.read_table(Path(folder) / "data" / NAME / "documents.parquet")
    with (Path(folder) / "documents.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text", "label", "split"])
        texts, labels, splits = (documents.column(name).to_pylist() for name in ("text", "label", "split"))
        writer.writerows(zip(texts, labels, (SPLITS[split] for split in splits)))
    return settings


def compare(folder: str, count: int, model: str, settings: dict[str, Any]) -> dict[str, Usage]:
    """Return the fastest run of each process, by name."""
    values = settings["models"][model] | {
        name: settings["train"][name] for name in ("batch_size", "epochs", "patience")
    }
    (Path(folder) / "settings.json").write_text(json.dumps(values | {"threads": 1}), encoding="utf-8")
    script = [sys.executable, "-m", "tests.bench.script"]
    commands = {"lemma train": [sys.executable, "-m", "lemma", "train", NAME, model, "0"]}
    commands["plain PyTorch"] = [*script, model, folder]
    if model == "mlp":
        commands["fastText"] = [*script, "fasttext", folder]
    usages: dict[str, list[Usage]] = {name: [] for name in commands}
    for _ in range(repeats_of(count)):
        shutil.rmtree(Path(folder) / "models", ignore_errors=True)
        for name, command in commands.items():
            usages[name].append(run(command, folder))
    return {name: min(runs) for name, runs in usages.items()}


def build_table(count: int, models: list[str]) -> Table:
    """Tabulate the usage of each process for `count` documents; ratios are relative to `lemma train`."""
    with tempfile.TemporaryDirectory() as folder:
        settings = prepare(folder, count)
        usages = {model: compare(folder, count, model, settings) for model in models}
    epochs = settings["train"]["epochs"]
    printed = Table(
        title=f"Processes: {count:,} documents, {epochs} epochs, one thread, fastest of {repeats_of(count)}"
    )
    for column in ("model", "process", "seconds", "ratio", "CPU s", "ratio", "written MB", "peak MB"):
        printed.add_column(column, justify="left" if column in ("model", "process") else "right")
    for model, by_process in usages.items():
        own = by_process["lemma train"]
        for name, usage in by_process.items():
            printed.add_row(
                model,
                name,
                f"{usage.seconds:.1f}",
                f"{usage.seconds / own.seconds:.2f}",
                f"{usage.cpu:.1f}",
                f"{usage.cpu / own.cpu:.2f}",
                f"{usage.written / 2**20:,.1f}",
                f"{usage.peak / 2**20:,.0f}",
                end_section=name == list(by_process)[-1],
            )
    return printed
