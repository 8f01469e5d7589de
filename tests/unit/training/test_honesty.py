"""Tests that no information leaks from evaluation data into a training.

Dev and test documents leave no trace in the files of a training, and test documents do not change a byte of them.
The poison: each dev, test and unlabelled document gets its own word of letters that occur nowhere else, so that any
subword of it is recognised.
"""

import io
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from lemma.corpus import splits
from lemma.corpus.splits import DEV, TEST, TRAIN
from lemma.params import Models, Neural
from tests.unit.training import tiny
from tests.unit.training.conftest import Project
from tests.unit.training.tiny import DATASET, Document, RecordingCallback

Make = Callable[..., Project]
MODELS = pytest.mark.parametrize("model", Models.model_fields)  # all models, including future ones
SUBWORDS = pytest.mark.parametrize("subwords", tiny.SUBWORDS)
PROTOCOLS = pytest.mark.parametrize(
    ("protocol", "run"),
    [({"kind": "fixed"}, 0), ({"kind": "folds", "folds": 5, "dev": 0.25}, 3)],
    ids=["fixed", "folds"],
)
LETTERS = "αβγδεζηθ"
POISON = ["".join(letters) for letters in permutations(LETTERS, 5)]
FIRST_UNLABELLED = len(POISON) // 2  # index of the word of the first unlabelled document

Protocol = dict[str, Any]


