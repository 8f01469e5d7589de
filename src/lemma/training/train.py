"""Stage `train`: one model, one data set, one run, to weights, history and class probabilities.

A network and a scikit-learn estimator leave the same three files, so nothing downstream knows which it was.
Labels of the test part are never read here: `labels_of` hides them.
"""

import hashlib
import io
import json
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from lemma import files
from lemma.data.corpus import Corpus, open_corpus
from lemma.data.splits import DEV, TEST, TRAIN
from lemma.errors import InputError, choose
from lemma.layout import Layout
from lemma.models import store
from lemma.params import Models, Neural, Params, Section, Train
from lemma.training.determinism import device_of, seed_of, settle

HIDDEN = -1
KEY = 16  # hexadecimal digits in a checkpoint's name
Watch = Callable[[dict[str, Any]], None]
Result = tuple[store.Model, list[dict[str, Any]], NDArray[np.float32]]


def labels_of(corpus: Corpus, parts: NDArray[np.int8]) -> NDArray[np.int64]:
    """Return the labels a training may see: those of the test part are HIDDEN."""
    return np.where(parts == TEST, HIDDEN, corpus.labels).astype(np.int64)


class Viewer(Protocol):
    """Who watches a training: gets each epoch's line of history."""

    def epoch(self, epoch: int, line: Mapping[str, Any]) -> None: ...


View = Callable[[Mapping[str, Any]], AbstractContextManager[Viewer]]


def train(layout: Layout, dataset: str, model: str, run: int, params: Params, view: View) -> None:
    """Write `model.zip`, `history.jsonl` and `probabilities.npy` of one run.

    `view` gets what is known of the run at its start and gives who watches it.

    Raises:
        InputError: the model is unknown, the tokens are missing or damaged, the run has nothing to learn from or to
            stop on, or CUDA is asked for and absent.
        CheckError: the training diverged.
    """
    if model not in Models.model_fields:
        raise choose("model", model, list(Models.model_fields))
    settings: Section = getattr(params.models, model)
    corpus = open_corpus(layout.tokens(dataset))
    tokenizer = _tokenizer(layout.tokenizer(dataset))
    seed = seed_of(dataset, model, run)
    parts = _parts(corpus, run)
    about = {"model": model, "dataset": dataset, "run": run, "seed": seed, "classes": corpus.classes}
    device = device_of(params.train.device if isinstance(settings, Neural) else "cpu")
    about |= {"settings": settings.model_dump(), "train": params.train.model_dump(), "device": device.type}
    about |= {"threads": params.train.threads}
    code = import_module(f"lemma.models.{model}")  # before settle: scikit-learn brings a BLAS of its own
    settle(seed, params.train.threads)
    checkpoints, name = layout.state / "checkpoints", f"{dataset}-{model}-{run}"
    resume = checkpoints / f"{name}-{_key(layout, dataset, about)}"
    with view(about) as viewer:
        if isinstance(settings, Neural):

            def watch(line: dict[str, Any]) -> None:
                viewer.epoch(line["epoch"], line)

            trained, history, predicted = _network(
                code, corpus, parts, tokenizer, about, params.train, settings, device, resume, watch
            )
        else:
            trained, history, predicted = _estimator(code.estimator(settings), corpus, parts, tokenizer, about)
            viewer.epoch(1, history[0])
    store.save(layout.model(dataset, model, run), trained)
    lines = "".join(json.dumps(line) + "\n" for line in history)
    files.write_bytes(layout.history(dataset, model, run), lines.encode())
    content = io.BytesIO()
    np.save(content, predicted, allow_pickle=False)
    files.write_bytes(layout.probabilities(dataset, model, run), content.getvalue())
    _sweep(layout.run(dataset, model, run), checkpoints, name)


def _tokenizer(path: Path) -> Tokenizer:
    try:
        return Tokenizer.from_str(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", "Run `lemma tokenize` for this data set first.") from None
    except Exception as error:  # tokenizers raises Exception itself
        raise InputError(f"{path} is damaged: {error}.", f"Delete it and run again: `rm {path}`.") from None


def _parts(corpus: Corpus, run: int) -> NDArray[np.int8]:
    """Return the part of each document, and refuse a run that cannot be trained or stopped."""
    folds = corpus.protocol.get("folds")
    if folds is not None and run >= folds:
        raise InputError(
            f"Data set '{corpus.dataset}' has no run {run}.", f"It has {folds} folds: write 0 to {folds - 1}."
        )
    parts = corpus.parts(run)
    counts = np.bincount(corpus.labels[parts == TRAIN], minlength=len(corpus.classes))
    where = f"params.yaml: datasets.{corpus.dataset}.split"
    if not counts.all():
        missing = corpus.classes[int(counts.argmin())]
        raise InputError(f"{where}: in run {run} class '{missing}' has no train document.", "Every class needs some.")
    if not (parts == DEV).any():
        raise InputError(f"{where}: run {run} has no dev document to stop on.", "Write a larger share for dev.")
    return parts


def _sweep(outputs: Path, checkpoints: Path, name: str) -> None:
    """Remove what this run's trainings, killed ones and those of other settings included, have left behind."""
    key = "[0-9a-f]" * KEY
    for folder, pattern in (
        (checkpoints, f"{name}-{key}"),
        (checkpoints, f".{name}-{key}.*.part"),
        (outputs, ".*.part"),
    ):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)


