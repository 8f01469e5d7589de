"""Nothing that is fitted ever saw what it is judged on: dev and test texts leave no trace, test changes no byte.

The poison: every text of dev and test, and every unlabelled one, gets a word of its own, of letters that stand nowhere
else, so that any piece of such a word tells itself.
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
MODELS = pytest.mark.parametrize("model", Models.model_fields)  # every model there is, those of tomorrow included
SUBWORDS = pytest.mark.parametrize("subwords", tiny.SUBWORDS)
DIVISIONS = pytest.mark.parametrize(
    ("protocol", "run"),
    [({"kind": "fixed"}, 0), ({"kind": "folds", "folds": 5, "dev": 0.25}, 3)],
    ids=["fixed", "folds"],
)
LETTERS = "αβγδεζηθ"
POISON = ["".join(letters) for letters in permutations(LETTERS, 5)]
OTHERS = len(POISON) // 2  # number of the first unlabelled text's word

Protocol = dict[str, Any]


def divided(protocol: Protocol, run: int) -> tuple[list[Document], NDArray[np.int8]]:
    """Return documents, and which part each has in this run."""
    held = tiny.documents()
    if protocol["kind"] == "folds":
        held = [d._replace(part=at // 2 % 5) for at, d in enumerate(held)]
    labels, part = np.array([d.label for d in held], np.int32), np.array([d.part for d in held], np.int8)
    parts = splits.assign_splits(labels, part, protocol, run)
    assert {*parts.tolist()} == {TRAIN, DEV, TEST}
    return held, parts


def poisoned(held: list[Document], parts: NDArray[np.int8], *which: int) -> list[Document]:
    """Return the documents, those of the given parts with a word of their own in them, thrice."""
    return [
        d._replace(text=" ".join([POISON[at], d.text, POISON[at], POISON[at]])) if part in which else d
        for at, (d, part) in enumerate(zip(held, parts.tolist(), strict=True))
    ]


def unlabelled(project: Project) -> None:
    """Put texts without a label beside the documents."""
    texts = [f"a good film {POISON[OTHERS + number]}" for number in range(20)]
    schema = pq.read_schema(project.layout.documents(DATASET))
    table = pa.table({"text": texts}).replace_schema_metadata(schema.metadata)
    pq.write_table(table, project.layout.unlabelled(DATASET))


def settings(subwords: str) -> dict[str, Any]:
    return {"train": {"epochs": 3, "patience": 3}, "tokenize": {"subwords": tiny.SUBWORDS[subwords]}}


def unpacked(content: bytes) -> Iterator[bytes]:
    """Yield a file's bytes, or those of all that is packed in it, however deep, and the names these bear."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        yield content
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            yield name.encode()
            yield from unpacked(archive.read(name))


def traces(content: bytes) -> list[str]:
    """Return what of the poison is in these bytes: in text any letter, plain or escaped; elsewhere any of its words."""
    found = []
    for member in unpacked(content):
        try:
            text = member.decode()
        except UnicodeDecodeError:
            codes = ("utf-8", "utf-16-le", "utf-32-le")
            found += [word for word in POISON if any(word.encode(code) in member for code in codes)]
        else:
            found += re.findall(rf"[{LETTERS}]|\\u03b[1-8]", text, re.IGNORECASE)
    return found


@pytest.mark.parametrize("content", ['{"w": "xδ"}', '{"w": "x\\u03b4"}', POISON[7], POISON[7] + "\udcff"], ids=repr)
@pytest.mark.parametrize("packed", [False, True])
def test_the_search_for_traces_finds_them(content: str, packed: bool) -> None:
    data = content.encode("utf-8", "surrogateescape")
    if packed:
        for compression in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
            stream = io.BytesIO()
            with zipfile.ZipFile(stream, "w", compression) as archive:
                archive.writestr("member", data)
            data = stream.getvalue()
    assert traces(data)
    assert not traces(np.array(["a", "b"]).tobytes() + b"\xff")
    assert traces(np.array([POISON[7]]).tobytes() + b"\xff")


