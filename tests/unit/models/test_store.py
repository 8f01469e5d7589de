"""A model's file: gives back what was put in, is equal for equal models, and can run no code."""

import ast
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import lemma
from lemma.errors import InputError
from lemma.models.cnn import model as cnn
from lemma.models.majority import model as majority
from lemma.models.shared import store
from lemma.models.shared.features import list_vectorizers
from lemma.params import CNN, FeatureSelection, Majority
from tests.unit.models.conftest import NEURAL, padded
from tests.unit.models.test_linear import LABELS, TEXTS, THREE, fitted, vectors

ABOUT = {"model": "cnn", "classes": ["négatif", "positif"], "parameters": 3}
WORDS = "\N{PILE OF POO} is a word"  # of the tokenizer's JSON, here any text


def network() -> cnn.Network:
    torch.manual_seed(3)
    return cnn.Network(CNN(**(NEURAL | {"embedding_dropout": 0.0}), kernel_sizes=[2, 3], filters=4), 9, 2).eval()


def weights(of: torch.nn.Module) -> dict[str, NDArray[np.float32]]:
    return {name: value.numpy() for name, value in of.state_dict().items()}


FORMS: dict[str, tuple[str, dict[str, Any]]] = {
    "nb": ("nb", {"ngrams": 2}),
    "logreg": ("logreg", {"ngrams": 2, "term_weighting": "tfidf", "char_ngrams": 4}),
    "chosen": ("nb", {"char_ngrams": 3, "feature_selection": FeatureSelection(by="mutual_information", features=9)}),
    "condensed": ("logreg", {"term_weighting": "tfidf", "svd": 2}),
    "nbsvm": ("nbsvm", {"ngrams": 2, "term_weighting": "tfidf", "char_ngrams": 4}),
    "centroids": ("nbsvm", {"centroids": True, "vectors": vectors()}),
}
ESTIMATORS = ["majority", *FORMS]


def estimator(form: str, labels: NDArray[np.int64] = LABELS) -> BaseEstimator:
    if form == "majority":
        return majority.build_estimator(Majority(), False).fit(TEXTS, labels)
    model, changed = FORMS[form]
    return fitted(model, labels, **changed)


