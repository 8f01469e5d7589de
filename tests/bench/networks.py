"""How fast the networks train, against a plain loop and against fastText.

Documents have the lengths of SST-2 (normal, mean 19, standard deviation 9) and words with Zipf's frequencies, three in
ten of which lean to the document's class. The arithmetic of a network is what the plain one needs for the words that
there are, padding left out: the share of the machine's own rate of matrix products is of that.
"""

import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.table import Table as Printed

from lemma import params
from lemma.corpus.special_tokens import FIRST
from lemma.corpus.splits import DEV, TRAIN
from lemma.corpus.tokenizer import Tokenizer, TokenizerConfig
from lemma.corpus.tokens import Corpus
from lemma.corpus.vocabulary import Vocabulary
from lemma.training.batches import CorpusDocuments
from lemma.training.loop import Trainer, evaluate_dev
from lemma.training.memory import retain_freed_memory
from lemma.training.stacked import StackedTrainer
from lemma.training.task import Task
from tests.bench.plain import PLAIN, epoch

DOCUMENTS, HELD_OUT, WORDS, REPEATS, EPOCHS, RUNS = 4000, 1000, 16_000, 3, 5, 5
LEANING = 0.3  # share of words that tell of the class
THREADS = 2  # of fastText, and of the mlp beside it
LIKE_FASTTEXT: dict[str, Any] = {
    "hidden_sizes": [],
    "word_dropout": 0.0,
    "embedding_dropout": 0.0,
}  # Joulin et al. 2016
LARGE = 800  # documents a step where little is computed for each, at twice the rate, as there are so few steps
LARGE_RATE: dict[str, Any] = {"learning_rate": 0.002, "embedding_learning_rate": 0.002}
CPU = torch.device("cpu")


def drawn(seed: int) -> Corpus:
    """Return documents of random words; the last HELD_OUT are dev."""
    generator = np.random.default_rng(seed)
    count = DOCUMENTS + HELD_OUT
    lengths = np.clip(generator.normal(19, 9, count).astype(np.int64), 2, 56)
    labels = generator.integers(0, 2, count)
    share = 1 / np.arange(FIRST, WORDS)
    ids = generator.choice(np.arange(FIRST, WORDS), lengths.sum(), p=share / share.sum())
    leaning = generator.random(len(ids)) < LEANING
    ids[leaning] = ids[leaning] // 2 * 2 + np.repeat(labels, lengths)[leaning]
    part = np.full(count, TRAIN, np.int8)
    part[DOCUMENTS:] = DEV
    return Corpus(
        dataset="bench",
        classes=["n", "p"],
        protocol={"kind": "fixed"},
        types=WORDS,
        chunks=(np.minimum(ids, WORDS - 1).astype(np.int32),),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        first=np.array([0, count]),
        labels=labels.astype(np.int32),
        split=part,
    )


def trainer(model: str, corpus: Corpus, held: params.Params, device: torch.device = CPU, **changed: Any) -> Trainer:
    """Return the pipeline's own trainer at the sizes of params.yaml."""
    torch.manual_seed(0)
    settings = getattr(held.models, model).model_copy(update=changed)
    splitting = TokenizerConfig.from_params(held.tokenize, tokenized=True)
    task: Task[params.Neural] = Task(
        corpus=corpus,
        tokenizer=Tokenizer(splitting, []),
        splits=corpus.split,
        hyperparameters=settings,
        train_params=held.train,
        subwords=None,
        vectors=None,
        metadata={"dataset": "bench", "model": model, "run": 0, "seed": 0},
        checkpoint_dir=None,
        on_epoch_end=lambda line: None,
        predicted_documents=np.arange(len(corpus)),
    )
    rows = Vocabulary(np.arange(WORDS, dtype=np.int32), np.arange(WORDS + 1), WORDS)
    network = import_module(f"lemma.models.{model}.model").Network(settings, WORDS, 2).to(device)
    return Trainer(network, task, CorpusDocuments(corpus, rows, task.labels), device)


def arithmetic(model: str, held: params.Params, words: int) -> float:
    """Return the floating-point operations of an epoch over so many words: forward, and twice that back."""
    settings: Any = getattr(held.models, model)
    if model == "cnn":
        return float(6 * words * settings.embedding_dim * settings.filters * sum(settings.kernel_sizes))
    gates = 4 if settings.cell == "lstm" else 3
    return float(6 * words * 2 * gates * settings.hidden_size * (settings.embedding_dim + settings.hidden_size))


def gemm(size: int = 1024) -> float:
    """Return the rate of a matrix product, in floating-point operations a second."""
    one, other = torch.rand(size, size), torch.rand(size, size)
    fastest = min(taken(lambda: one @ other) for _ in range(5))
    return float(2 * size**3 / fastest)


