"""Files of all stages, mutated or forged, are read or refused, and run no code."""

import hashlib
import io
import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load, save

from lemma.corpus.documents import read_blocks, read_documents
from lemma.corpus.tokenizer import read_tokenizer
from lemma.corpus.tokens import open_corpus
from lemma.corpus.word_vectors import read_word_vectors
from lemma.errors import LemmaError
from lemma.evaluation.probabilities import read_probabilities
from lemma.models.metadata.history import read_history
from lemma.training.checkpoint import DIGEST_SIZE, Checkpoint, TrainingState
from tests.fuzz import trained
from tests.fuzz.fuzzing import any_json, fuzz, mutated, survived
from tests.fuzz.trained import Payload, Trained, payload
from tests.unit.training.tiny import COUNT, DATASET

PIECES = (
    b"ARROW1\0\0",
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"PAR1",
    b"{",
    b"}",
    b'"',
    b"-1",
    b"NaN",
    b"fixed",
    b"'O'",
    b"(60, 2)",
)
Read = Callable[[Path], object]


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained.make(tmp_path_factory.mktemp("trained"))


def _corpus(path: Path) -> object:
    corpus = open_corpus(path)
    return [len(ids) for _, _, ids in corpus.blocks(7)], corpus.type_ids(np.arange(len(corpus))), corpus.splits(0)


def _documents(path: Path) -> object:
    about, documents = read_documents(path)
    return [about, [batch.to_pylist() for batch in read_blocks(documents, path, 16)]]


READ: dict[str, Read] = {
    "tokens.arrow": _corpus,
    "documents.parquet": _documents,
    "tokenizer.json": read_tokenizer,
    "vectors.arrow": read_word_vectors,
    "probabilities.npy": lambda path: read_probabilities(path, COUNT, 2, "Train again.").sum(),
    "history.jsonl": lambda path: read_history(path, "Train again."),
}


def _path(training: Trained, name: str) -> Path:
    layout = training.layout
    return {
        "tokens.arrow": layout.tokens(DATASET),
        "documents.parquet": layout.documents(DATASET),
        "tokenizer.json": layout.tokenizer(DATASET),
        "vectors.arrow": layout.root / "vectors.arrow",
        "probabilities.npy": layout.probabilities(DATASET, "mlp", 0),
        "history.jsonl": layout.history(DATASET, "mlp", 0),
    }[name]


def _read(training: Trained, name: str, content: bytes) -> object:
    path = training.layout.root / f"mangled {name}"
    path.unlink(missing_ok=True)  # another may still be mapped
    path.write_bytes(content)
    return survived(f"files: {name}", lambda: READ[name](path))


@pytest.mark.parametrize("name", READ)
def test_an_unchanged_file_is_read(training: Trained, name: str) -> None:
    assert not isinstance(_read(training, name, _path(training, name).read_bytes()), LemmaError)


@fuzz()
@pytest.mark.parametrize("name", READ)
@given(data=st.data())
def test_a_mutated_file_is_read_or_is_an_error(training: Trained, name: str, data: st.DataObject) -> None:
    _read(training, name, data.draw(mutated(st.just(_path(training, name).read_bytes()), *PIECES)))


@fuzz(0.3)
@pytest.mark.parametrize("name", READ)
@given(content=st.binary(max_size=200) | any_json().map(lambda value: json.dumps(value).encode()))
def test_random_bytes_are_read_or_are_an_error(training: Trained, name: str, content: bytes) -> None:
    _read(training, name, content)


PARTS = ("state", "epoch-2")  # files of the checkpoint


def _resumed(training: Trained, part: str, content: bytes) -> object:
    """Resume from the checkpoint with other content in one of its files."""
    folder = training.layout.root / "checkpoint"
    shutil.copytree(training.checkpoint, folder, dirs_exist_ok=True)
    (folder / part).write_bytes(content)
    return survived("files: checkpoint", lambda: training.trainer.load(Checkpoint(folder)))


def _signed(content: bytes) -> bytes:
    return hashlib.sha256(content).digest() + content


def test_training_resumes_from_an_unchanged_checkpoint(training: Trained) -> None:
    assert {path.name for path in training.checkpoint.iterdir()} == set(PARTS)
    state = training.trainer.load(Checkpoint(training.checkpoint))
    assert isinstance(state, TrainingState)
    assert state.epoch == 2


@fuzz(0.5)
@pytest.mark.parametrize("part", PARTS)
@given(data=st.data())
def test_a_damaged_checkpoint_is_ignored(training: Trained, part: str, data: st.DataObject) -> None:
    whole = (training.checkpoint / part).read_bytes()
    content = data.draw(mutated(st.just(whole)))
    assert content == whole or _resumed(training, part, content) is None


def test_a_pickle_in_a_file_of_any_kind_is_never_executed(training: Trained, tmp_path: Path) -> None:
    marker = tmp_path / "pwned"
    evil = payload(marker)
    stream = io.BytesIO()
    np.save(stream, np.array([[Payload(marker)] * 2] * COUNT, object), allow_pickle=True)
    for name in READ:
        for content in (evil, stream.getvalue(), _extended(evil)):
            assert isinstance(_read(training, name, content), LemmaError)
            assert not marker.exists()
    for part in PARTS:
        for content in (evil, hashlib.sha256(evil).digest()[:31] + evil):
            assert _resumed(training, part, content) is None
            assert not marker.exists()
    pickle.loads(evil).close()
    assert marker.exists(), "else this shows nothing"


def _extended(evil: bytes) -> bytes:
    """Return an Arrow file of a type that old versions of Arrow unpickled."""
    about = {b"ARROW:extension:name": b"arrow.py_extension_type", b"ARROW:extension:metadata": evil}
    schema = pa.schema([pa.field("tokens", pa.int32(), metadata=about)])
    stream = io.BytesIO()
    with pa.ipc.new_file(stream, schema) as writer:
        writer.write_batch(pa.record_batch([pa.array([1], pa.int32())], schema=schema))
    return stream.getvalue()


def test_a_forged_checkpoint_runs_no_code(training: Trained, tmp_path: Path) -> None:
    marker = tmp_path / "pwned"
    tensors = load((training.checkpoint / "state").read_bytes()[DIGEST_SIZE:])
    tensors["json"] = torch.frombuffer(bytearray(payload(marker)), dtype=torch.uint8)
    forged: list[Any] = [payload(marker), save(tensors)]
    for content in forged:
        with pytest.raises(Exception, match=r"."):  # its SHA-256 is right: nobody but lemma writes that
            _read_forged(training, tmp_path / "forged", _signed(content))
        assert not marker.exists()


def _read_forged(training: Trained, folder: Path, state: bytes) -> object:
    shutil.copytree(training.checkpoint, folder, dirs_exist_ok=True)
    (folder / "state").write_bytes(state)
    return training.trainer.load(Checkpoint(folder))