def assign_documents(protocol: Protocol, run: int) -> tuple[list[Document], NDArray[np.int8]]:
    """Return documents, and the split of each in this run."""
    documents = tiny.documents()
    if protocol["kind"] == "folds":
        documents = [d._replace(part=index // 2 % 5) for index, d in enumerate(documents)]
    labels = np.array([d.label for d in documents], np.int32)
    declared_splits = np.array([d.part for d in documents], np.int8)
    split_by_document = splits.assign_splits(labels, declared_splits, protocol, run)
    assert {*split_by_document.tolist()} == {TRAIN, DEV, TEST}
    return documents, split_by_document


def poison_documents(
    documents: list[Document], split_by_document: NDArray[np.int8], *splits_to_poison: int
) -> list[Document]:
    """Return the documents, where each of the given splits contains its own poison word three times."""
    return [
        d._replace(text=" ".join([POISON[index], d.text, POISON[index], POISON[index]]))
        if split in splits_to_poison
        else d
        for index, (d, split) in enumerate(zip(documents, split_by_document.tolist(), strict=True))
    ]


def write_unlabelled(project: Project) -> None:
    """Write unlabelled documents to the project."""
    texts = [f"a good film {POISON[FIRST_UNLABELLED + number]}" for number in range(20)]
    schema = pq.read_schema(project.layout.documents(DATASET))
    table = pa.table({"text": texts}).replace_schema_metadata(schema.metadata)
    pq.write_table(table, project.layout.unlabelled(DATASET))


def settings(subwords: str) -> dict[str, Any]:
    return {"train": {"epochs": 3, "patience": 3}, "tokenize": {"subwords": tiny.SUBWORDS[subwords]}}


def unpack(content: bytes) -> Iterator[bytes]:
    """Yield the bytes of a file, or those of the members of an archive, recursively, and the members' names."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        yield content
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            yield name.encode()
            yield from unpack(archive.read(name))


def find_traces(content: bytes) -> list[str]:
    """Find poison in bytes: in text any of its letters, plain or escaped; in binary data any of its words."""
    matches = []
    for member in unpack(content):
        try:
            text = member.decode()
        except UnicodeDecodeError:
            codes = ("utf-8", "utf-16-le", "utf-32-le")
            matches += [word for word in POISON if any(word.encode(code) in member for code in codes)]
        else:
            matches += re.findall(rf"[{LETTERS}]|\\u03b[1-8]", text, re.IGNORECASE)
    return matches


@pytest.mark.parametrize("content", ['{"w": "xδ"}', '{"w": "x\\u03b4"}', POISON[7], POISON[7] + "\udcff"], ids=repr)
@pytest.mark.parametrize("packed", [False, True])
def test_traces_of_poison_are_found(content: str, packed: bool) -> None:
    data = content.encode("utf-8", "surrogateescape")
    if packed:
        for compression in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
            stream = io.BytesIO()
            with zipfile.ZipFile(stream, "w", compression) as archive:
                archive.writestr("member", data)
            data = stream.getvalue()
    assert find_traces(data)
    assert not find_traces(np.array(["a", "b"]).tobytes() + b"\xff")
    assert find_traces(np.array([POISON[7]]).tobytes() + b"\xff")


@MODELS
@SUBWORDS
def test_words_of_the_training_set_leave_traces_in_every_model_with_a_vocabulary(
    make: Make, model: str, subwords: str
) -> None:
    """A negative control of the next test: poison in the training set is found."""
    documents, split_by_document = assign_documents({"kind": "fixed"}, 0)
    project = make(poison_documents(documents, split_by_document, TRAIN))
    project.train(model, **settings(subwords), models={"logreg": {"min_count": 1}})
    matches = find_traces(project.layout.model(DATASET, model, 0).read_bytes())
    assert bool(matches) is (model != "majority" or subwords != "words")


@MODELS
@SUBWORDS
@PROTOCOLS
def test_words_of_dev_test_and_unlabelled_documents_leave_no_trace(
    make: Make, capfd: pytest.CaptureFixture[str], model: str, subwords: str, protocol: Protocol, run: int
) -> None:
    documents, split_by_document = assign_documents(protocol, run)
    project = make(poison_documents(documents, split_by_document, DEV, TEST), protocol)
    write_unlabelled(project)
    if isinstance(getattr(tiny.values().models, model), Neural):
        with pytest.raises(KeyboardInterrupt):
            project.train(model, run, RecordingCallback(stop=2), **settings(subwords))
        (checkpoint,) = project.checkpoints()
        assert not any(find_traces(path.read_bytes()) for path in checkpoint.iterdir())
    callback = RecordingCallback()
    project.train(model, run, callback, **settings(subwords))
    assert len(project.list_outputs()) == 3
    for name in project.list_outputs():
        assert not find_traces((project.layout.root / name).read_bytes()), name
    assert not find_traces("".join([*capfd.readouterr(), repr(callback)]).encode())


def train_and_read(project: Project, model: str, run: int, subwords: str) -> list[bytes]:
    """Train, and return the bytes of the model and of its history."""
    project.train(model, run, **settings(subwords))
    return [path(DATASET, model, run).read_bytes() for path in (project.layout.model, project.layout.history)]


@MODELS
@SUBWORDS
@PROTOCOLS
def test_test_documents_and_labels_do_not_change_model_or_history(
    make: Make, monkeypatch: pytest.MonkeyPatch, model: str, subwords: str, protocol: Protocol, run: int
) -> None:
    for clock in ("time", "monotonic", "process_time"):  # costs are written too
        monkeypatch.setattr(time, clock, lambda: 2e9)
    for module in ("estimator", "network"):
        monkeypatch.setattr(f"lemma.training.{module}.peak_memory_mb", lambda: 1.0)
    monkeypatch.setattr(
        "lemma.training.key.input_fingerprint", lambda *_: [""] * 3
    )  # hashes of the data are written too
    documents, split_by_document = assign_documents(protocol, run)
    relabelled = [
        d._replace(label=1 - d.label) if split == TEST else d
        for d, split in zip(documents, split_by_document, strict=True)
    ]
    expected = train_and_read(make(documents, protocol), model, run, subwords)
    poisoned_project = make(poison_documents(documents, split_by_document, TEST), protocol)
    write_unlabelled(poisoned_project)
    assert train_and_read(poisoned_project, model, run, subwords) == expected
    assert train_and_read(make(relabelled, protocol), model, run, subwords) == expected
    # Other type ids for the words of train: the order of types in the corpus must not affect that of token ids.
    rare = " ".join(sorted({word for d in documents for word in d.text.split()}, reverse=True)) * 2
    replaced = [
        d._replace(text=rare) if split == TEST else d for d, split in zip(documents, split_by_document, strict=True)
    ]
    assert train_and_read(make(replaced, protocol), model, run, subwords) == expected
    changed = make(poison_documents(documents, split_by_document, DEV), protocol)
    if isinstance(getattr(tiny.values().models, model), Neural):
        # Dev documents select the epoch, so that the results differ.
        assert train_and_read(changed, model, run, subwords) != expected
    else:
        assert train_and_read(changed, model, run, subwords)[0] == expected[0]
