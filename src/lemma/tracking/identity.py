"""The identity of a training in MLflow, and the names of the tags of `lemma`.

Two trainings are the same, and share one MLflow run, if everything that determines their result is equal. Open this
module to change what determines a result, or to look up a tag.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from lemma.files import canonical

KEY = "lemma.key"  # DATASET/MODEL/RUN, DATASET/MODEL of a configuration, DATASET of a report
CONFIG = "lemma.config"  # hash of everything that determines the training
CURRENT = "lemma.current"  # "true" for the runs of the present results, else "false"
CONFIGURATION = "lemma.configuration"  # name of the configuration, on its run and on those of its trainings
EXPERIMENT = "lemma.experiment"  # names of the experiments that the run belongs to, with commas between
VALUES = "lemma.values"  # NAME:HASH for each named experiment, a hash of the values that determine its scores
KEPT = "lemma.kept"  # present if only the scores of the run exist, not its training
CONTENT = "lemma.content"  # hash of everything that the run shows; written last, so it marks a complete run
CURVES = "lemma.curves"  # hash of the curves
LIVE = "lemma.live"  # "true" for a run that the training itself writes

DETERMINING = ("dataset", "model", "run", "seed", "classes", "settings", "train", "subwords", "threads", "device")
OF_ONE_RUN = ("run", "seed")


def hash_json(value: Any) -> str:
    """Return the SHA-256 of a JSON value."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def split_tag(tag: str | None) -> list[str]:
    """Return the members of a tag that is a list with commas between."""
    return tag.split(", ") if tag else []


def format_key(settings: Mapping[str, Any]) -> str:
    """Return `DATASET/MODEL/RUN` for the content of a `settings.json`."""
    return f"{settings['dataset']}/{settings['model']}/{settings['run']}"


def hash_config(settings: Mapping[str, Any], data_hash: str = "") -> str:
    """Return the hash of everything that determines a training.

    Args:
        settings: content of the model's `settings.json`.
        data_hash: SHA-256 of the file of tokens; used for models of older versions, which do not record their inputs.
    """
    return hash_json(_select_determining(settings, data_hash))


def hash_configuration(settings: Mapping[str, Any], data_hash: str = "") -> str:
    """Return the hash of everything that determines a training except run and seed."""
    values = _select_determining(settings, data_hash)
    return hash_json({name: value for name, value in values.items() if name not in OF_ONE_RUN})


def _select_determining(settings: Mapping[str, Any], data_hash: str) -> dict[str, Any]:
    values = {name: settings[name] for name in DETERMINING if name in settings}
    return values | {"inputs": settings.get("inputs") or {"tokens": data_hash}}
