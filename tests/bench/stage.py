"""One stage in a process of its own: prints its seconds, those of CPU, and its peak memory in MB, as JSON."""

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


def write(layout: Layout, held: Params, count: int, growth: str) -> None:
    """Write the documents as a user's own file, and download it."""
    with (layout.root / f"{NAME}.jsonl").open("w", encoding="utf-8") as stream:
        for number, text in enumerate(texts(count, growth)):
            stream.write(json.dumps({"text": text, "label": "np"[number % 2]}) + "\n")
    download(layout, NAME, held)


def vectorizer(layout: Layout) -> Callable[[], object]:
    """Return what is compared with: scikit-learn's CountVectorizer as it is, all texts in memory before it starts."""
    from sklearn.feature_extraction.text import CountVectorizer

    held = pq.read_table(layout.documents(NAME), columns=["text"]).column("text").to_pylist()
    return lambda: CountVectorizer().fit_transform(held)


def epoch(layout: Layout) -> None:
    """Read every document once, in batches in random order."""
    corpus = open_corpus(layout.tokens(NAME))
    order = np.random.default_rng(0).permutation(len(corpus))
    read = sum(len(corpus.type_ids(order[at : at + BATCH])) for at in range(0, len(order), BATCH))
    assert read == corpus.offsets[-1]


def work(stage: str, layout: Layout, held: Params) -> Callable[[], object]:
    """Return what is measured; what comes before it is done."""
    if stage == "CountVectorizer":
        return vectorizer(layout)
    if stage == "tokenize":
        return partial(tokenize, layout, NAME, 0, held)
    if stage == "epoch":
        return partial(epoch, layout)
    return partial({"prepare": prepare, "index": index}[stage], layout, NAME, held)


def main(stage: str, folder: str, count: str, growth: str) -> None:
    """Do a stage on `count` documents in `folder`, and print what it took."""
    layout, held = Layout(Path(folder)), params.load(Path("params.yaml"))
    own = Dataset(path=f"{NAME}.jsonl", text="text", label="label", split=RandomSplit(dev=0.1, test=0.1))
    shards = held.tokenize.model_copy(update={"shards": [0]})
    held = held.model_copy(update={"datasets": {NAME: own}, "tokenize": shards})
    if stage == "write":
        write(layout, held, int(count), growth)
        return
    measured = work(stage, layout, held)
    pa.array([0])  # imports what is imported at first use: start-up is not measured, neither ours nor scikit-learn's
    start, before = time.perf_counter(), time.process_time()
    measured()
    seconds, cpu = time.perf_counter() - start, time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux counts it in KiB
    types = open_corpus(layout.tokens(NAME)).types if stage == "index" else 0
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak": peak, "types": types}))


if __name__ == "__main__":
    main(*sys.argv[1:])