def _key(layout: Layout, dataset: str, about: dict[str, Any]) -> str:
    """Return a hash of all that a training's steps depend on: data, settings, code and libraries."""
    package = Path(__file__).parents[1]
    sources = [package / "models" / f"{about['model']}.py", package / "models" / "layers.py"]
    sources += [package / "data" / "corpus.py", package / "data" / "splits.py"]
    sources += sorted((package / "training").glob("*.py"))
    held = [files.sha256(layout.tokens(dataset)), *(files.sha256(path) for path in sources)]
    held += [torch.__version__, np.__version__]
    return hashlib.sha256(files.canonical([held, about]).encode()).hexdigest()[:KEY]


def _network(
    code: Any,
    corpus: Corpus,
    parts: NDArray[np.int8],
    tokenizer: Tokenizer,
    about: dict[str, Any],
    shared: Train,
    settings: Neural,
    device: torch.device,
    resume: Path,
    watch: Watch,
) -> Result:
    from lemma.training import loop, vocabulary
    from lemma.training.batches import Documents

    words = vocabulary.fit(corpus, parts == TRAIN, settings.min_count)
    documents = Documents(words.encode(corpus.ids), corpus.offsets, labels_of(corpus, parts))
    network = code.Network(settings, words.rows, len(corpus.classes)).to(device)
    title = f"{about['dataset']}/{about['model']}/{about['run']}"
    task = loop.Task(title, documents, np.flatnonzero(parts == TRAIN), np.flatnonzero(parts == DEV), about["seed"])
    state = loop.train(network, task, settings, shared, device, resume, watch)
    predicted = loop.probabilities(network, documents, np.arange(len(corpus)), device)
    about |= {
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "vocabulary": len(words.types),
        "best_epoch": next(line["epoch"] for line in reversed(state.history) if line["best"]),
        "epochs": state.epoch,
        "seconds": round(sum(line["seconds"] for line in state.history), 3),
    }
    tensors = {name: value.cpu() for name, value in network.state_dict().items()}
    return store.Model(about, vocabulary.known(tokenizer, words), tensors), state.history, predicted


def _estimator(
    estimator: Any, corpus: Corpus, parts: NDArray[np.int8], tokenizer: Tokenizer, about: dict[str, Any]
) -> Result:
    from lemma.data.words import joined, splitting

    start = time.monotonic()
    texts = joined(corpus, tokenizer)
    labels = labels_of(corpus, parts)
    members = np.flatnonzero(parts == TRAIN)
    try:
        estimator.fit([texts[at] for at in members], labels[members])
    except ValueError as error:  # no n-gram is frequent enough, say
        raise InputError(
            f"{about['dataset']}/{about['model']}/{about['run']}: nothing can be learnt from the train part: {error}",
            f"Change models.{about['model']} in params.yaml.",
        ) from None
    seconds = round(time.monotonic() - start, 3)
    predicted = estimator.predict_proba(texts).astype(np.float32)
    line: dict[str, Any] = {"epoch": 1, "seconds": seconds, "time": round(time.time(), 3), "best": True}
    for name, part in (("train", TRAIN), ("dev", DEV)):
        where = np.flatnonzero(parts == part)
        right = predicted[where, labels[where]].astype(np.float64)
        line[f"{name}_loss"] = float(-np.log(np.maximum(right, 1e-12)).mean())
    line["dev_accuracy"] = float((predicted[where].argmax(1) == labels[where]).mean())
    last = estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator
    about |= {
        "parameters": int(np.size(getattr(last, "coef_", last.classes_)) + np.size(getattr(last, "intercept_", []))),
        "vocabulary": int(getattr(last, "n_features_in_", 0)) if last is not estimator else 0,
        "best_epoch": 1,
        "epochs": 1,
        "seconds": seconds,
    }
    return store.Model(about, splitting(tokenizer), estimator=estimator), [line], predicted
