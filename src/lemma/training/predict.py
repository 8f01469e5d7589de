"""Classify new texts with a trained model."""

import json
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from lemma.data.words import words
from lemma.errors import InputError, choose
from lemma.layout import Layout
from lemma.models import store
from lemma.models.layers import UNKNOWN
from lemma.params import Models


def predict(layout: Layout, dataset: str, model: str, run: int, texts: Iterable[str]) -> Iterator[str]:
    """Yield a line of JSON for each text: its likeliest class, and the probability of every class.

    Raises:
        InputError: the model is unknown, or is not trained on this data set.
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
    classes = held.settings["classes"]
    for values in _probabilities(held, texts):
        best = classes[int(values.argmax())]
        spread = dict(zip(classes, (round(float(value), 6) for value in values), strict=True))
        yield json.dumps({"label": best, "probabilities": spread}, ensure_ascii=False)


def _probabilities(held: store.Model, texts: Iterable[str]) -> Iterator[NDArray[np.float64]]:
    tokenizer = Tokenizer.from_str(held.tokenizer)
    if held.estimator is not None:
        estimator: Any = held.estimator
        for text in texts:
            yield estimator.predict_proba([" ".join(words(tokenizer, text))])[0]
        return
    import torch

    name = held.settings["model"]
    shape: Any = Models.model_fields[name].annotation
    settings = shape.model_validate(held.settings["settings"])
    code = import_module(f"lemma.models.{name}")
    network = code.Network(settings, tokenizer.get_vocab_size(), len(held.settings["classes"]))
    network.load_state_dict(held.tensors)
    network.eval()
    for text in texts:
        ids = tokenizer.encode(text).ids or [UNKNOWN]
        with torch.inference_mode():
            logits = network(torch.tensor([ids]), torch.tensor([len(ids)]))
        yield torch.softmax(logits[0].double(), 0).numpy()