def written(path: Path, model: store.Model) -> bytes:
    store.save(path, model)
    return path.read_bytes()


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(path: Path, **changed: bytes) -> Path:
    """Return a model's file with members changed; `estimator` means `estimator.skops`."""
    held = members(path.read_bytes()) | {f"{name}.skops": data for name, data in changed.items()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in held.items():
            archive.writestr(name, data)
    return path


def test_a_network_comes_back_with_the_same_predictions(tmp_path: Path) -> None:
    tensors = weights(network())
    store.save(tmp_path / "model.zip", store.Model(ABOUT, WORDS, tensors))
    held = store.load(tmp_path / "model.zip")
    assert (held.settings, held.tokenizer, held.estimator) == (ABOUT, WORDS, None)
    assert held.tensors is not None
    torch.manual_seed(4)
    other = cnn.Network(CNN(**(NEURAL | {"embedding_dropout": 0.0}), kernel_sizes=[2, 3], filters=4), 9, 2).eval()
    batch = padded([[1, 2, 3], [8]])
    assert not torch.equal(other(*batch), network()(*batch))
    other.load_state_dict({name: torch.from_numpy(value) for name, value in held.tensors.items()})
    assert torch.equal(other(*batch), network()(*batch))


@pytest.mark.parametrize("labels", [LABELS, THREE])
@pytest.mark.parametrize("form", ESTIMATORS)
def test_an_estimator_comes_back_with_the_same_predictions(tmp_path: Path, form: str, labels: Any) -> None:
    before = estimator(form, labels)
    store.save(tmp_path / "model.zip", store.Model(ABOUT, WORDS, estimator=before))
    held = store.load(tmp_path / "model.zip")
    assert (held.settings, held.tokenizer, held.tensors) == (ABOUT, WORDS, None)
    texts = [*TEXTS, "", "never seen"]
    np.testing.assert_array_equal(held.estimator.predict_proba(texts), before.predict_proba(texts))


@pytest.mark.parametrize("form", ESTIMATORS)
def test_two_fits_on_the_same_texts_give_equal_bytes(tmp_path: Path, form: str) -> None:
    first, second = (
        written(tmp_path / f"{name}.zip", store.Model(ABOUT, WORDS, estimator=estimator(form))) for name in "ab"
    )
    assert first == second
    again = store.load(tmp_path / "a.zip")
    assert written(tmp_path / "c.zip", again) == first, "reading and writing changes the bytes"


@pytest.mark.parametrize("form", list(FORMS))
def test_the_memory_addresses_that_scikit_learn_notes_are_not_written(tmp_path: Path, form: str) -> None:
    first, second = estimator(form), estimator(form)
    first.predict_proba(TEXTS)
    for part in list_vectorizers(second):
        part._stop_words_id = 4711
    assert any(hasattr(part, "_stop_words_id") for part in list_vectorizers(first)), "store need not drop it any more"
    written(tmp_path / "a.zip", store.Model(ABOUT, WORDS, estimator=first))
    assert written(tmp_path / "b.zip", store.Model(ABOUT, WORDS, estimator=second)) == (tmp_path / "a.zip").read_bytes()
    np.testing.assert_array_equal(first.predict_proba(TEXTS), second.predict_proba(TEXTS))


def test_equal_networks_give_equal_bytes_and_others_do_not(tmp_path: Path) -> None:
    tensors = weights(network())
    first = written(tmp_path / "a.zip", store.Model(ABOUT, WORDS, tensors))
    backwards = dict(reversed(tensors.items()))
    assert written(tmp_path / "b.zip", store.Model(dict(reversed(ABOUT.items())), WORDS, backwards)) == first
    tensors["output.bias"] = tensors["output.bias"] + np.float32(1e-7)
    assert written(tmp_path / "c.zip", store.Model(ABOUT, WORDS, tensors)) != first


def test_a_file_of_a_type_that_is_not_trusted_is_refused_by_its_name_and_runs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    store.save(path, store.Model(ABOUT, WORDS, estimator=estimator("logreg")))
    evil = make_pipeline(FunctionTransformer(os.system))
    with pytest.raises(InputError, match=r"model\.zip contains the types .*posix\.system|os\.system"):
        store.load(rewritten(path, estimator=skops.io.dumps(evil)))


def test_a_schema_edited_to_name_another_type_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    content = written(path, store.Model(ABOUT, WORDS, estimator=estimator("majority")))
    inner = members(members(content)[store.ESTIMATOR])
    schema = json.loads(inner["schema.json"])
    schema["__class__"], schema["__module__"] = "Popen", "subprocess"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in (inner | {"schema.json": json.dumps(schema).encode()}).items():
            archive.writestr(name, data)
    with pytest.raises(InputError, match=r"subprocess\.Popen"):
        store.load(rewritten(path, estimator=stream.getvalue()))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_bad_input_or_does_no_harm(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "model.zip"
    tensors = weights(network())
    content = written(path, store.Model(ABOUT, WORDS, tensors))
    at = data.draw(st.integers(0, len(content) - 1))
    cut = data.draw(st.booleans())
    path.write_bytes(content[:at] if cut else content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :])
    held: store.Model | InputError
    try:
        held = store.load(path)
    except InputError as error:
        held = error
    if isinstance(held, InputError):
        assert str(path) in held.what
        assert f"rm {path}" in held.fix
    else:  # a byte of the zip's own that nothing depends on, such as a date
        assert not cut
        assert (held.settings, held.tokenizer) == (ABOUT, WORDS)
        assert held.tensors is not None
        assert all(np.array_equal(held.tensors[name], value) for name, value in tensors.items())


def test_a_missing_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        store.load(tmp_path / "model.zip")


def test_nothing_in_lemma_imports_what_executes_code_on_reading() -> None:
    forbidden = {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
    for path in Path(lemma.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not forbidden & {name.split(".")[0] for name in names}, path
            loads = isinstance(node, ast.Attribute) and node.attr == "load" and ast.unparse(node.value) == "torch"
            assert not loads, f"{path}: torch.load reads pickles"
