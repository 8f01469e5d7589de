"""A trained model in one file: a zip of settings, tokenizer and weights, none of which can execute code.

`settings.json` says what was trained, and how; `tokenizer.json` how it reads a text (`models.reading`), for a network
with its vocabulary; the weights are `weights.safetensors`, or `estimator.skops` for scikit-learn. Equal models give
equal bytes.
"""

import io
import json
import re
import zipfile
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from lemma import files
from lemma.errors import InputError
from lemma.models.shared.deltas import shared_rows, whole_rows
from lemma.params import Models

EPOCH = (1980, 1, 1, 0, 0, 0)
SETTINGS, TOKENIZER, TENSORS, ESTIMATOR = "settings.json", "tokenizer.json", "weights.safetensors", "estimator.skops"
VOCABULARIES = "vocabularies.json"  # beside skops' own: of each vectorizer, its n-grams in the order of their columns


@dataclass(frozen=True)
class Model:
    """What a file holds: exactly one of `tensors` and `estimator` is not None."""

    settings: dict[str, Any]
    tokenizer: str
    tensors: dict[str, NDArray[Any]] | None = None
    estimator: Any = None  # of scikit-learn, which no network needs: importing it here would cost them a second


def save(path: Path, model: Model) -> None:
    """Write the model atomically."""
    members = {SETTINGS: files.canonical(model.settings).encode(), TOKENIZER: model.tokenizer.encode()}
    if model.tensors is not None:
        tensors = shared_rows(model.tensors)
        members[TENSORS] = save_tensors({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()})
    else:
        members[ESTIMATOR] = _skops(model.estimator)
    with files.atomic(path) as stream:
        _zip(stream, members, zipfile.ZIP_STORED)


def load(path: Path, fix: str = "") -> Model:
    """Return the model in a file.

    Args:
        path: of the file.
        fix: what to do about a damaged file; by default to train again.

    Raises:
        InputError: the file is missing or damaged, or would need a type that is not known to be harmless.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            settings = json.loads(archive.read(SETTINGS))
            tokenizer = archive.read(TOKENIZER).decode()
            if TENSORS in archive.namelist():
                return Model(settings, tokenizer, tensors=whole_rows(load_tensors(archive.read(TENSORS))))
            return Model(settings, tokenizer, estimator=_unskops(archive.read(ESTIMATOR), path, settings["model"]))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", f"Train it first: `snakemake --cores 2 {path}`.") from None
    except InputError:
        raise
    except Exception as error:  # whatever a parser says of damaged bytes
        raise InputError(f"{path} is damaged: {error}.", fix or f"Delete it and train again: `rm {path}`.") from None


def _zip(stream: IO[bytes], members: dict[str, bytes], compression: int) -> None:
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), data, compress_type=compression)


def _skops(estimator: Any) -> bytes:
    """Return skops' form with its memory addresses numbered in order of appearance, so that equal models are equal."""
    skops = _import_skops()
    parts = import_module("lemma.models.shared.features").vectorizers(estimator)
    for part in parts:
        if hasattr(part, "_stop_words_id"):
            del part._stop_words_id  # an address that scikit-learn notes, and makes anew where it is missing
    # skops takes 400 bytes to say an entry of a dictionary: gigabytes, for the n-grams of a large corpus.
    held = [vars(part).pop("vocabulary_") for part in parts]
    try:
        dumped = skops.dumps(estimator)
    finally:
        for part, words in zip(parts, held):
            part.vocabulary_ = words
    with zipfile.ZipFile(io.BytesIO(dumped)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = json.dumps(json.loads(members.pop("schema.json")))
    addresses = re.findall(r'"__id__": (\d+)|"file": "(\d+)\.', schema)
    names = {address: str(n) for n, address in enumerate(dict.fromkeys(a or b for a, b in addresses), start=1)}
    schema = re.sub(r'("__id__": )(\d+)', lambda found: found[1] + names[found[2]], schema)
    schema = re.sub(r'("file": ")(\d+)\.', lambda found: f"{found[1]}{names[found[2]]}.", schema)
    renamed = {f"{names[name.split('.')[0]]}.{name.split('.')[1]}": data for name, data in members.items()}
    renamed[VOCABULARIES] = json.dumps([sorted(words, key=words.__getitem__) for words in held]).encode()
    content = io.BytesIO()
    _zip(content, {**dict(sorted(renamed.items())), "schema.json": schema.encode()}, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def _unskops(data: bytes, path: Path, model: str) -> Any:
    skops = _import_skops()
    untrusted = skops.get_untrusted_types(data=data)
    own = _estimators_of(model) if untrusted else set()
    if foreign := [name for name in untrusted if name not in own]:
        raise InputError(f"{path} asks for the types {', '.join(foreign)}.", "Use only files that lemma trained.")
    estimator = skops.loads(data, trusted=untrusted)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        held = json.loads(archive.read(VOCABULARIES))
    for part, words in zip(import_module("lemma.models.shared.features").vectorizers(estimator), held, strict=True):
        part.vocabulary_ = {word: number for number, word in enumerate(words)}
    return estimator


def _estimators_of(model: str) -> set[str]:
    """Return the names of the estimators of scikit-learn that the module of a model uses."""
    if model not in Models.model_fields:
        return set()
    values = vars(import_module(f"lemma.models.{model}.model")).values()
    types = [value for value in values if isinstance(value, type) and value.__module__.startswith("sklearn.")]
    return {f"{value.__module__}.{value.__name__}" for value in types}


def _import_skops() -> Any:
    """Import skops so that it trusts only the types that lemma's estimators are made of, and those of a model's module.

    On import skops walks through all modules of scikit-learn for the types that it trusts, which takes 0.6 s.
    """
    estimators = import_module("lemma.models.shared.estimators").ESTIMATORS
    utils: Any = import_module("sklearn.utils")
    walk = utils.all_estimators
    utils.all_estimators = lambda: [(estimator.__name__, estimator) for estimator in estimators]
    try:
        return import_module("skops.io")
    finally:
        utils.all_estimators = walk
