"""Costs of a training job in addition to the training: start-up time and peak memory.

Each job is `lemma train` as the workflow starts it, for one epoch. Start-up is the time before that epoch: imports,
loading, vocabulary, initial weights. After the epoch, the probabilities of all documents are computed and files are
written. The table also lists start-up without `import torch`, which every network needs, and the time after the epoch
in excess of one epoch. The memory that a job needs at least is computed separately: the weights, two moments of each,
and the weights of the stored epoch.
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

from tests.bench.scaling import measure_stage
from tests.bench.stage import NAME

MODELS = ("majority", "logreg", "mlp", "cnn", "rnn")
NETWORKS = ("mlp", "cnn", "rnn")
REPEATS = 3  # of `import torch`
LARGE = ("mlp",)  # on large corpora only the fastest network: all networks read a corpus in the same way
FEW = 10**4


def settings() -> dict[str, Any]:
    """Return params.yaml for one epoch over the corpus of the benchmark."""
    values: dict[str, Any] = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    dataset = {"path": f"{NAME}.jsonl", "text": "text", "label": "label", "split": {"dev": 0.1, "test": 0.1}}
    values["experiment"] |= {"datasets": [NAME]}
    values["train"] |= {"epochs": 1, "device": "cpu"}
    values["tune"] |= {"models": []}
    return values | {"datasets": {NAME: dataset}}


def run_job(folder: str, model: str) -> dict[str, float]:
    """Train a model; return the seconds before, training and after, and the MB peak and weights."""
    start = time.time()  # the clock of history.jsonl
    command = [sys.executable, "-m", "lemma", "train", NAME, model, "0"]
    process = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE)
    assert process.stderr is not None
    stderr = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, stderr.decode()
    run = Path(folder) / "models" / NAME / model / "0"
    lines = [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]
    with zipfile.ZipFile(run / "model.zip") as archive:
        settings = json.loads(archive.read("settings.json"))
    end, training = time.time(), sum(line["seconds"] for line in lines)
    before = lines[0]["time"] - lines[0]["seconds"] - start
    return {
        "before": before,
        "training": training,
        "after": end - start - before - training,
        "peak": usage.ru_maxrss / 1024,  # Linux counts it in KiB
        "weights": 4 * 4 * settings["parameters"] / 2**20,  # float32: weights, two moments, the stored epoch
    }


def import_torch() -> float:
    """Measure the seconds of a process that only imports torch, best of REPEATS."""
    seconds = []
    for _ in range(REPEATS):
        start = time.monotonic()
        subprocess.run([sys.executable, "-c", "import torch"], check=True)
        seconds.append(time.monotonic() - start)
    return min(seconds)


def build_table(sizes: list[int]) -> Table:
    """Tabulate start-up and peak memory of each model's job, and of the fastest network's on larger corpora."""
    torch_seconds = import_torch()
    table = Table(title=f"A training job of one epoch (import torch: {torch_seconds:.1f} s)")
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
        table.add_column(column, justify="left" if column == "model" else "right")
    for count in sizes:
        with tempfile.TemporaryDirectory() as folder:
            for stage in ("write", "prepare", "tokenize", "index"):
                measure_stage(stage, folder, count, "heaps")
            (Path(folder) / "params.yaml").write_text(yaml.safe_dump(settings()), encoding="utf-8")
            subprocess.run([sys.executable, "-m", "lemma", "vectors"], cwd=folder, check=True, capture_output=True)
            for model in MODELS if count <= FEW else LARGE:
                cost = run_job(folder, model)
                table.add_row(
                    f"{count:,}",
                    model,
                    f"{cost['before']:.1f}",
                    f"{cost['before'] - torch_seconds:.1f}" if model in NETWORKS else "",
                    f"{cost['training']:.1f}",
                    f"{cost['after']:.1f}",
                    f"{cost['after'] - cost['training']:.1f}" if model in NETWORKS else "",
                    f"{cost['peak']:,.0f}",
                    f"{cost['weights']:,.0f}",
                )
    return table
