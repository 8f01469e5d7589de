"""What identifies a training in MLflow, and the names of the tags that carry it.

Two trainings are the same if everything that determines their result is the same: then they share one run. Open this
module to change what counts as the same, or to look up a tag.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from lemma.files import canonical

KEY = "lemma.key"  # DATASET/MODEL/RUN, DATASET/MODEL of a configuration, DATASET of a report
CONFIG = "lemma.config"  # hash of everything that determines the training
CURRENT = "lemma.current"  # "true" for the runs of the present results, else "false"
CONFIGURATION = "lemma.configuration"  # name that all runs of a configuration share
EXPERIMENT = "lemma.experiment"  # name that the user or DVC gave the experiment; names with commas, if several
VALUES = "lemma.values"  # NAME:HASH for each named experiment: the hash is of the values that shape the scores
KEPT = "lemma.kept"  # says that of a run only scores were kept
CONTENT = "lemma.content"  # hash of what a run shows; written last
CURVES = "lemma.curves"  # hash of its curves
LIVE = "lemma.live"  # "true" while the training itself writes the run

DETERMINING = ("dataset", "model", "run", "seed", "classes", "settings", "train", "subwords", "threads", "device")
OF_ONE_RUN = ("run", "seed")


def hash_of(value: Any) -> str:
    """Return the SHA-256 of a JSON value."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def members(tag: str | None) -> list[str]:
    """Return what a tag lists with commas between."""
    return tag.split(", ") if tag else []


def key_of(settings: Mapping[str, Any]) -> str:
    """Return `DATASET/MODEL/RUN` of a model's `settings.json`."""
    return f"{settings['dataset']}/{settings['model']}/{settings['run']}"


def config_of(settings: Mapping[str, Any], data_hash: str = "") -> str:
    """Return the hash of everything that determines a training.

    Args:
        settings: content of the model's `settings.json`.
        data_hash: SHA-256 of the tokens, for models of older versions, which do not record their inputs.
    """
    return hash_of(_determining(settings, data_hash))


def configuration_of(settings: Mapping[str, Any], data_hash: str = "") -> str:
    """Return the hash of the values that a training shares with the runs of its configuration: all but run and seed."""
    values = _determining(settings, data_hash)
    return hash_of({name: value for name, value in values.items() if name not in OF_ONE_RUN})


def _determining(settings: Mapping[str, Any], data_hash: str) -> dict[str, Any]:
    values = {name: settings[name] for name in DETERMINING if name in settings}
    return values | {"inputs": settings.get("inputs") or {"tokens": data_hash}}
