"""How fast the networks train.

Each network trains for some steps at the sizes of params.yaml on documents of the lengths of SST-2 (normal, mean 19,
standard deviation 9), once in the project's length-sorted batches and once in batches in random order, as a plain
DataLoader makes them; both pad to the longest document. The rate of a large matrix product on the same threads says
what the machine could do.
"""

import time
from importlib import import_module
from pathlib import Path

import numpy as np
import torch
from rich.table import Table as Printed
from torch.nn.functional import cross_entropy

from lemma import params
from lemma.data.corpus import Corpus
from lemma.models.rows import FIRST
from lemma.training.batches import Documents, shuffled
from lemma.training.vocabulary import Table

DOCUMENTS, WORDS, REPEATS = 2500, 8000, 3


def texts(seed: int) -> Documents:
    """Return documents of random words."""
    generator = np.random.default_rng(seed)
    lengths = np.clip(generator.normal(19, 9, DOCUMENTS).astype(np.int64), 2, 56)
    labels = generator.integers(0, 2, DOCUMENTS)
    corpus = Corpus(
        dataset="bench",
        classes=["n", "p"],
        protocol={"kind": "fixed"},
        types=WORDS,
        chunks=(generator.integers(FIRST, WORDS, lengths.sum(), dtype=np.int32),),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        first=np.array([0, DOCUMENTS]),
        labels=labels.astype(np.int32),
        part=np.zeros(DOCUMENTS, np.int8),
    )
    rows = Table(np.arange(WORDS, dtype=np.int32), np.arange(WORDS + 1), WORDS)
    return Documents(corpus, rows, labels)


def rate(model: str, documents: Documents, held: params.Params, *, by_length: bool) -> float:
    """Return documents a second of one epoch: the best of some, since other work can only slow one down."""
    torch.manual_seed(0)
    settings = getattr(held.models, model)
    network = import_module(f"lemma.models.{model}").Network(settings, WORDS, 2)
    optimizer = torch.optim.AdamW(network.parameters(), lr=settings.learning_rate)
    lengths, members, size = documents.lengths, np.arange(DOCUMENTS), held.train.batch
    best = 0.0
    for repeat in range(REPEATS):
        generator = np.random.default_rng(repeat)
        if by_length:
            batches = list(shuffled(lengths, members, size, generator))
        else:
            batches = np.array_split(generator.permutation(members), DOCUMENTS // size)
        start = time.perf_counter()
        for batch in batches:
            tokens, sizes, labels = documents.padded(batch)
            optimizer.zero_grad(set_to_none=True)
            cross_entropy(network(tokens, sizes), labels).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        best = max(best, DOCUMENTS / (time.perf_counter() - start))
    return best


def gemm(size: int = 1024) -> float:
    """Return the rate of a matrix product, in GFLOP/s."""
    one, other = torch.rand(size, size), torch.rand(size, size)
    best = 0.0
    for _ in range(5):
        start = time.perf_counter()
        one @ other
        best = max(best, 2 * size**3 / (time.perf_counter() - start) / 1e9)
    return best


def table() -> Printed:
    """Return the table of documents a second."""
    held = params.load(Path("params.yaml"))
    torch.set_num_threads(held.train.threads)
    documents = texts(0)
    found = Printed(title=f"{held.train.threads} thread(s), matrix product {gemm():.0f} GFLOP/s")
    for column in ("model", "documents/s, random order", "documents/s, sorted by length", "ratio"):
        found.add_column(column, justify="left" if column == "model" else "right")
    for model in ("mlp", "cnn", "rnn"):
        plain, ours = (rate(model, documents, held, by_length=order) for order in (False, True))
        found.add_row(model, f"{plain:.0f}", f"{ours:.0f}", f"{ours / plain:.2f}")
    return found
