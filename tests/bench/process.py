"""What a training job costs beside its training: seconds of start-up, and memory at its peak, whatever the corpus.

Each job is `lemma train` as the workflow starts it, for one epoch. Start-up is all before that epoch: imports, loading,
the vocabulary, the first weights. After it come the probabilities of all documents, and the files. Beside them stand
what start-up takes beyond `import torch`, which no job of a network can do without, and what the end takes beyond one
epoch. What a job's memory must hold at least is counted apart: the weights, two moments of each, and the weights of the
epochs that are kept.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import yaml
from rich.table import Table

from tests.bench.scaling import measured
from tests.bench.stage import NAME

MODELS = ("majority", "logreg", "mlp", "cnn", "rnn")
NETWORKS = ("mlp", "cnn", "rnn")
REPEATS = 3  # of `import torch`
LARGE = ("mlp",)  # of many documents the quickest network: all networks read a corpus in the same way
FEW = 10**4


def settings() -> dict[str, Any]:
    """Return params.yaml for one epoch over the corpus of the benchmark."""
    held: dict[str, Any] = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    own = {"path": f"{NAME}.jsonl", "text": "text", "label": "label", "split": {"dev": 0.1, "test": 0.1}}
    held["experiment"] |= {"datasets": [NAME]}
    held["train"] |= {"epochs": 1, "device": "cpu"}
    held["tune"] |= {"models": []}
    return held | {"datasets": {NAME: own}}


def job(folder: str, model: str) -> dict[str, float]:
    """Train a model, and return {before, training, after, peak, weights}: seconds, and megabytes."""
    start = time.time()  # as the lines of history tell it
    command = [sys.executable, "-m", "lemma", "train", NAME, model, "0"]
    running = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE)
    assert running.stderr is not None
    said = running.stderr.read()
    _, status, used = os.wait4(running.pid, 0)
    assert status == 0, said.decode()
    run = Path(folder) / "models" / NAME / model / "0"
    lines = [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]
    with zipfile.ZipFile(run / "model.zip") as archive:
        about = json.loads(archive.read("settings.json"))
    end, training = time.time(), sum(line["seconds"] for line in lines)
    before = lines[0]["time"] - lines[0]["seconds"] - start
    return {
        "before": before,
        "training": training,
        "after": end - start - before - training,
        "peak": used.ru_maxrss / 1024,  # Linux counts it in KiB
        "weights": 4 * 4 * about["parameters"] / 2**20,  # float32: weights, two moments, the epoch that is kept
    }


def import_torch() -> float:
    """Return the seconds that a process takes which imports torch and ends, the least of some."""
    seconds = []
    for _ in range(REPEATS):
        start = time.monotonic()
        subprocess.run([sys.executable, "-c", "import torch"], check=True)
        seconds.append(time.monotonic() - start)
    return min(seconds)


def table(sizes: list[int]) -> Table:
    """Return start-up and peak memory of every model's job, and of the quickest network's on larger corpora."""
    torch = import_torch()
    found = Table(title=f"A training job of one epoch (import torch: {torch:.1f} s)")
    for column in (
        "documents",
        "model",
        "start-up s",
        "beyond import torch",
        "training s",
        "after it s",
        "beyond an epoch",
        "peak MB",
        "of them weights and moments",
    ):
        found.add_column(column, justify="left" if column == "model" else "right")
    for count in sizes:
        with tempfile.TemporaryDirectory() as folder:
            for stage in ("write", "prepare", "tokenize", "index"):
                measured(stage, folder, count, "heaps")
            (Path(folder) / "params.yaml").write_text(yaml.safe_dump(settings()), encoding="utf-8")
            subprocess.run([sys.executable, "-m", "lemma", "vectors"], cwd=folder, check=True, capture_output=True)
            for model in MODELS if count <= FEW else LARGE:
                took = job(folder, model)
                found.add_row(
                    f"{count:,}",
                    model,
                    f"{took['before']:.1f}",
                    f"{took['before'] - torch:.1f}" if model in NETWORKS else "",
                    f"{took['training']:.1f}",
                    f"{took['after']:.1f}",
                    f"{took['after'] - took['training']:.1f}" if model in NETWORKS else "",
                    f"{took['peak']:,.0f}",
                    f"{took['weights']:,.0f}",
                )
    return found