@MODELS
@SUBWORDS
def test_words_of_the_training_part_leave_traces_in_every_model_that_knows_words(
    make: Make, model: str, subwords: str
) -> None:
    """Else the next test would show nothing."""
    held, parts = divided({"kind": "fixed"}, 0)
    project = make(poisoned(held, parts, TRAIN))
    project.train(model, **settings(subwords), models={"logreg": {"min_count": 1}})
    found = traces(project.layout.model(DATASET, model, 0).read_bytes())
    assert bool(found) is (model != "majority" or subwords != "words")


@MODELS
@SUBWORDS
@DIVISIONS
def test_no_word_of_dev_or_test_and_no_piece_of_one_is_in_anything_a_training_leaves(
    make: Make, capfd: pytest.CaptureFixture[str], model: str, subwords: str, protocol: Protocol, run: int
) -> None:
    held, parts = divided(protocol, run)
    project = make(poisoned(held, parts, DEV, TEST), protocol)
    unlabelled(project)
    if isinstance(getattr(tiny.values().models, model), Neural):
        with pytest.raises(KeyboardInterrupt):
            project.train(model, run, RecordingCallback(stop=2), **settings(subwords))
        (checkpoint,) = project.checkpoints()
        assert not any(traces(path.read_bytes()) for path in checkpoint.iterdir())
    watcher = RecordingCallback()
    project.train(model, run, watcher, **settings(subwords))
    assert len(project.left()) == 3
    for name in project.left():
        assert not traces((project.layout.root / name).read_bytes()), name
    assert not traces("".join([*capfd.readouterr(), repr(watcher)]).encode())


def left(project: Project, model: str, run: int, subwords: str) -> list[bytes]:
    """Return what a training writes of the model and how it came about."""
    project.train(model, run, **settings(subwords))
    return [path(DATASET, model, run).read_bytes() for path in (project.layout.model, project.layout.history)]


@MODELS
@SUBWORDS
@DIVISIONS
def test_neither_texts_nor_labels_of_test_change_a_byte_of_model_or_history(
    make: Make, monkeypatch: pytest.MonkeyPatch, model: str, subwords: str, protocol: Protocol, run: int
) -> None:
    for clock in ("time", "monotonic", "process_time"):  # what a training cost is kept too
        monkeypatch.setattr(time, clock, lambda: 2e9)
    for module in ("estimator", "network"):
        monkeypatch.setattr(f"lemma.training.{module}.peak_memory_mb", lambda: 1.0)
    monkeypatch.setattr("lemma.training.key.input_fingerprint", lambda *_: [""] * 3)  # hashes of the data are kept too
    held, parts = divided(protocol, run)
    lied = [d._replace(label=1 - d.label) if part == TEST else d for d, part in zip(held, parts, strict=True)]
    expected = left(make(held, protocol), model, run, subwords)
    other = make(poisoned(held, parts, TEST), protocol)
    unlabelled(other)
    assert left(other, model, run, subwords) == expected
    assert left(make(lied, protocol), model, run, subwords) == expected
    # Other numbers for the words that training knows: their order in the corpus must not show in that of their rows.
    rare = " ".join(sorted({word for d in held for word in d.text.split()}, reverse=True)) * 2
    replaced = [d._replace(text=rare) if part == TEST else d for d, part in zip(held, parts, strict=True)]
    assert left(make(replaced, protocol), model, run, subwords) == expected
    changed = make(poisoned(held, parts, DEV), protocol)
    if isinstance(getattr(tiny.values().models, model), Neural):
        # Their dev texts choose the epoch, so that there is a difference to see.
        assert left(changed, model, run, subwords) != expected
    else:
        assert left(changed, model, run, subwords)[0] == expected[0]
