"""Files that hold a model, or what a training left: damaged, or made to run code."""

import hashlib
import io
import json
import pickle
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import SafetensorError

from lemma.data.corpus import open_corpus
from lemma.data.vectors import read_vectors
from lemma.data.words import read_tokenizer
from lemma.evaluation.inputs import read_history, read_probabilities
from lemma.layout import Layout
from lemma.models import store
from lemma.predict import predict
from lemma.training import checkpoint
from tests.fuzz.harness import damaged, fuzzed, tried
from tests.project import Project


class Payload:
    """What unpickling would run."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return Path.touch, (self.mark,)


def _with(model: bytes, name: str, content: bytes) -> bytes:
    """Return a model's zip with another member of that name."""
    found = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(model)) as old, zipfile.ZipFile(found, "w") as new:
        for other in old.namelist():
            if other != name:
                new.writestr(other, old.read(other))
        new.writestr(name, content)
    return found.getvalue()


@pytest.mark.parametrize("model", ["majority", "logreg", "cnn"])
@fuzzed
@given(data=st.data())
def test_a_damaged_model(finished: Project, model: str, data: st.DataObject) -> None:
    whole = Layout(finished.folder).model("sample", model, 0).read_bytes()
    if data.draw(st.booleans()):  # behind the zip's own checksums
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            name = data.draw(st.sampled_from(archive.namelist()))
            whole = _with(whole, name, data.draw(damaged(archive.read(name))))
    else:
        whole = data.draw(damaged(whole))
    with tempfile.TemporaryDirectory() as folder:
        layout = Layout(Path(folder))
        path = layout.model("sample", model, 0)
        path.parent.mkdir(parents=True)
        path.write_bytes(whole)
        with tried("models"):
            list(predict(layout, "sample", model, 0, [["A joy from start to end."]]))


READ = {
    "data/sample/tokens.arrow": open_corpus,
    "data/sample/tokenizer.json": read_tokenizer,
    "data/vectors.arrow": read_vectors,
    "models/sample/cnn/0/history.jsonl": lambda path: read_history(path, "Train again."),
    "models/sample/cnn/0/probabilities.npy": lambda path: read_probabilities(path, 1280, 2, "Train again."),
}


@pytest.mark.parametrize("name", READ)
@fuzzed
@given(data=st.data())
def test_a_damaged_intermediate_file(finished: Project, name: str, data: st.DataObject) -> None:
    content = data.draw(damaged((finished.folder / name).read_bytes()) | st.binary(max_size=100))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        with tried("intermediate files"):
            READ[name](path)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("place", ["whole", store.SETTINGS, store.TENSORS, store.ESTIMATOR, "0.npy", "schema"])
def test_a_pickle_in_a_model_is_not_run(finished: Project, tmp_path: Path, place: str) -> None:
    mark = tmp_path / "mark"
    payload = pickle.dumps(Payload(mark))
    layout = Layout(tmp_path)
    model = "logreg" if place in (store.ESTIMATOR, "0.npy", "schema") else "cnn"
    whole = Layout(finished.folder).model("sample", model, 0).read_bytes()
    if place in ("0.npy", "schema"):
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            inner = archive.read(store.ESTIMATOR)
        if place == "schema":
            schema = {"__class__": "system", "__module__": "os", "__loader__": "FunctionNode", "content": "touch mark"}
            inner = _with(inner, "schema.json", json.dumps(schema).encode())
        else:
            content = io.BytesIO()
            np.save(content, np.array([Payload(mark)], dtype=object), allow_pickle=True)
            with zipfile.ZipFile(io.BytesIO(inner)) as archive:
                first = next(name for name in archive.namelist() if name.endswith(".npy"))
            inner = _with(inner, first, content.getvalue())
        whole = _with(whole, store.ESTIMATOR, inner)
    else:
        whole = payload if place == "whole" else _with(whole, place, payload)
    path = layout.model("sample", model, 0)
    path.parent.mkdir(parents=True)
    path.write_bytes(whole)
    with tried("models"):
        list(predict(layout, "sample", model, 0, [["A joy from start to end."]]))
    assert not mark.exists()
    pickle.loads(payload)  # the payload does run where something unpickles it
    assert mark.exists()


def test_a_pickle_in_a_checkpoint_is_not_run_though_its_checksum_is_right(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    payload = pickle.dumps(Payload(mark))
    path = tmp_path / "checkpoint"
    path.write_bytes(hashlib.sha256(payload).digest() + payload)
    nobody: Any = None  # the trainer is not asked before the content is read
    with pytest.raises(SafetensorError):
        checkpoint.read(path, nobody)
    assert not mark.exists()
