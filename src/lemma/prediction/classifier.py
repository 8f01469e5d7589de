"""Load a trained model to classify texts; its `model.zip` contains everything that this needs.

Networks compute in float64, such that the six digits of a printed probability do not depend on the other texts of the
batch, on the number of threads or on the process: `lemma predict` and a server print the same number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lemma.corpus.special_tokens import FIRST
from lemma.corpus.text_encoder import TextEncoder
from lemma.errors import InputError, shortened
from lemma.models.shared import store
from lemma.models.shared.ngrams import NgramHasher
from lemma.params import Models, renamed_keys

Tokens = list[str]  # of one text
Probabilities = NDArray[np.float64]  # (texts, classes)
Contributions = list[tuple[str, NDArray[np.float64]]]  # pairs of a feature and its contribution to each class
BLOCK = 64  # number of texts that are classified at a time
# What libraries raise for values that no training writes.
LOADING_ERRORS = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
EMBEDDING = "embedding."  # prefix of the weights that stay in float32: word vectors are converted after the lookup


@dataclass(frozen=True)
class Predictor:
    """A trained model.

    Attributes:
        path: its file.
        classes: names of the classes.
        encoder: tokenizes texts.
        classify: returns the class probabilities of tokenized texts.
        contributions: returns the contribution of each feature of a tokenized text to the decision function of each
            class; None for a network.
    """

    path: Path
    classes: list[str]
    encoder: TextEncoder
    classify: Callable[[list[Tokens]], Probabilities]
    contributions: Callable[[Tokens], Contributions] | None = None


def load_predictor(path: Path, fix: str) -> Predictor:
    """Load the model in a `model.zip`.

    Args:
        path: of the file.
        fix: what to do about a file that is damaged or of another version.

    Raises:
        InputError: the file is missing, damaged or of another version, or contains a type that is not known to be
            harmless.
    """
    model = store.load(path, fix)
    try:
        return _load_network(path, model) if model.estimator is None else _load_estimator(path, model)
    except LOADING_ERRORS as error:
        raise version_error(path, error, fix) from None


def version_error(path: Path, error: Exception, fix: str) -> InputError:
    """Return the error for a model that loads but cannot be used."""
    reason = shortened(" ".join(str(error).split()), 1000)
    return InputError(f"{path} does not fit this version of lemma: {reason}.", fix)


def _load_estimator(path: Path, model: store.Model) -> Predictor:
    """Return the predictor of a scikit-learn model."""
    from lemma.models.shared.features import feature_contributions

    encoder = TextEncoder.from_json(model.tokenizer)

    def join(tokens: Tokens) -> str:
        return " ".join(encoder.split_subwords(tokens))

    def classify(texts: list[Tokens]) -> Probabilities:
        probabilities: Probabilities = model.estimator.predict_proba([join(tokens) for tokens in texts])
        return probabilities

    def contributions(tokens: Tokens) -> Contributions:
        return feature_contributions(model.estimator, join(tokens))

    return Predictor(path, model.settings["classes"], encoder, classify, contributions)


def _load_network(path: Path, model: store.Model) -> Predictor:
    """Return the predictor of a network, which averages the probabilities over the stored checkpoints."""
    import torch

    from lemma.training.batches import TextDocuments
    from lemma.training.inference import average_probabilities

    classes, encoder = model.settings["classes"], TextEncoder.from_json(model.tokenizer)
    name = model.settings["model"]
    if renamed := renamed_keys.describe_section(f"models.{name}", model.settings["settings"]):
        raise ValueError(f"an older version trained it ({renamed[0].rstrip('.')})")
    params_class: Any = Models.model_fields[name].annotation
    params = params_class.model_validate(model.settings["settings"])
    module = import_module(f"lemma.models.{name}.model")
    checkpoints: dict[str, dict[str, Any]] = {}
    for key, value in (model.tensors or {}).items():
        epoch, _, tensor_name = key.partition(".")
        tensor = torch.from_numpy(value)
        checkpoints.setdefault(epoch, {})[tensor_name] = (
            tensor if tensor_name.startswith(EMBEDDING) else tensor.double()
        )
    networks = []
    for weights in checkpoints.values():
        _check_num_layers(params, len(weights))
        with torch.device("meta"):  # allocates no memory, whatever sizes the file claims
            network = module.Network(params, len(weights["embedding.weight"]), len(classes))
        network.load_state_dict(weights, assign=True)
        networks.append(network)
    ngrams = NgramHasher.from_params(params, model.settings["vocabulary"] + FIRST)

    def classify(texts: list[Tokens]) -> Probabilities:
        documents = TextDocuments([encoder.encode(tokens) for tokens in texts], ngrams)
        indices, device = np.arange(len(texts)), torch.device("cpu")
        return average_probabilities(networks, documents, indices, device, torch.float64).astype(np.float64, copy=False)

    return Predictor(path, classes, encoder, classify)


def _check_num_layers(params: Any, num_tensors: int) -> None:
    """Refuse parameters of more layers than there are weights, before the layers are built."""
    lengths = [len(value) if isinstance(value, list) else 1 for value in params.model_dump().values()]
    if max(*lengths, getattr(params, "num_layers", 1)) > num_tensors:
        raise ValueError("it has more layers than weights")
