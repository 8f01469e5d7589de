"""Create experiments from the command line: `--set KEY=VALUE` becomes a file of `benchmark/`."""

import re
import textwrap
from pathlib import Path
from typing import Any

from lemma import params as parameters
from lemma.errors import InputError, shortened
from lemma.experiments import definition
from lemma.experiments.definition import ALL, NamedExperiment
from lemma.experiments.score_parameters import format_yaml, list_searched_keys
from lemma.files import write_bytes
from lemma.params import yaml_reader

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")  # it is the name of a file and a folder, and an argument
WIDTH = 118  # characters of a line of the comment


def read_or_create(root: Path, names: list[str], assignments: list[str], note: str = "") -> list[NamedExperiment]:
    """Return the experiments of a command line; with assignments write the file of a new experiment.

    Args:
        root: the folder that holds params.yaml.
        names: of experiments; exactly one with assignments or a note.
        assignments: `KEY=VALUE`, with a dotted key and a value in YAML.
        note: description of what is tried; it becomes the comment at the top of the file.

    Raises:
        InputError: a name or key is unknown, a value is invalid, or the file exists with other values.
    """
    if not assignments and not note:
        return definition.select_experiments(root, names)
    if len(names) != 1:
        raise InputError(f"--set and --note need exactly one experiment, not {len(names)}.", "Name one.")
    (name,) = names
    path = definition.experiment_path(root, name)
    if not path.exists() and not assignments:
        raise InputError(f"There is no experiment '{shortened(name)}'.", "Give it values: `--set KEY=VALUE`.")
    overrides = parse_assignments(assignments)
    if path.exists():
        experiment = definition.read_experiment(root, name)
        _refuse_differences(path, experiment, overrides if assignments else experiment.overrides, note)
    else:
        _write(root, name, overrides, note)
    return [definition.read_experiment(root, name)]


def parse_assignments(assignments: list[str]) -> dict[str, Any]:
    """Return the values of `KEY=VALUE` assignments by dotted key.

    Raises:
        InputError: an assignment has no key or no value, its value is not YAML, or a key occurs twice.
    """
    overrides: dict[str, Any] = {}
    for assignment in assignments:
        key, equals, text = (part.strip() for part in assignment.partition("="))
        shortened_text = shortened(assignment)
        if not key or not equals or not text:
            raise InputError(f"--set {shortened_text}: not KEY=VALUE.", "Write `models.cnn.dropout=0.3`, or `=null`.")
        if key in overrides:
            raise InputError(f"--set {shortened_text}: the key '{shortened(key)}' is given twice.", "Give it once.")
        try:
            overrides[key] = yaml_reader.parse(text.encode(errors="surrogateescape"))
        except yaml_reader.InvalidYamlError as error:
            raise InputError(
                f"--set {shortened_text}: the value is not YAML: {error}.", "Write a list as `[3, 4]`."
            ) from None
    return overrides


def _refuse_differences(path: Path, experiment: NamedExperiment, overrides: dict[str, Any], note: str) -> None:
    """Raise an error if the file of an experiment has other values or another note."""
    before, now = experiment.overrides, overrides
    different = [
        f"{key} is {_format_override(before, key)} in the file and {_format_override(now, key)} here"
        for key in dict.fromkeys([*before, *now])
        if key not in before or key not in now or before[key] != now[key]
    ]
    if different:
        raise InputError(
            f"{path} exists with other values: {'; '.join(different)}.",
            "Choose another name, or run it as it is, without --set, or change the file.",
        )
    if note and _normalize(note) != experiment.note:
        raise InputError(
            f"{path} exists with another note: {experiment.note.rstrip('.') or 'none'}.",
            "Change the comment at the top of the file.",
        )


def _format_override(overrides: dict[str, Any], key: str) -> str:
    return format_yaml(overrides[key]) if key in overrides else "not set"


def _write(root: Path, name: str, overrides: dict[str, Any], note: str) -> None:
    if not NAME.fullmatch(name) or name == ALL:
        raise InputError(
            f"'{shortened(name)}' cannot name an experiment.",
            "Use at most 64 letters, digits, - and _, a letter or digit first; `all` means every experiment.",
        )
    path = root / "params.yaml"
    present = parameters.read(path)
    parameters.check(present, path)  # so that an error in params.yaml is reported for that file
    values = definition.apply_overrides(present, overrides, "--set")
    definition.check_values(
        values, overrides, Path("--set"), "Fix it in --set; params.yaml says what each value means."
    )
    _refuse_searched(values, overrides)
    lines = textwrap.wrap(_normalize(note), WIDTH, break_on_hyphens=False, break_long_words=False)
    text = "".join(f"# {line}\n" for line in lines) + "".join(
        f"{key}: {format_yaml(value)}\n" for key, value in overrides.items()
    )
    write_bytes(definition.experiment_path(root, name), text.encode())


def _refuse_searched(values: dict[str, Any], overrides: dict[str, Any]) -> None:
    """Raise an error for values that the hyperparameter search would replace."""
    keys = list_searched_keys(values, overrides)
    if not keys:
        return
    models = {key.split(".")[1] for key in keys}
    other_models = [
        name for name in values["tune"]["models"] if name in values["experiment"]["models"] and name not in models
    ]
    raise InputError(
        f"--set {', '.join(keys)}: tune.models names {', '.join(sorted(models))}, so the search would replace the "
        "value, which is only its first trial.",
        f'Add `--set "tune.models=[{", ".join(other_models)}]"` to train with the value itself.',
    )


def _normalize(note: str) -> str:
    """Return a note as one line of printable characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in note).split())
