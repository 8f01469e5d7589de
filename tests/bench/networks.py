"""Training speed of the networks, compared with a plain loop and with fastText.

Documents have the lengths of SST-2 (normal, mean 19, standard deviation 9) and tokens with Zipf's frequencies, 30 % of
which indicate the class. The utilisation is the rate of floating-point operations that the plain network needs for the
tokens, without padding, divided by the machine's rate for matrix products.
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
from rich.table import Table as RichTable

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
INDICATIVE = 0.3  # fraction of tokens that indicate the class
THREADS = 2  # of fastText and of the mlp compared with it
LIKE_FASTTEXT: dict[str, Any] = {
    "hidden_sizes": [],
    "word_dropout": 0.0,
    "embedding_dropout": 0.0,
}  # Joulin et al. 2016
LARGE = 800  # batch size where each document needs little computation; the learning rate is doubled as steps are few
LARGE_RATE: dict[str, Any] = {"learning_rate": 0.002, "embedding_learning_rate": 0.002}
CPU = torch.device("cpu")


def draw_corpus(seed: int) -> Corpus:
    """Draw documents of random tokens; the last HELD_OUT are dev."""
    generator = np.random.default_rng(seed)
    count = DOCUMENTS + HELD_OUT
    lengths = np.clip(generator.normal(19, 9, count).astype(np.int64), 2, 56)
    labels = generator.integers(0, 2, count)
    frequencies = 1 / np.arange(FIRST, WORDS)
    ids = generator.choice(np.arange(FIRST, WORDS), lengths.sum(), p=frequencies / frequencies.sum())
    is_indicative = generator.random(len(ids)) < INDICATIVE
    ids[is_indicative] = ids[is_indicative] // 2 * 2 + np.repeat(labels, lengths)[is_indicative]
    split_by_document = np.full(count, TRAIN, np.int8)
    split_by_document[DOCUMENTS:] = DEV
    return Corpus(
        dataset="bench",
        classes=["n", "p"],
        protocol={"kind": "fixed"},
        types=WORDS,
        chunks=(np.minimum(ids, WORDS - 1).astype(np.int32),),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        first=np.array([0, count]),
        labels=labels.astype(np.int32),
        split=split_by_document,
    )


def build_trainer(
    model: str, corpus: Corpus, values: params.Params, device: torch.device = CPU, **changed: Any
) -> Trainer:
    """Build the pipeline's trainer with the sizes of params.yaml."""
    torch.manual_seed(0)
    settings = getattr(values.models, model).model_copy(update=changed)
    config = TokenizerConfig.from_params(values.tokenize, tokenized=True)
    task: Task[params.Neural] = Task(
        corpus=corpus,
        tokenizer=Tokenizer(config, []),
        splits=corpus.split,
        hyperparameters=settings,
        train_params=values.train,
        subwords=None,
        vectors=None,
        metadata={"dataset": "bench", "model": model, "run": 0, "seed": 0},
        checkpoint_dir=None,
        on_epoch_end=lambda line: None,
        predicted_documents=np.arange(len(corpus)),
    )
    vocabulary = Vocabulary(np.arange(WORDS, dtype=np.int32), np.arange(WORDS + 1), WORDS)
    network = import_module(f"lemma.models.{model}.model").Network(settings, WORDS, 2).to(device)
    return Trainer(network, task, CorpusDocuments(corpus, vocabulary, task.labels), device)


def count_operations(model: str, values: params.Params, words: int) -> float:
    """Count the floating-point operations of an epoch: forward, and twice as many backward."""
    settings: Any = getattr(values.models, model)
    if model == "cnn":
        return float(6 * words * settings.embedding_dim * settings.filters * sum(settings.kernel_sizes))
    gates = 4 if settings.cell == "lstm" else 3
    return float(6 * words * 2 * gates * settings.hidden_size * (settings.embedding_dim + settings.hidden_size))


def measure_gemm(size: int = 1024) -> float:
    """Measure the rate of a matrix product, in floating-point operations per second."""
    left, right = torch.rand(size, size), torch.rand(size, size)
    fastest = min(measure_seconds(lambda: left @ right) for _ in range(5))
    return float(2 * size**3 / fastest)


