"""A trained model in one file, `model.zip`. Loading it never executes code, and equal models give equal bytes.

The members of the zip:

- `settings.json`: what was trained, with which parameters, and how long it took;
- `tokenizer.json`: how a text becomes tokens and token ids (`lemma.corpus.text_encoder`), with a network's vocabulary;
- `weights.safetensors` of a network, or `estimator.skops` of a scikit-learn model.
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
from lemma.models.metadata.settings import SETTINGS, open_model_file
from lemma.models.shared.deltas import compress_epochs, restore_epochs
from lemma.params import Models

DATE = (1980, 1, 1, 0, 0, 0)  # of all members of a zip: its bytes do not depend on the time
TOKENIZER, TENSORS, ESTIMATOR = "tokenizer.json", "weights.safetensors", "estimator.skops"
VOCABULARIES = "vocabularies.json"  # within estimator.skops: n-grams of each vectorizer in the order of their columns


@dataclass(frozen=True)
class Model:
    """A trained model: exactly one of `tensors` and `estimator` is not None.

    Attributes:
        settings: content of `settings.json`.
        tokenizer: content of `tokenizer.json`.
        tensors: weights of a network, by EPOCH.NAME.
        estimator: fitted estimator of scikit-learn, typed Any because its import would cost a network a second.
    """

    settings: dict[str, Any]
    tokenizer: str
    tensors: dict[str, NDArray[Any]] | None = None
    estimator: Any = None


def save(path: Path, model: Model) -> None:
    """Write the model to a file, atomically."""
    members = {SETTINGS: files.canonical(model.settings).encode(), TOKENIZER: model.tokenizer.encode()}
    if model.tensors is not None:
        tensors = compress_epochs(model.tensors)
        members[TENSORS] = save_tensors({name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()})
    else:
        members[ESTIMATOR] = _dump_estimator(model.estimator)
    with files.atomic(path) as stream:
        _write_zip(stream, members, zipfile.ZIP_STORED)


def load(path: Path, fix: str = "") -> Model:
    """Read the model in a file.

    Args:
        path: of the file.
        fix: what to do about a damaged file; by default to train again.

    Raises:
        InputError: the file is missing or damaged, or contains a type that is not known to be harmless.
    """
    with open_model_file(path, fix) as archive:
        settings = json.loads(archive.read(SETTINGS))
        tokenizer = archive.read(TOKENIZER).decode()
        if TENSORS in archive.namelist():
            return Model(settings, tokenizer, tensors=restore_epochs(load_tensors(archive.read(TENSORS))))
        return Model(settings, tokenizer, estimator=_load_estimator(archive.read(ESTIMATOR), path, settings["model"]))


def _write_zip(stream: IO[bytes], members: dict[str, bytes], compression: int) -> None:
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, DATE), data, compress_type=compression)


def _dump_estimator(estimator: Any) -> bytes:
    """Return the estimator in skops' format, with its memory addresses numbered in the order of their occurrence."""
    skops = _import_skops()
    vectorizers = import_module("lemma.models.shared.features").list_vectorizers(estimator)
    for vectorizer in vectorizers:
        if hasattr(vectorizer, "_stop_words_id"):
            del vectorizer._stop_words_id  # a memory address, which scikit-learn sets again where it is missing
    # skops takes 400 bytes for an entry of a dictionary: gigabytes for the n-grams of a large corpus.
    vocabularies = [vars(vectorizer).pop("vocabulary_") for vectorizer in vectorizers]
    try:
        dumped = skops.dumps(estimator)
    finally:
        for vectorizer, vocabulary in zip(vectorizers, vocabularies):
            vectorizer.vocabulary_ = vocabulary
    with zipfile.ZipFile(io.BytesIO(dumped)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = json.dumps(json.loads(members.pop("schema.json")))
    addresses = re.findall(r'"__id__": (\d+)|"file": "(\d+)\.', schema)
    numbers = {address: str(n) for n, address in enumerate(dict.fromkeys(a or b for a, b in addresses), start=1)}
    schema = re.sub(r'("__id__": )(\d+)', lambda match: match[1] + numbers[match[2]], schema)
    schema = re.sub(r'("file": ")(\d+)\.', lambda match: f"{match[1]}{numbers[match[2]]}.", schema)
    renamed = {f"{numbers[name.split('.')[0]]}.{name.split('.')[1]}": data for name, data in members.items()}
    renamed[VOCABULARIES] = json.dumps([sorted(ngrams, key=ngrams.__getitem__) for ngrams in vocabularies]).encode()
    content = io.BytesIO()
    _write_zip(content, {**dict(sorted(renamed.items())), "schema.json": schema.encode()}, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def _load_estimator(data: bytes, path: Path, model: str) -> Any:
    """Return the estimator that `_dump_estimator` wrote.

    Raises:
        InputError: it contains a type that neither skops trusts nor the module of the model uses.
    """
    skops = _import_skops()
    untrusted = skops.get_untrusted_types(data=data)
    trusted = _estimator_types(model) if untrusted else set()
    if unknown := [name for name in untrusted if name not in trusted]:
        raise InputError(f"{path} contains the types {', '.join(unknown)}.", "Use only files that lemma trained.")
    estimator = skops.loads(data, trusted=untrusted)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        vocabularies = json.loads(archive.read(VOCABULARIES))
    vectorizers = import_module("lemma.models.shared.features").list_vectorizers(estimator)
    for vectorizer, ngrams in zip(vectorizers, vocabularies, strict=True):
        vectorizer.vocabulary_ = {ngram: column for column, ngram in enumerate(ngrams)}
    return estimator


def _estimator_types(model: str) -> set[str]:
    """Return the names of the scikit-learn classes that the module of a model uses."""
    if model not in Models.model_fields:
        return set()
    values = vars(import_module(f"lemma.models.{model}.model")).values()
    types = [value for value in values if isinstance(value, type) and value.__module__.startswith("sklearn.")]
    return {f"{value.__module__}.{value.__name__}" for value in types}


def _import_skops() -> Any:
    """Import skops such that it trusts only the classes in `lemma.models.shared.estimators`.

    On import skops searches all modules of scikit-learn for the classes that it trusts, which takes 0.6 s.
    """
    estimators = import_module("lemma.models.shared.estimators").ESTIMATORS
    utils: Any = import_module("sklearn.utils")
    all_estimators = utils.all_estimators
    utils.all_estimators = lambda: [(estimator.__name__, estimator) for estimator in estimators]
    try:
        return import_module("skops.io")
    finally:
        utils.all_estimators = all_estimators
