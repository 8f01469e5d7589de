"""How time and memory grow with the number of documents, each stage in a process of its own.

The documents are real sentences, in their order, again and again: those of the Stanford Sentiment Treebank where
LEMMA_MIRROR names a folder with it, else the sample. A repeated text has no new words, as real text always has, so
fresh ones are appended. `heaps`: as many that the vocabulary grows with the power 0.55 of the number of documents, as
that of English does (Heaps' law). `fresh`: one for every document, more than any language has.
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
MOST = 10**6  # documents that CountVectorizer is given: it holds all of them in memory
CAPTION = (
    "slope: of log seconds over log documents since the size above. "
    "ratio: documents a second over CountVectorizer's on the same texts, or on the most that it was given"
)


def sentences() -> list[str]:
    """Return real texts."""
    path = Path(os.environ.get("LEMMA_MIRROR", "")) / "sst" / "trainDevTestTrees_PTB.zip"
    if not path.is_file():
        lines = Path("resources/sample/sample.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line)["text"] for line in lines]
    with zipfile.ZipFile(path) as archive:
        trees = [line.decode() for name in archive.namelist() if name.endswith(".txt") for line in archive.open(name)]
    return [" ".join(re.findall(r" ([^ ()]+)\)", tree)) for tree in trees]


def texts(count: int, growth: str) -> Iterator[str]:
    """Yield that many documents."""
    real = sentences()
    types = len({word for text in real for word in text.lower().split()})
    fresh = 0
    for number in range(count):
        text = real[number % len(real)]
        due = number + 1 if growth == "fresh" else types * (max(1, (number + 1) / len(real)) ** POWER - 1)
        if fresh < math.floor(due):
            new = " ".join(f"id{word}" for word in range(fresh, math.floor(due)))
            fresh, text = math.floor(due), f"{text} {new}"
        yield text


def measured(stage: str, folder: str, count: int, growth: str) -> dict[str, float]:
    """Return the seconds, CPU seconds and peak memory in MB of a stage in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.stage", stage, folder, str(count), growth]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    found: dict[str, float] = json.loads(output) if output else {}
    return found


def summed(held: dict[str, dict[str, float]], *stages: str) -> dict[str, float]:
    """Return what stages one after the other take."""
    return {
        "seconds": sum(held[stage]["seconds"] for stage in stages),
        "cpu": sum(held[stage]["cpu"] for stage in stages),
        "peak": max(held[stage]["peak"] for stage in stages),
    }


def table(sizes: list[int], growth: str) -> Table:
    """Return what every stage took at every size, and how that grows."""
    found = Table(title=f"Data: {growth} vocabulary, {os.cpu_count()} cores", caption=CAPTION)
    for column in ("documents", "words", "stage", "seconds", "CPU s", "slope", "documents/s", "ratio", "peak MB"):
        found.add_column(column, justify="left" if column == "stage" else "right")
    before: dict[str, float] = {}
    last, rate = 0, 0.0
    for count in sizes:
        with tempfile.TemporaryDirectory() as folder:
            measured("write", folder, count, growth)
            stages = [stage for stage in STAGES if stage != "CountVectorizer" or count <= MOST]
            held = {stage: measured(stage, folder, count, growth) for stage in stages}
        held["tokenize + index"] = summed(held, "tokenize", "index")
        held["with prepare"] = summed(held, "prepare", "tokenize", "index")
        if "CountVectorizer" in held:
            rate = count / held["CountVectorizer"]["seconds"]
        for stage, took in held.items():
            seconds = took["seconds"]
            slope = math.log(seconds / before[stage]) / math.log(count / last) if stage in before else None
            found.add_row(
                f"{count:,}" if stage == stages[0] else "",
                f"{held['index']['types']:,.0f}" if stage == stages[0] else "",
                stage,
                f"{seconds:.2f}",
                f"{took['cpu']:.2f}",
                "" if slope is None else f"{slope:.2f}",
                f"{count / seconds:,.0f}",
                f"{count / seconds / rate:.1f}" if rate and stage in ("tokenize + index", "with prepare") else "",
                f"{took['peak']:.0f}",
                end_section=stage == "with prepare",
            )
        before, last = {stage: took["seconds"] for stage, took in held.items()}, count
    return found
