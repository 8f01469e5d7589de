"""Classify new texts with a trained model, and say what moved the decision."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from io import TextIOWrapper
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

from lemma.errors import InputError, choose, shortened
from lemma.layout import Layout
from lemma.params import Models
from lemma.prediction import classifier
from lemma.prediction.classifier import MISFIT, Predictor, Probabilities, Words

SURROGATES = re.compile("[\ud800-\udfff]")  # what Python makes of an argument's bytes that are not UTF-8
BLOCK = 64  # texts classified at a time, where so many wait
SHOWN = 20  # features or words that an explanation names
WINDOW = 400  # words of a text that are left out one by one
FILES = ("model.zip", "artifacts/model.zip")  # in a folder of a training, and in a model that MLflow keeps


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
    yield from _lines(_of_training(layout, dataset, model, run), blocks, explain)


def predict_with(path: Path, blocks: Iterable[Sequence[str]], explain: bool = False) -> Iterator[str]:
    """Yield what `predict` does, for the model in a file or folder: nothing else is read, of a project or elsewhere.

    Args:
        path: of a `model.zip`, or of a folder that holds one.
        blocks: texts, as many at a time as there are.
        explain: as in `predict`.

    Raises:
        InputError: there is no such file, it is damaged or of another form; or a text is too long for the memory.
    """
    fix = "Get the file again, or one that this version of lemma trained."
    yield from _lines(classifier.read(_model_file(path), fix), blocks, explain)


def results(model: Predictor, texts: Sequence[str], explain: bool = False) -> Iterator[dict[str, Any]]:
    """Yield what a line of JSON says of each text: label, probabilities, and what moved the decision if asked for.

    Raises:
        InputError: the model cannot classify, or a text is too long for the memory.
    """
    for start in range(0, len(texts), BLOCK):
        block = [SURROGATES.sub("\ufffd", text) for text in texts[start : start + BLOCK]]
        try:
            yield from _classified(model, block, explain)
        except (*MISFIT, MemoryError) as error:
            raise _unclassified(model.path, block, error) from None


def _lines(model: Predictor, blocks: Iterable[Sequence[str]], explain: bool) -> Iterator[str]:
    for texts in blocks:
        for result in results(model, texts, explain):
            yield json.dumps(result, ensure_ascii=False)


def _classified(model: Predictor, texts: list[str], explain: bool) -> Iterator[dict[str, Any]]:
    documents = model.reading.tokenize(texts)
    for words, values in zip(documents, model.classify(documents), strict=True):
        best = int(values.argmax())
        probabilities = dict(zip(model.classes, (round(float(value), 6) for value in values), strict=True))
        result: dict[str, Any] = {"label": model.classes[best], "probabilities": probabilities}
        if explain:
            result["explanation"] = _explanation(model, words, values, best)
        yield result


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


def _of_training(layout: Layout, dataset: str, model: str, run: int) -> Predictor:
    if model not in Models.model_fields:
        raise choose("model", model, list(Models.model_fields))
    path = layout.model(dataset, model, run)
    if not path.exists():
        raise InputError(
            f"No run {run} of {model} on {dataset} is trained: {path} does not exist.",
            f"Run `snakemake --cores 2 {path}`.",
        )
    return classifier.read(path, f"Delete it and train again: `rm {path}`.")


def _model_file(path: Path) -> Path:
    """Return `path`, or the model in it if it is a folder."""
    is_folder = os.path.isdir(path)  # noqa: PTH112 (False for a path that no file can have, where pathlib raises)
    for candidate in [path / name for name in FILES] if is_folder else [path]:
        if os.path.isfile(candidate):  # noqa: PTH113
            return candidate
    what = f"The folder {path} holds no {FILES[0]}." if is_folder else f"{shortened(str(path))} is not a file."
    raise InputError(what, "Name a model.zip, a folder that holds one, or models:/NAME@champion.")


def _unclassified(path: Path, texts: list[str], error: Exception) -> InputError:
    """Return the error for texts that a model which loads does not classify: one is too long, or the model damaged."""
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "memory" in str(error).lower()):
        longest = shortened(max(texts, key=len))
        return InputError(f"The text '{longest}' is too long for this machine's memory.", "Shorten it.")
    fix = "Train it again if it does so with every text."  # a word without a vector, say
    return classifier.misfit(path, error, fix)


def _explanation(model: Predictor, words: Words, values: Probabilities, best: int) -> list[dict[str, Any]]:
    """Return what moved a text to its class, most first."""
    if model.weigh is not None:
        weights = [(feature, float(parts[best])) for feature, parts in model.weigh(words)]
    else:
        weights = []
        for start in range(0, min(len(words), WINDOW), BLOCK):
            left_out = range(start, min(len(words), WINDOW, start + BLOCK))
            without = model.classify([words[:at] + words[at + 1 :] for at in left_out])
            weights += [(words[at], float(values[best] - row[best])) for at, row in zip(left_out, without)]
    weights.sort(key=lambda pair: -abs(pair[1]))
    return [{"feature": feature, "weight": round(weight, 6)} for feature, weight in weights[:SHOWN]]
