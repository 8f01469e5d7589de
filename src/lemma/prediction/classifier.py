"""A trained model, ready to classify texts: its `model.zip` holds all that this needs, wherever the file lies.

Networks compute in double precision, so that six digits of a probability do not depend on the texts beside it, on
the number of threads or on the process: `lemma predict` and a server print the same number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lemma.corpus.special_tokens import FIRST, PAD
from lemma.corpus.text_encoder import TextEncoder
from lemma.errors import InputError, shortened
from lemma.models.shared import store
from lemma.models.shared.ngrams import NgramHasher
from lemma.params import Models, renamed_keys

Words = list[str]
Probabilities = NDArray[np.float64]  # (texts, classes)
# What the libraries say of values that no training writes.
MISFIT = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
EMBEDDING = "embedding."  # prefix of the weights that stay in single precision: they are looked up, not computed with


@dataclass(frozen=True)
class Predictor:
    """A trained model.

    Attributes:
        path: its file.
        classes: names of the classes.
        reading: how it reads texts.
        classify: returns the class probabilities of texts that `reading` has split.
        weigh: returns (feature, its part in each class's score) of a text; None where no such parts exist.
    """

    path: Path
    classes: list[str]
    reading: TextEncoder
    classify: Callable[[list[Words]], Probabilities]
    weigh: Callable[[Words], list[tuple[str, NDArray[np.float64]]]] | None = None


def read(path: Path, fix: str) -> Predictor:
    """Return the model in a `model.zip`.

    Args:
        path: of the file.
        fix: what to do about a file that is damaged or of another version.

    Raises:
        InputError: the file is missing, damaged or of another version, or would need a type that is not known to be
            harmless.
    """
    model = store.load(path, fix)
    try:
        return _network(path, model) if model.estimator is None else _estimator(path, model)
    except MISFIT as error:
        raise misfit(path, error, fix) from None


def misfit(path: Path, error: Exception, fix: str) -> InputError:
    """Return the error for a file that loads and cannot be used."""
    reason = shortened(" ".join(str(error).split()), 1000)
    return InputError(f"{path} does not fit this version of lemma: {reason}.", fix)


def _estimator(path: Path, model: store.Model) -> Predictor:
    """Return a scikit-learn model."""
    from lemma.models.shared.features import feature_contributions

    reading = TextEncoder.from_json(model.tokenizer)

    def joined(words: Words) -> str:
        return " ".join(reading.split_subwords(words))

    def classify(texts: list[Words]) -> Probabilities:
        probabilities: Probabilities = model.estimator.predict_proba([joined(words) for words in texts])
        return probabilities

    def weigh(words: Words) -> list[tuple[str, NDArray[np.float64]]]:
        return feature_contributions(model.estimator, joined(words))

    return Predictor(path, model.settings["classes"], reading, classify, weigh)


def _check_size(settings: Any, tensors: dict[str, Any]) -> None:
    """Refuse settings of more layers than there are weights, before these are made."""
    layers = [len(value) if isinstance(value, list) else 1 for value in settings.model_dump().values()]
    if max(*layers, getattr(settings, "num_layers", 1)) > len(tensors):
        raise ValueError("it has more layers than weights")


def _network(path: Path, model: store.Model) -> Predictor:
    """Return a network, or several whose probabilities are averaged."""
    import torch

    from lemma.training.batches import by_length
    from lemma.training.loop import EVALUATED, WORDS

    classes = model.settings["classes"]
    reading = TextEncoder.from_json(model.tokenizer)
    name = model.settings["model"]
    shape: Any = Models.model_fields[name].annotation
    if renamed := renamed_keys.describe_section(f"models.{name}", model.settings["settings"]):
        raise ValueError(f"an older version trained it ({renamed[0].rstrip('.')})")
    settings = shape.model_validate(model.settings["settings"])
    code = import_module(f"lemma.models.{name}.model")
    weights: dict[str, dict[str, Any]] = {}
    for key, value in (model.tensors or {}).items():
        number, _, tensor = key.partition(".")
        array = torch.from_numpy(value)
        weights.setdefault(number, {})[tensor] = array if tensor.startswith(EMBEDDING) else array.double()
    networks = []
    for tensors in weights.values():
        _check_size(settings, tensors)
        with torch.device("meta"):  # takes no memory, however large the settings say that it is
            network = code.Network(settings, len(tensors["embedding.weight"]), len(classes))
        network.load_state_dict(tensors, assign=True)
        networks.append(network.eval())
    ngrams = NgramHasher.from_params(settings, model.settings["vocabulary"] + FIRST)

    def logits(network: Any, tokens: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        distinct, places = torch.unique(tokens, return_inverse=True)
        result: torch.Tensor = network.classify(
            network.embedding.weight.index_select(0, distinct).double(), places, lengths
        )
        return result

    def classify(texts: list[Words]) -> Probabilities:
        ids = [reading.encode(words) for words in texts]
        rows = np.array([row for document in ids for row in document], np.int32)
        lengths = np.array([len(document) for document in ids], np.int64)
        if ngrams is not None:
            rows, lengths = ngrams.append_ngrams(rows, lengths)
        documents = np.split(rows, np.cumsum(lengths)[:-1])
        probabilities = np.empty((len(texts), len(classes)))
        for members in by_length(lengths, np.arange(len(texts)), EVALUATED, WORDS):
            sizes = lengths[members]
            inside = np.arange(max(1, int(sizes.max()))) < sizes[:, None]
            tokens = np.full(inside.shape, PAD, np.int64)
            tokens[inside] = np.concatenate([documents[member] for member in members])
            with torch.inference_mode():
                scores = [logits(network, torch.from_numpy(tokens), torch.from_numpy(sizes)) for network in networks]
            probabilities[members] = torch.stack([torch.softmax(score, 1) for score in scores]).mean(0).numpy()
        return probabilities

    return Predictor(path, classes, reading, classify)
