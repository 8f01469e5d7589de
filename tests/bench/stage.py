"""One stage in a separate process: prints its seconds, CPU seconds and peak memory in MB as JSON."""

import json
import resource
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lemma import params
from lemma.corpus.tokens import open_corpus
from lemma.data.download import download
from lemma.data.index import index
from lemma.data.preparation.prepare import prepare
from lemma.data.tokenize import tokenize
from lemma.layout import Layout
from lemma.params import Dataset, Params, RandomSplit
from tests.bench.scaling import texts

NAME, BATCH = "bench", 50


def write(layout: Layout, values: Params, count: int, growth: str) -> None:
    """Write the documents as a user's own file, and download it."""
    with (layout.root / f"{NAME}.jsonl").open("w", encoding="utf-8") as stream:
        for number, text in enumerate(texts(count, growth)):
            stream.write(json.dumps({"text": text, "label": "np"[number % 2]}) + "\n")
    download(layout, NAME, values)


def build_vectorizer(layout: Layout) -> Callable[[], object]:
    """Return a function that fits scikit-learn's CountVectorizer, the baseline, to all texts, which are in memory."""
    from sklearn.feature_extraction.text import CountVectorizer

    texts = pq.read_table(layout.documents(NAME), columns=["text"]).column("text").to_pylist()
    return lambda: CountVectorizer().fit_transform(texts)


def epoch(layout: Layout) -> None:
    """Read every document once, in batches in random order."""
    corpus = open_corpus(layout.tokens(NAME))
    order = np.random.default_rng(0).permutation(len(corpus))
    read = sum(len(corpus.type_ids(order[start : start + BATCH])) for start in range(0, len(order), BATCH))
    assert read == corpus.offsets[-1]


def build_work(stage: str, layout: Layout, values: Params) -> Callable[[], object]:
    """Return the function to measure, after its preparation."""
    if stage == "CountVectorizer":
        return build_vectorizer(layout)
    if stage == "tokenize":
        return partial(tokenize, layout, NAME, 0, values)
    if stage == "epoch":
        return partial(epoch, layout)
    return partial({"prepare": prepare, "index": index}[stage], layout, NAME, values)


def main(stage: str, folder: str, count: str, growth: str) -> None:
    """Run a stage on `count` documents in `folder`, and print its costs."""
    layout, values = Layout(Path(folder)), params.load(Path("params.yaml"))
    dataset = Dataset(path=f"{NAME}.jsonl", text="text", label="label", split=RandomSplit(dev=0.1, test=0.1))
    shards = values.tokenize.model_copy(update={"shards": [0]})
    values = values.model_copy(update={"datasets": {NAME: dataset}, "tokenize": shards})
    if stage == "write":
        write(layout, values, int(count), growth)
        return
    work_function = build_work(stage, layout, values)
    pa.array([0])  # loads modules that are imported at first use, so that start-up is not measured
    start, before = time.perf_counter(), time.process_time()
    work_function()
    seconds, cpu = time.perf_counter() - start, time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux counts it in KiB
    types = open_corpus(layout.tokens(NAME)).types if stage == "index" else 0
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak": peak, "types": types}))


if __name__ == "__main__":
    main(*sys.argv[1:])
