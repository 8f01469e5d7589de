"""Keys of params.yaml that were renamed. Open this module after renaming a key: messages name the new one.

Examples:
    >>> describe("models.cnn.maps", 100)
    'models.cnn.maps is called models.cnn.filters now.'
    >>> describe("learn.shares", [10])
    'learn.shares is called learning_curve.train_fractions now: write train_fractions: [0.1].'
"""

from collections.abc import Mapping
from typing import Any

_LINEAR = {"counts": "term_weighting", "characters": "char_ngrams", "select": "feature_selection"}
_NETWORK = {"dimensions": "embedding_dim", "embedding_rate": "embedding_learning_rate"}
_MODELS = {
    "nb": _LINEAR,
    "logreg": _LINEAR,
    "nbsvm": _LINEAR,
    "mlp": {**_NETWORK, "hidden": "hidden_sizes"},
    "cnn": {**_NETWORK, "widths": "kernel_sizes", "maps": "filters"},
    "rnn": {**_NETWORK, "pool": "pooling", "hidden": "hidden_size", "layers": "num_layers"},
}
RENAMED_KEYS: dict[str, str] = {
    "vectors.texts": "vectors.corpora",
    "vectors.dimensions": "vectors.embedding_dim",
    "train.batch": "train.batch_size",
    "train.clip": "train.max_grad_norm",
    "train.keep": "train.best_epochs",
    "train.combine": "train.averaging",
    "train.together": "train.stack_runs",
    "learn": "learning_curve",
    "learn.shares": "learning_curve.train_fractions",
    **{
        f"{section}.{model}.{old}": f"{section}.{model}.{new}"
        for section in ("models", "tune.space")
        for model, keys in _MODELS.items()
        for old, new in keys.items()
    },
}
_AVERAGING = {"vote": "predictions", "average": "weights"}


def describe(key: str, value: Any) -> str | None:
    """Return a sentence that says how a key is called now.

    Args:
        key: dotted key that params.yaml does not have.
        value: what was given for it; where it has to be written in another way, the sentence says how.

    Returns:
        The sentence; None where the key was never valid.
    """
    if key == "learn" and isinstance(value, Mapping) and list(value) == ["shares"]:
        return describe("learn.shares", value["shares"])
    if key not in RENAMED_KEYS:
        return None
    new, converted = RENAMED_KEYS[key], convert(key, value)
    hint = "" if converted == value else f": write {new.rpartition('.')[2]}: {converted}"
    return f"{key} is called {new} now{hint}."


def describe_section(section: str, values: Mapping[str, Any]) -> list[str]:
    """Return the sentences on the renamed keys of a section, such as `models.cnn`."""
    sentences = [describe(f"{section}.{key}", value) for key, value in values.items()]
    return [sentence for sentence in sentences if sentence is not None]


def convert(key: str, value: Any) -> Any:
    """Return the value of a renamed key as it is written now; a value that was never valid stays as it is."""
    if key == "train.combine" and isinstance(value, str):
        return _AVERAGING.get(value, value)
    if key == "learn.shares" and isinstance(value, list) and all(type(share) is int for share in value):
        return [share / 100 for share in value]
    return value