def taken(work: Callable[[], object]) -> float:
    """Return the seconds that something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compared(corpus: Corpus, held: params.Params) -> Printed:
    """Return documents a second of the plain loop and of the pipeline, in turns, the best of some."""
    torch.set_num_threads(held.train.threads)
    words = int(corpus.offsets[DOCUMENTS])
    tokens = [torch.from_numpy(corpus.type_ids(np.array([member])).astype(np.int64)) for member in range(DOCUMENTS)]
    labels = torch.from_numpy(corpus.labels[:DOCUMENTS].astype(np.int64))
    found = Printed(title=f"An epoch of {DOCUMENTS:,} documents, {held.train.threads} thread(s)")
    for column in ("model", "plain loop, documents/s", "lemma, documents/s", "ratio", "of the matrix-product rate"):
        found.add_column(column, justify="left" if column == "model" else "right")
    for model in ("mlp", "cnn", "rnn"):
        settings = getattr(held.models, model)
        torch.manual_seed(0)
        plain, own = PLAIN[model](settings, WORDS, 2), trainer(model, corpus, held)
        seconds: dict[str, list[float]] = {"plain": [], "own": [], "gemm": []}
        for _ in range(REPEATS):
            seconds["gemm"].append(gemm())
            seconds["plain"].append(
                taken(partial(epoch, plain, tokens, labels, held.train.batch_size, settings.learning_rate))
            )
            seconds["own"].append(taken(own.train_epoch))
        slow, fast = min(seconds["plain"]), min(seconds["own"])
        share = "" if model == "mlp" else f"{arithmetic(model, held, words) / fast / max(seconds['gemm']):.0%}"
        found.add_row(model, f"{DOCUMENTS / slow:,.0f}", f"{DOCUMENTS / fast:,.0f}", f"{slow / fast:.2f}", share)
    return found


def together(corpus: Corpus, held: params.Params, device: torch.device) -> Printed:
    """Return documents a second of RUNS runs trained one after the other, and as one program."""
    torch.set_num_threads(held.train.threads)
    where = "the GPU" if device.type == "cuda" else f"{held.train.threads} thread(s)"
    found = Printed(title=f"An epoch of {RUNS} runs, {DOCUMENTS:,} documents each, {where}")
    for column in ("model", "one by one, documents/s", "together, documents/s", "ratio"):
        found.add_column(column, justify="left" if column == "model" else "right")
    for model in ("mlp", "cnn", "rnn"):
        alone = trainer(model, corpus, held, device)
        runs = [trainer(model, corpus, held, device) for _ in range(RUNS)]
        skeleton = (
            import_module(f"lemma.models.{model}.model").Network(getattr(held.models, model), FIRST, 2).to(device)
        )
        own = StackedTrainer(
            skeleton,
            [run.network for run in runs],
            [run.task for run in runs],
            [run.documents for run in runs],
            device,
        )
        times = [(RUNS * taken(alone.train_epoch), taken(own.train_epoch)) for _ in range(REPEATS)]
        one, all_ = (min(each) for each in zip(*times))
        rate = RUNS * DOCUMENTS
        found.add_row(model, f"{rate / one:,.0f}", f"{rate / all_:,.0f}", f"{one / all_:.2f}")
    return found


def against_fasttext(corpus: Corpus, held: params.Params) -> Printed:
    """Return the wall times of fastText and of the mlp for the same words and epochs, and accuracies."""
    import fasttext

    torch.set_num_threads(THREADS)
    found = Printed(title=f"{EPOCHS} epochs over {DOCUMENTS:,} documents, {THREADS} threads")
    for column in ("", "seconds", "ratio", "accuracy"):
        found.add_column(column, justify="right" if column else "left")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.txt"
        words = [corpus.type_ids(np.array([at])).tolist() for at in range(len(corpus))]
        lines = [" ".join(f"w{number}" for number in document) for document in words]
        path.write_text("".join(f"__label__{corpus.labels[at]} {lines[at]}\n" for at in range(DOCUMENTS)))
        times, accuracy = [], 0.0
        for _ in range(REPEATS):
            start = time.perf_counter()
            model = fasttext.train_supervised(
                str(path),
                dim=held.models.mlp.embedding_dim,
                epoch=EPOCHS,
                lr=0.5,
                thread=THREADS,
                minCount=1,
                verbose=0,
            )
            times.append(time.perf_counter() - start)
            said = model.f.multilinePredict([f"{line}\n" for line in lines[DOCUMENTS:]], 1, 0.0, "strict")
            named = np.array([int(labels[0][len("__label__")]) for labels in said[0]])
            accuracy = max(accuracy, _right(named, corpus))
    found.add_row("fastText", f"{min(times):.2f}", "1.00", f"{accuracy:.3f}")
    like, own_size = "mlp as fastText: no hidden layer, no dropout", held.train.batch_size
    kinds: list[tuple[str, int, dict[str, Any]]] = [
        (f"{like}, batches of {LARGE}", LARGE, LIKE_FASTTEXT | LARGE_RATE),
        (like, own_size, LIKE_FASTTEXT),
        ("mlp of params.yaml", own_size, {}),
    ]
    for name, size, changed in kinds:
        best, own = [], 0.0
        sized = held.model_copy(update={"train": held.train.model_copy(update={"batch_size": size})})
        for _ in range(REPEATS):
            one = trainer("mlp", corpus, sized, **changed)
            best.append(sum(taken(one.train_epoch) for _ in range(EPOCHS)))
            own = max(own, evaluate_dev(one.network, one.task, one.documents, one.device)["dev_accuracy"])
        found.add_row(name, f"{min(best):.2f}", f"{min(best) / min(times):.2f}", f"{own:.3f}")
    return found


def _right(said: NDArray[np.int64], corpus: Corpus) -> float:
    return float((said == corpus.labels[DOCUMENTS:]).mean())


def tables() -> list[Printed]:
    """Return all comparisons."""
    held, corpus = params.load(Path("params.yaml")), drawn(0)
    retain_freed_memory()  # as a training does; the plain loop and fastText gain from it, too
    devices = [CPU, torch.device("cuda")] if torch.cuda.is_available() else [CPU]
    return [
        compared(corpus, held),
        *(together(corpus, held, device) for device in devices),
        against_fasttext(corpus, held),
    ]
