"""Classify texts with a trained model: `lemma predict`, and the server of a published model."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from lemma.errors import InputError, choose, shortened
from lemma.layout import Layout
from lemma.params import Models
from lemma.prediction.classifier import BLOCK, LOADING_ERRORS, Predictor, load_predictor, version_error
from lemma.prediction.explanation import explain as explain_text
from lemma.prediction.stdin import SURROGATES

FILES = ("model.zip", "artifacts/model.zip")  # in the folder of a run, and in a model that MLflow stores


def predict(
    layout: Layout, dataset: str, model: str, run: int, blocks: Iterable[Sequence[str]], explain: bool = False
) -> Iterator[str]:
    """Yield one line of JSON for each text: the predicted class and the probability of each class.

    Args:
        layout: where the trained model lies.
        dataset: name of the data set that the model was trained on.
        model: name of the model.
        run: number of the run.
        blocks: lists of texts.
        explain: whether to add an explanation (`lemma.prediction.explanation`).

    Raises:
        InputError: the model is unknown or not trained on this data set, its file is damaged or of another version, or
            a text is too long for the memory.
    """
    yield from _to_json_lines(_load_run(layout, dataset, model, run), blocks, explain)


def predict_with(path: Path, blocks: Iterable[Sequence[str]], explain: bool = False) -> Iterator[str]:
    """Yield what `predict` does, for the model in a file or folder; no other file is read.

    Args:
        path: of a `model.zip`, or of a folder that contains one.
        blocks: lists of texts.
        explain: as for `predict`.

    Raises:
        InputError: there is no such file, it is damaged or of another version, or a text is too long for the memory.
    """
    fix = "Get the file again, or one that this version of lemma trained."
    yield from _to_json_lines(load_predictor(_find_model_file(path), fix), blocks, explain)


def classify_texts(model: Predictor, texts: Sequence[str], explain: bool = False) -> Iterator[dict[str, Any]]:
    """Yield for each text its label, the class probabilities and, if asked for, the explanation.

    Raises:
        InputError: the model cannot classify, or a text is too long for the memory.
    """
    for start in range(0, len(texts), BLOCK):
        block = [SURROGATES.sub("\ufffd", text) for text in texts[start : start + BLOCK]]
        try:
            yield from _classify_block(model, block, explain)
        except (*LOADING_ERRORS, MemoryError) as error:
            raise _classification_error(model.path, block, error) from None


def _to_json_lines(model: Predictor, blocks: Iterable[Sequence[str]], explain: bool) -> Iterator[str]:
    for texts in blocks:
        for result in classify_texts(model, texts, explain):
            yield json.dumps(result, ensure_ascii=False)


def _classify_block(model: Predictor, texts: list[str], explain: bool) -> Iterator[dict[str, Any]]:
    tokenized = model.encoder.tokenize(texts)
    for tokens, row in zip(tokenized, model.classify(tokenized), strict=True):
        label = int(row.argmax())
        probabilities = dict(zip(model.classes, (round(float(value), 6) for value in row), strict=True))
        result: dict[str, Any] = {"label": model.classes[label], "probabilities": probabilities}
        if explain:
            result["explanation"] = explain_text(model, tokens, row, label)
        yield result


def _load_run(layout: Layout, dataset: str, model: str, run: int) -> Predictor:
    if model not in Models.model_fields:
        raise choose("model", model, list(Models.model_fields))
    path = layout.model(dataset, model, run)
    if not path.exists():
        raise InputError(
            f"Run {run} of {model} on {dataset} is not trained: {path} does not exist.",
            f"Run `snakemake --cores 2 {path}`.",
        )
    return load_predictor(path, f"Delete it and train again: `rm {path}`.")


def _find_model_file(path: Path) -> Path:
    """Return `path`, or the model in it if it is a folder."""
    is_folder = os.path.isdir(path)  # noqa: PTH112 (False for an invalid path, for which pathlib raises)
    for candidate in [path / name for name in FILES] if is_folder else [path]:
        if os.path.isfile(candidate):  # noqa: PTH113
            return candidate
    problem = f"The folder {path} contains no {FILES[0]}." if is_folder else f"{shortened(str(path))} is not a file."
    raise InputError(problem, "Name a model.zip, a folder that contains one, or models:/NAME@champion.")


def _classification_error(path: Path, texts: list[str], error: Exception) -> InputError:
    """Return the error for texts that a loaded model cannot classify: one is too long, or the model is damaged."""
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "memory" in str(error).lower()):
        longest = shortened(max(texts, key=len))
        return InputError(f"The text '{longest}' is too long for this machine's memory.", "Shorten it.")
    fix = "If this happens with every text, train the model again."  # for example, a token without a vector
    return version_error(path, error, fix)
