"""Names of configurations in MLflow: the values that differ from params.yaml as committed, or an experiment's name.

A configuration gets its name when it is first tracked, and keeps it. Open this module to change how runs are named.
"""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lemma import params as parameters
from lemma.errors import InputError
from lemma.layout import WORKSPACES, Layout

VARIABLE = "LEMMA_EXPERIMENT_NAME"
DVC_VARIABLE = "DVC_EXP_NAME"
MAX_LENGTH = 60  # characters of a name
TUNED = "tune.models."  # prefix of the dotted key of a member of the list tune.models
SHARDS = "tokenize.shards"  # has no effect on the result
SECTIONS = ("train", "tokenize", "vectors", "prepare")  # of params.yaml that every training depends on


@dataclass(frozen=True)
class RunNames:
    """How the configurations of a project are named.

    Attributes:
        experiment: name of the experiment, or "".
        is_given: whether the user gave that name, and not DVC.
        differences: values of params.yaml that differ from the committed ones, by dotted key; None without a commit.
        commit: abbreviated git commit, or "".
        tuned: models whose hyperparameters are tuned.
        about: description of the values that is used instead of the differences; "" for none.
    """

    experiment: str
    is_given: bool
    differences: dict[str, Any] | None
    commit: str
    tuned: frozenset[str] = frozenset()
    about: str = ""

    def label(self, dataset: str, models: list[str]) -> str:
        """Return the values in which configurations of these models differ from the committed ones; "" for none."""
        relevant = self.relevant(dataset, models)
        if self.experiment and (self.is_given or relevant or self.differences is None):
            return self.experiment
        return join_values({_shorten_key(key, models): value for key, value in relevant.items()})

    def describe_values(self, dataset: str, models: list[str]) -> str:
        """Return the second half of a sentence on runs of these models: how their values differ from the commit."""
        if self.about:
            return self.about
        if self.differences is None:
            return "with the values of params.yaml"
        relevant = self.relevant(dataset, models)
        values = ", ".join(f"{key} = {_format_value(value)}" for key, value in relevant.items())
        base = f"params.yaml of commit {self.commit}"
        return f"with {values} and otherwise the values of {base}" if relevant else f"with the values of {base}"

    def relevant(self, dataset: str, models: list[str]) -> dict[str, Any]:
        """Return the differences on which trainings of `models` on `dataset` depend."""
        own = [f"models.{model}" for model in models]
        own += [f"tune.space.{model}" for model in models if model in self.tuned]
        prefixes = tuple(f"{name}." for name in (*own, *SECTIONS, f"datasets.{dataset}"))
        keys = {TUNED + model for model in models}
        if self.tuned.intersection(models):
            keys |= {"tune.trials", "tune.run", "tune.seed"}
        differences = (self.differences or {}).items()
        return {key: value for key, value in differences if key in keys or (key.startswith(prefixes) and key != SHARDS)}


def join_values(values: dict[str, Any]) -> str:
    """Return `key=value` pairs with commas between; after MAX_LENGTH characters only the number of further pairs."""
    text = ""
    for number, (key, value) in enumerate(values.items()):
        item = f"{key}={_format_value(value)}"
        if text and len(text) + len(item) > MAX_LENGTH:
            return f"{text}, {len(values) - number} more"
        text += f", {item}" if text else item[:MAX_LENGTH]
    return text


def read_run_names(layout: Layout, name: str | None = None) -> RunNames:
    """Return how the configurations of a project are named.

    Args:
        layout: of the project.
        name: of the experiment. Default: LEMMA_EXPERIMENT_NAME, else the folder of an experiment of benchmark/, else
            DVC_EXP_NAME.
    """
    root = layout.root.resolve()
    given_name = name or os.environ.get(VARIABLE) or (root.name if root.parent.name == WORKSPACES else "")
    experiment = given_name or os.environ.get(DVC_VARIABLE, "")
    committed, present = _read_committed_values(layout), _flatten(_read_params(layout.params))
    differences = None
    if committed is not None:
        keys = [*present, *(committed.keys() - present.keys())]
        differences = {key: present.get(key) for key in keys if present.get(key) != committed.get(key)}
    tuned = frozenset(key.removeprefix(TUNED) for key in present if key.startswith(TUNED))
    return RunNames(
        experiment, bool(given_name), differences, run_git(root, "rev-parse", "--short", "HEAD") or "", tuned
    )


def run_git(root: Path, *arguments: str) -> str | None:
    """Return what a git command prints in `root`; None outside of a repository or without git."""
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode(errors="replace").strip()


def _read_committed_values(layout: Layout) -> dict[str, Any] | None:
    """Return the values of params.yaml in git's HEAD, by dotted key; None if there are none."""
    text = run_git(layout.root, "show", "HEAD:./params.yaml")
    try:
        return _flatten(yaml.safe_load(text)) if text is not None else None
    except yaml.YAMLError:
        return None


def _read_params(path: Path) -> Any:
    try:
        return parameters.read(path)
    except InputError:
        return {}


def _flatten(values: Any) -> dict[str, Any]:
    """Return nested values by dotted key, and `tune.models.MODEL: true` for each member of the list tune.models."""
    leaves: dict[str, Any] = {}
    for key, value in values.items() if isinstance(values, dict) else []:
        if isinstance(value, dict) and value:
            leaves |= {f"{key}.{name}": leaf for name, leaf in _flatten(value).items()}
        else:
            leaves[str(key)] = value
    models = leaves.pop("tune.models", None)
    return leaves | {f"{TUNED}{model}": True for model in (models if isinstance(models, list) else [])}


def _shorten_key(key: str, models: list[str]) -> str:
    """Return a dotted key for the name of a run; the name of the model is left out if there is one model."""
    if key.startswith(TUNED):
        return f"{key.removeprefix(TUNED)}.tuned" if len(models) > 1 else "tuned"
    return key.removeprefix(f"models.{models[0]}." if len(models) == 1 else "models.")


def _format_value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str, separators=(",", ":"))
