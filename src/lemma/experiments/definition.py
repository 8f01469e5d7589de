"""Read a named experiment, merge its values with params.yaml and create the folder that it runs in.

An experiment is a file `benchmark/NAME.yaml` of values by dotted key. The comment at its top is the description.
"""

import os
import re
from copy import deepcopy
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

import yaml

from lemma import params as parameters
from lemma.errors import InputError, choose
from lemma.experiments.score_parameters import iterate_dotted
from lemma.files import write_bytes
from lemma.layout import WORKSPACES, Layout
from lemma.params import Params, renamed_keys, yaml_reader

# What the workflow reads besides params.yaml, relative to the folder that it runs in.
SHARED = ("Snakefile", "profiles", "resources", "src", "workflow")
ALL = "all"  # means every experiment in commands
# a number in Python, but text in YAML 1.1 without a point
NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+")


@dataclass(frozen=True)
class NamedExperiment:
    """A named experiment.

    Attributes:
        name: of its file in `benchmark/`.
        overrides: values of params.yaml by dotted key, such as `prepare.granularity`.
        note: description of what is tried; "" if the file has none.
    """

    name: str
    overrides: dict[str, Any]
    note: str = ""


def list_names(root: Path) -> list[str]:
    """Return the names of the experiments below `root`, the folder that holds params.yaml, in alphabetical order."""
    return sorted(path.stem for path in (root / "benchmark").glob("*.yaml"))


def read_experiment(root: Path, name: str) -> NamedExperiment:
    """Return the experiment of `benchmark/NAME.yaml`.

    Raises:
        InputError: the file does not exist, cannot be read, is not YAML or is not a mapping of dotted keys to values.
    """
    if name not in list_names(root):
        raise choose("experiment", name, [*list_names(root), ALL])
    path = experiment_path(root, name)
    try:
        overrides = yaml_reader.read(path)
        note = _read_note(path)
    except yaml_reader.InvalidYamlError as error:
        raise InputError(f"{path} is not YAML: {error}.", "Fix that line.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", "Make it a readable file.") from None
    if not isinstance(overrides, dict) or not all(isinstance(key, str) for key in overrides):
        raise InputError(
            f"{path} is not a mapping of keys to values.", "Write lines such as `experiment.datasets: [trec]`."
        )
    return NamedExperiment(name, overrides, note)


def select_experiments(root: Path, wanted: list[str]) -> list[NamedExperiment]:
    """Return the experiments with these names, without duplicates; `all` means every experiment.

    Raises:
        InputError: a name is unknown, or a file is invalid.
    """
    return [read_experiment(root, name) for name in (list_names(root) if ALL in wanted else dict.fromkeys(wanted))]


def experiment_path(root: Path, name: str) -> Path:
    """Return the file that holds an experiment."""
    return root / "benchmark" / f"{name}.yaml"


def _read_note(path: Path) -> str:
    """Return the comment at the top of a file as one line."""
    lines = takewhile(lambda line: line.startswith("#"), path.read_text(encoding="utf-8").splitlines())
    return " ".join(filter(None, (line.lstrip("#").strip() for line in lines)))


def apply_overrides(values: dict[str, Any], overrides: dict[str, Any], origin: Path | str) -> dict[str, Any]:
    """Return a copy of nested values with some of them replaced.

    Args:
        values: nested values.
        overrides: new values by dotted key.
        origin: where the overrides come from, for messages.

    Raises:
        InputError: `values` lacks keys of `overrides`; the message names each.
    """
    changed, errors = deepcopy(values), []
    for key, value in overrides.items():
        *path, last = key.split(".")
        section: Any = changed
        for step in path:
            section = section.get(step) if isinstance(section, dict) else None
        if isinstance(section, dict) and last in section:
            section[last] = deepcopy(value)
        else:
            unknown = str(choose("key", key, [name for name, _ in iterate_dotted(values)])).partition("\n")[0]
            errors.append(renamed_keys.describe(key, value) or unknown)
    if errors:
        raise InputError(
            f"{origin}: " + " ".join(errors),
            "Write keys of params.yaml with dots, such as `prepare.granularity`.",
        )
    return changed


def merge_values(root: Path, experiment: NamedExperiment) -> dict[str, Any]:
    """Return the values of params.yaml with those of the experiment merged in.

    Raises:
        InputError: params.yaml is invalid, or the experiment has an unknown key or an invalid value.
    """
    path, own = root / "params.yaml", experiment_path(root, experiment.name)
    present = parameters.read(path)
    parameters.check(present, path)  # so that an error in params.yaml is reported for that file
    changed = apply_overrides(present, experiment.overrides, own)
    check_values(changed, experiment.overrides, own, f"Fix {own}; params.yaml says what each value means.")
    return changed


def check_values(values: dict[str, Any], overrides: dict[str, Any], origin: Path, fix: str) -> None:
    """Check the values of an experiment.

    Args:
        values: of params.yaml, with the overrides merged in.
        overrides: values by dotted key.
        origin: where the overrides come from, for messages.
        fix: of the error message.

    Raises:
        InputError: a value is invalid. The message says how to write numbers that YAML reads as text.
    """
    try:
        parameters.check(values, origin)
    except InputError as error:
        numbers = [value for value in overrides.values() if isinstance(value, str) and NUMBER.fullmatch(value)]
        hints = [f"YAML reads {value} as text: write {_with_point(value)}." for value in numbers]
        raise InputError(error.what, " ".join([*hints, fix])) from None


def _with_point(number: str) -> str:
    """Return a number such as 1e-4 in the form that YAML requires: with a point and a sign of the exponent."""
    mantissa, _, exponent = number.lower().partition("e")
    sign = "" if exponent[0] in "+-" else "+"
    return f"{mantissa if '.' in mantissa else f'{mantissa}.0'}e{sign}{exponent}"


def workspace_layout(root: Path, name: str) -> Layout:
    """Return the folder that an experiment runs in; it need not exist."""
    return Layout(root / WORKSPACES / name)


def make_workspace(root: Path, experiment: NamedExperiment) -> tuple[Layout, Params]:
    """Create the folder `.benchmark/NAME`, in which the ordinary workflow runs the experiment.

    It holds params.yaml with the overrides, and relative links to code, workflow and templates. An existing
    folder is kept, so that Snakemake resumes.

    Returns:
        The folder and the values of its params.yaml.

    Raises:
        InputError: an override has an unknown key or an invalid value, or there is a file in place of a link.
    """
    changed = merge_values(root, experiment)
    layout = workspace_layout(root, experiment.name)
    text = f"# Written by `lemma experiment run`: params.yaml with the values of benchmark/{experiment.name}.yaml.\n"
    write_bytes(layout.params, (text + yaml.safe_dump(changed, sort_keys=False, allow_unicode=True)).encode())
    workflow = Layout(root).workflow
    reports = workflow / "reports"
    for target in (*(workflow / name for name in SHARED), *sorted(reports.glob("*.typ")), reports / "solutions"):
        _link(layout.root / target.relative_to(workflow), target)
    return layout, parameters.load(layout.params)


def _link(link: Path, target: Path) -> None:
    """Make `link` a relative symbolic link to `target`, unless it is one already."""
    link.parent.mkdir(parents=True, exist_ok=True)
    relative_target = os.path.relpath(target.absolute(), link.parent.absolute())
    if link.is_symlink():
        if os.readlink(link) == relative_target:  # noqa: PTH115 (compared as a string)
            return
        link.unlink()
    if link.exists():
        raise InputError(f"{link} is no link to {target}.", f"Move it away: `mv {link} ELSEWHERE`.")
    link.symlink_to(relative_target)
