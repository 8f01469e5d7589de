"""Growth of time and memory with the number of documents, each stage in a separate process.

The documents are real sentences, repeated in their order: those of the Stanford Sentiment Treebank if LEMMA_MIRROR
names a folder with it, otherwise the sample. Since repeated texts contain no new words, fresh words are appended.
`heaps`: the vocabulary grows with the power 0.55 of the number of documents, as that of English does (Heaps' law).
`fresh`: one new word in every document, an upper bound.
"""

import json
import math
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from rich.table import Table

GROWTH = ("heaps", "fresh")
POWER = 0.55
STAGES = ("prepare", "CountVectorizer", "tokenize", "index", "epoch")
MOST = 10**6  # most documents for CountVectorizer, which keeps all of them in memory
CAPTION = (
    "slope: of log seconds over log documents between this size and the previous one. "
    "ratio: documents per second relative to CountVectorizer on the same texts, or on its largest number of texts"
)


def sentences() -> list[str]:
    """Read real sentences."""
    path = Path(os.environ.get("LEMMA_MIRROR", "")) / "sst" / "trainDevTestTrees_PTB.zip"
    if not path.is_file():
        lines = Path("resources/sample/sample.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line)["text"] for line in lines]
    with zipfile.ZipFile(path) as archive:
        trees = [line.decode() for name in archive.namelist() if name.endswith(".txt") for line in archive.open(name)]
    return [" ".join(re.findall(r" ([^ ()]+)\)", tree)) for tree in trees]


def texts(count: int, growth: str) -> Iterator[str]:
    """Yield `count` documents."""
    originals = sentences()
    types = len({word for text in originals for word in text.lower().split()})
    fresh = 0
    for number in range(count):
        text = originals[number % len(originals)]
        target = number + 1 if growth == "fresh" else types * (max(1, (number + 1) / len(originals)) ** POWER - 1)
        if fresh < math.floor(target):
            new = " ".join(f"id{word}" for word in range(fresh, math.floor(target)))
            fresh, text = math.floor(target), f"{text} {new}"
        yield text


def measure_stage(stage: str, folder: str, count: int, growth: str) -> dict[str, float]:
    """Measure the seconds, CPU seconds and peak memory in MB of a stage in a separate process."""
    command = [sys.executable, "-m", "tests.bench.stage", stage, folder, str(count), growth]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    cost: dict[str, float] = json.loads(output) if output else {}
    return cost


def sum_costs(costs: dict[str, dict[str, float]], *stages: str) -> dict[str, float]:
    """Add the costs of consecutive stages; the peak is the maximum."""
    return {
        "seconds": sum(costs[stage]["seconds"] for stage in stages),
        "cpu": sum(costs[stage]["cpu"] for stage in stages),
        "peak": max(costs[stage]["peak"] for stage in stages),
    }


def build_table(sizes: list[int], growth: str) -> Table:
    """Tabulate the costs of each stage at each size, and their growth."""
    table = Table(title=f"Data: {growth} vocabulary, {os.cpu_count()} cores", caption=CAPTION)
    for column in ("documents", "words", "stage", "seconds", "CPU s", "slope", "documents/s", "ratio", "peak MB"):
        table.add_column(column, justify="left" if column == "stage" else "right")
    last_seconds: dict[str, float] = {}
    last_count, vectorizer_rate = 0, 0.0
    for count in sizes:
        with tempfile.TemporaryDirectory() as folder:
            measure_stage("write", folder, count, growth)
            stages = [stage for stage in STAGES if stage != "CountVectorizer" or count <= MOST]
            costs = {stage: measure_stage(stage, folder, count, growth) for stage in stages}
        costs["tokenize + index"] = sum_costs(costs, "tokenize", "index")
        costs["with prepare"] = sum_costs(costs, "prepare", "tokenize", "index")
        if "CountVectorizer" in costs:
            vectorizer_rate = count / costs["CountVectorizer"]["seconds"]
        for stage, cost in costs.items():
            seconds = cost["seconds"]
            slope = (
                math.log(seconds / last_seconds[stage]) / math.log(count / last_count)
                if stage in last_seconds
                else None
            )
            table.add_row(
                f"{count:,}" if stage == stages[0] else "",
                f"{costs['index']['types']:,.0f}" if stage == stages[0] else "",
                stage,
                f"{seconds:.2f}",
                f"{cost['cpu']:.2f}",
                "" if slope is None else f"{slope:.2f}",
                f"{count / seconds:,.0f}",
                f"{count / seconds / vectorizer_rate:.1f}"
                if vectorizer_rate and stage in ("tokenize + index", "with prepare")
                else "",
                f"{cost['peak']:.0f}",
                end_section=stage == "with prepare",
            )
        last_seconds, last_count = {stage: cost["seconds"] for stage, cost in costs.items()}, count
    return table
