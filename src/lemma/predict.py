"""Classify new texts with a trained model, and say what moved the decision."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lemma.errors import InputError, choose, shortened
from lemma.layout import Layout
from lemma.models import store
from lemma.models.ngrams import Ngrams
from lemma.models.reading import Reading
from lemma.models.rows import FIRST, PAD
from lemma.params import Models

Words = list[str]
Probabilities = NDArray[np.float64]  # (texts, classes)
SURROGATES = re.compile("[\ud800-\udfff]")  # what Python makes of an argument's bytes that are not UTF-8
BLOCK = 64  # texts classified at a time, where so many wait
SHOWN = 20  # features or words that an explanation names
# What the libraries say of values that no training writes.
MISFIT = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
WINDOW = 400  # words of a text that are left out one by one


@dataclass(frozen=True)
class Classifier:
    """A trained model: how it reads texts, their class probabilities, and what moved them if that is no occlusion.

    `weigh` gives (feature, its part in each class's score) of a text.
    """

    reading: Reading
    classify: Callable[[list[Words]], Probabilities]
    weigh: Callable[[Words], list[tuple[str, NDArray[np.float64]]]] | None = None


def predict(
    layout: Layout, dataset: str, model: str, run: int, blocks: Iterable[Sequence[str]], explain: bool = False
) -> Iterator[str]:
    """Yield a line of JSON for each text: its likeliest class, and the probability of every class.

    Args:
        layout: where the trained model lies.
        dataset: what it was trained on.
        model: its name.
        run: which of its runs.
        blocks: texts, as many at a time as there are.
        explain: whether a line also says what moved the decision: the features of a linear model with their share in
            the score of the class chosen, most first; for a network the words, of the first WINDOW, with what the
            class's probability loses without them.

    Raises:
        InputError: the model is unknown, is not trained on this data set, or its file is damaged or of another form; or
            a text is too long for the memory.
    """
    held, classifier = _load(layout, dataset, model, run)
    classes = held.settings["classes"]
    for texts in blocks:
        for start in range(0, len(texts), BLOCK):
            some = [SURROGATES.sub("\ufffd", text) for text in texts[start : start + BLOCK]]
            try:
                yield from _lines(classifier, classes, some, explain)
            except (*MISFIT, MemoryError) as error:
                raise _unclassified(layout.model(dataset, model, run), some, error) from None


def _lines(classifier: Classifier, classes: list[str], texts: list[str], explain: bool) -> Iterator[str]:
    found = classifier.reading.split(texts)
    for words, values in zip(found, classifier.classify(found), strict=True):
        best = int(values.argmax())
        spread = dict(zip(classes, (round(float(value), 6) for value in values), strict=True))
        line: dict[str, Any] = {"label": classes[best], "probabilities": spread}
        if explain:
            line["explanation"] = _explanation(classifier, words, values, best)
        yield json.dumps(line, ensure_ascii=False)


def arriving(lines: Iterable[str] | None) -> Iterator[list[str]]:
    """Yield the lines of standard input as they come, without their ends: those that wait together, or else one.

    Raises:
        InputError: there is no standard input, or a line of it cannot be read; the lines before it are yielded first.
    """
    if lines is None:
        raise InputError("Standard input is closed.", "Give the texts as arguments, or a line each to standard input.")
    waiting: Queue[str | InputError | None] = Queue(16 * BLOCK)
    strict = isinstance(lines, TextIOWrapper) and lines.errors == "strict"
    if isinstance(lines, TextIOWrapper) and strict:  # which would lose the good lines that are decoded with a bad one
        lines.reconfigure(errors="surrogateescape")

    def read() -> None:
        number, end = 1, None
        try:
            for line in lines:
                if strict and SURROGATES.search(line):
                    raise ValueError("its bytes are no text")
                waiting.put(line.rstrip("\n"))
                number += 1
        except Exception as error:  # whatever it is: without an end mark the command would wait for ever
            end = InputError(f"Line {number} of standard input cannot be read: {error}.", "Mend it, or leave it out.")
        waiting.put(end)

    Thread(target=read, daemon=True).start()
    last: str | InputError | None = ""
    while isinstance(last, str):
        block = []
        while isinstance(last := waiting.get(), str):
            block.append(last)
            if len(block) == BLOCK or waiting.empty():
                break
        if block:
            yield block
    if last is not None:
        raise last


def _load(layout: Layout, dataset: str, model: str, run: int) -> tuple[store.Model, Classifier]:
    if model not in Models.model_fields:
        raise choose("model", model, list(Models.model_fields))
    path = layout.model(dataset, model, run)
    if not path.exists():
        raise InputError(
            f"No run {run} of {model} on {dataset} is trained: {path} does not exist.",
            f"Run `snakemake --cores 2 {path}`.",
        )
    held = store.load(path)
    try:
        _ = held.settings["classes"]
        return held, _network(held) if held.estimator is None else _estimator(held)
    except MISFIT as error:
        raise _misfit(path, error, f"Delete it and train again: `rm {path}`.") from None


def _misfit(path: Path, error: Exception, fix: str) -> InputError:
    said = shortened(" ".join(str(error).split()), 1000)
    return InputError(f"{path} does not fit this version of lemma: {said}.", fix)


def _unclassified(path: Path, texts: list[str], error: Exception) -> InputError:
    """Return the error for texts that a model which loads does not classify: one is too long, or the model damaged."""
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "memory" in str(error).lower()):
        longest = shortened(max(texts, key=len))
        return InputError(f"The text '{longest}' is too long for this machine's memory.", "Shorten it.")
    return _misfit(path, error, "Train it again if it does so with every text.")  # a word without a vector, say


def _explanation(classifier: Classifier, words: Words, values: Probabilities, best: int) -> list[dict[str, Any]]:
    """Return what moved a text to its class, most first."""
    if classifier.weigh is not None:
        weights = [(feature, float(parts[best])) for feature, parts in classifier.weigh(words)]
    else:
        weights = []
        for start in range(0, min(len(words), WINDOW), BLOCK):
            left_out = range(start, min(len(words), WINDOW, start + BLOCK))
            found = classifier.classify([words[:at] + words[at + 1 :] for at in left_out])
            weights += [(words[at], float(values[best] - one[best])) for at, one in zip(left_out, found)]
    weights.sort(key=lambda pair: -abs(pair[1]))
    return [{"feature": feature, "weight": round(weight, 6)} for feature, weight in weights[:SHOWN]]


def _estimator(held: store.Model) -> Classifier:
    """Return a scikit-learn model."""
    from lemma.models.features import contributions

    reading = Reading.of(held.tokenizer)

    def joined(words: Words) -> str:
        return " ".join(reading.units(words))

    def classify(texts: list[Words]) -> Probabilities:
        found: Probabilities = held.estimator.predict_proba([joined(words) for words in texts])
        return found

    return Classifier(reading, classify, lambda words: contributions(held.estimator, joined(words)))


def _check_size(settings: Any, tensors: dict[str, Any]) -> None:
    """Refuse settings of more layers than there are weights, before these are made."""
    layers = [len(value) if isinstance(value, list) else 1 for value in settings.model_dump().values()]
    if max(*layers, getattr(settings, "layers", 1)) > len(tensors):
        raise ValueError("it has more layers than weights")


def _network(held: store.Model) -> Classifier:
    """Return a network, or several that vote."""
    import torch

    from lemma.training.batches import by_length
    from lemma.training.loop import EVALUATED, WORDS

    reading = Reading.of(held.tokenizer)
    name = held.settings["model"]
    shape: Any = Models.model_fields[name].annotation
    settings = shape.model_validate(held.settings["settings"])
    code = import_module(f"lemma.models.{name}")
    kept: dict[str, dict[str, Any]] = {}
    for key, value in (held.tensors or {}).items():
        number, _, tensor = key.partition(".")
        kept.setdefault(number, {})[tensor] = torch.from_numpy(value)
    networks = []
    for tensors in kept.values():
        _check_size(settings, tensors)
        with torch.device("meta"):  # takes no memory, however large the settings say that it is
            network = code.Network(settings, len(tensors["embedding.weight"]), len(held.settings["classes"]))
        network.load_state_dict(tensors, assign=True)
        networks.append(network.eval())
    ngrams = Ngrams.of(settings, held.settings["vocabulary"] + FIRST)

    def classify(texts: list[Words]) -> Probabilities:
        read = [reading.rows(words) for words in texts]
        rows = np.array([row for found in read for row in found], np.int32)
        lengths = np.array([len(found) for found in read], np.int64)
        if ngrams is not None:
            rows, lengths = ngrams.extend(rows, lengths)
        each = np.split(rows, np.cumsum(lengths)[:-1])
        result = np.empty((len(texts), len(held.settings["classes"])))
        for members in by_length(lengths, np.arange(len(texts)), EVALUATED, WORDS):
            some = lengths[members]
            inside = np.arange(max(1, int(some.max()))) < some[:, None]
            tokens = np.full(inside.shape, PAD, np.int64)
            tokens[inside] = np.concatenate([each[member] for member in members])
            with torch.inference_mode():
                logits = [network(torch.from_numpy(tokens), torch.from_numpy(some)) for network in networks]
            result[members] = torch.stack([torch.softmax(one.double(), 1) for one in logits]).mean(0).numpy()
        return result

    return Classifier(reading, classify)
