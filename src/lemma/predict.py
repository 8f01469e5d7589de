"""Classify new texts with a trained model."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from lemma.errors import InputError, choose
from lemma.layout import Layout
from lemma.models import store
from lemma.models.reading import Reading
from lemma.models.rows import FIRST, PAD
from lemma.params import Models

Classify = Callable[[str], NDArray[np.float64]]
SURROGATES = re.compile("[\ud800-\udfff]")  # what Python makes of an argument's bytes that are not UTF-8


def predict(layout: Layout, dataset: str, model: str, run: int, texts: Iterable[str]) -> Iterator[str]:
    """Yield a line of JSON for each text: its likeliest class, and the probability of every class.

    Raises:
        InputError: the model is unknown, is not trained on this data set, or its file is damaged or of another form.
    """
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
        classify = _network(held) if held.estimator is None else _estimator(held)
        classes = held.settings["classes"]
    except (AttributeError, KeyError, RuntimeError, TypeError, ValueError, ValidationError) as error:
        raise InputError(
            f"{path} does not fit this version of lemma: {' '.join(str(error).split())}.",
            f"Delete it and train again: `rm {path}`.",
        ) from None
    for text in texts:
        values = classify(SURROGATES.sub("\ufffd", text))
        best = classes[int(values.argmax())]
        spread = dict(zip(classes, (round(float(value), 6) for value in values), strict=True))
        yield json.dumps({"label": best, "probabilities": spread}, ensure_ascii=False)


def _estimator(held: store.Model) -> Classify:
    """Return what gives a text's class probabilities, (classes,), with a scikit-learn model."""
    reading = Reading.of(held.tokenizer)

    def classify(text: str) -> NDArray[np.float64]:
        found: NDArray[np.float64] = held.estimator.predict_proba([" ".join(reading.units(text))])[0]
        return found

    return classify


def _network(held: store.Model) -> Classify:
    """Return what gives a text's class probabilities, (classes,), with a network."""
    import torch

    from lemma.training.network import ngrams_of

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
        networks.append(code.Network(settings, len(tensors["embedding.weight"]), len(held.settings["classes"])))
        networks[-1].load_state_dict(tensors)
        networks[-1].eval()
    ngrams = ngrams_of(settings, held.settings["vocabulary"] + FIRST)

    def classify(text: str) -> NDArray[np.float64]:
        rows = np.array(reading.rows(text), np.int32)
        if ngrams is not None:
            rows, _ = ngrams.extend(rows, np.array([len(rows)]))
        tokens = torch.from_numpy(rows.astype(np.int64) if len(rows) else np.array([PAD]))[None]
        with torch.inference_mode():
            found = [network(tokens, torch.tensor([len(rows)])) for network in networks]
        spread = torch.stack([torch.softmax(logits[0].double(), 0) for logits in found]).mean(0)
        probabilities: NDArray[np.float64] = spread.numpy()
        return probabilities

    return classify