def measure_seconds(work: Callable[[], object]) -> float:
    """Measure the seconds that a function takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare_with_plain_loop(corpus: Corpus, values: params.Params) -> RichTable:
    """Compare documents per second of the plain loop and of the pipeline, alternating, best of REPEATS."""
    torch.set_num_threads(values.train.threads)
    words = int(corpus.offsets[DOCUMENTS])
    tokens = [torch.from_numpy(corpus.type_ids(np.array([member])).astype(np.int64)) for member in range(DOCUMENTS)]
    labels = torch.from_numpy(corpus.labels[:DOCUMENTS].astype(np.int64))
    table = RichTable(title=f"An epoch of {DOCUMENTS:,} documents, {values.train.threads} thread(s)")
    for column in ("model", "plain loop, documents/s", "lemma, documents/s", "ratio", "of the matrix-product rate"):
        table.add_column(column, justify="left" if column == "model" else "right")
    for model in ("mlp", "cnn", "rnn"):
        settings = getattr(values.models, model)
        torch.manual_seed(0)
        plain, trainer = PLAIN[model](settings, WORDS, 2), build_trainer(model, corpus, values)
        seconds: dict[str, list[float]] = {"plain": [], "own": [], "gemm": []}
        for _ in range(REPEATS):
            seconds["gemm"].append(measure_gemm())
            seconds["plain"].append(
                measure_seconds(partial(epoch, plain, tokens, labels, values.train.batch_size, settings.learning_rate))
            )
            seconds["own"].append(measure_seconds(trainer.train_epoch))
        plain_seconds, own_seconds = min(seconds["plain"]), min(seconds["own"])
        fraction = (
            ""
            if model == "mlp"
            else f"{count_operations(model, values, words) / own_seconds / max(seconds['gemm']):.0%}"
        )
        table.add_row(
            model,
            f"{DOCUMENTS / plain_seconds:,.0f}",
            f"{DOCUMENTS / own_seconds:,.0f}",
            f"{plain_seconds / own_seconds:.2f}",
            fraction,
        )
    return table


def compare_stacked(corpus: Corpus, values: params.Params, device: torch.device) -> RichTable:
    """Compare documents per second of RUNS runs trained one after the other, and as one program."""
    torch.set_num_threads(values.train.threads)
    hardware = "the GPU" if device.type == "cuda" else f"{values.train.threads} thread(s)"
    table = RichTable(title=f"An epoch of {RUNS} runs, {DOCUMENTS:,} documents each, {hardware}")
    for column in ("model", "one by one, documents/s", "stacked, documents/s", "ratio"):
        table.add_column(column, justify="left" if column == "model" else "right")
    for model in ("mlp", "cnn", "rnn"):
        separate = build_trainer(model, corpus, values, device)
        runs = [build_trainer(model, corpus, values, device) for _ in range(RUNS)]
        skeleton = (
            import_module(f"lemma.models.{model}.model").Network(getattr(values.models, model), FIRST, 2).to(device)
        )
        stacked = StackedTrainer(
            skeleton,
            [run.network for run in runs],
            [run.task for run in runs],
            [run.documents for run in runs],
            device,
        )
        times = [
            (RUNS * measure_seconds(separate.train_epoch), measure_seconds(stacked.train_epoch)) for _ in range(REPEATS)
        ]
        separate_seconds, stacked_seconds = (min(seconds) for seconds in zip(*times))
        rate = RUNS * DOCUMENTS
        table.add_row(
            model,
            f"{rate / separate_seconds:,.0f}",
            f"{rate / stacked_seconds:,.0f}",
            f"{separate_seconds / stacked_seconds:.2f}",
        )
    return table


def compare_with_fasttext(corpus: Corpus, values: params.Params) -> RichTable:
    """Compare wall times and accuracies of fastText and of the mlp for the same documents and epochs."""
    import fasttext

    torch.set_num_threads(THREADS)
    table = RichTable(title=f"{EPOCHS} epochs over {DOCUMENTS:,} documents, {THREADS} threads")
    for column in ("", "seconds", "ratio", "accuracy"):
        table.add_column(column, justify="right" if column else "left")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.txt"
        words = [corpus.type_ids(np.array([index])).tolist() for index in range(len(corpus))]
        lines = [" ".join(f"w{number}" for number in document) for document in words]
        path.write_text("".join(f"__label__{corpus.labels[index]} {lines[index]}\n" for index in range(DOCUMENTS)))
        times, accuracy = [], 0.0
        for _ in range(REPEATS):
            start = time.perf_counter()
            model = fasttext.train_supervised(
                str(path),
                dim=values.models.mlp.embedding_dim,
                epoch=EPOCHS,
                lr=0.5,
                thread=THREADS,
                minCount=1,
                verbose=0,
            )
            times.append(time.perf_counter() - start)
            predictions = model.f.multilinePredict([f"{line}\n" for line in lines[DOCUMENTS:]], 1, 0.0, "strict")
            predicted = np.array([int(labels[0][len("__label__")]) for labels in predictions[0]])
            accuracy = max(accuracy, _compute_accuracy(predicted, corpus))
    table.add_row("fastText", f"{min(times):.2f}", "1.00", f"{accuracy:.3f}")
    name_like_fasttext, own_size = "mlp as fastText: no hidden layer, no dropout", values.train.batch_size
    kinds: list[tuple[str, int, dict[str, Any]]] = [
        (f"{name_like_fasttext}, batches of {LARGE}", LARGE, LIKE_FASTTEXT | LARGE_RATE),
        (name_like_fasttext, own_size, LIKE_FASTTEXT),
        ("mlp of params.yaml", own_size, {}),
    ]
    for name, size, changed in kinds:
        seconds, mlp_accuracy = [], 0.0
        kind_values = values.model_copy(update={"train": values.train.model_copy(update={"batch_size": size})})
        for _ in range(REPEATS):
            mlp = build_trainer("mlp", corpus, kind_values, **changed)
            seconds.append(sum(measure_seconds(mlp.train_epoch) for _ in range(EPOCHS)))
            mlp_accuracy = max(
                mlp_accuracy, evaluate_dev(mlp.network, mlp.task, mlp.documents, mlp.device)["dev_accuracy"]
            )
        table.add_row(name, f"{min(seconds):.2f}", f"{min(seconds) / min(times):.2f}", f"{mlp_accuracy:.3f}")
    return table


def _compute_accuracy(predicted: NDArray[np.int64], corpus: Corpus) -> float:
    return float((predicted == corpus.labels[DOCUMENTS:]).mean())


def tables() -> list[RichTable]:
    """Make all comparisons."""
    values, corpus = params.load(Path("params.yaml")), draw_corpus(0)
    retain_freed_memory()  # as a training does; the plain loop and fastText profit, too
    devices = [CPU, torch.device("cuda")] if torch.cuda.is_available() else [CPU]
    return [
        compare_with_plain_loop(corpus, values),
        *(compare_stacked(corpus, values, device) for device in devices),
        compare_with_fasttext(corpus, values),
    ]
