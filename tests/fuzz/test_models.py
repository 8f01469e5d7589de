"""A model's file from anywhere classifies or is refused; it runs no code and takes no memory that it does not hold."""

import io
import json
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lemma.errors import LemmaError
from lemma.models.metadata.settings import SETTINGS
from lemma.models.shared import store
from lemma.prediction.predict import predict
from tests.fuzz import trained
from tests.fuzz.fuzzing import any_json, fuzz, mutated, survived
from tests.fuzz.trained import FORMS, Payload, Trained, members, packed, payload
from tests.unit.training.tiny import DATASET

TEXTS = ["the film was good", "", "awful plot unheard of", "[PAD] [UNK] a a a a a a a a"]
PIECES = (
    b'"',
    b"null",
    b"-1",
    b"9" * 30,
    b"[",
    b"{",
    b"}",
    b"1e999",
    b"true",
    b"\\ud800",
    b"NaN",
    b"\0",
    b"NUMPY",
    b"O",
)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained.make(tmp_path_factory.mktemp("trained"))


def _classified(held: Trained, form: str, content: bytes) -> list[str] | LemmaError:
    name = held.put(form, content)
    return survived("models: model.zip", lambda: list(predict(held.layout, DATASET, name, 0, [TEXTS], explain=True)))


@pytest.mark.parametrize("form", FORMS)
def test_what_is_not_changed_classifies(held: Trained, form: str) -> None:
    found = _classified(held, form, held.models[form])
    assert not isinstance(found, LemmaError)
    assert len(found) == len(TEXTS)


@fuzz(0.5)
@given(form=st.sampled_from(list(FORMS)), data=st.data())
def test_a_mangled_file_classifies_or_is_refused(held: Trained, form: str, data: st.DataObject) -> None:
    _classified(held, form, data.draw(mutated(st.just(held.models[form]), *PIECES)))


@fuzz()
@given(form=st.sampled_from(list(FORMS)), data=st.data())
def test_a_mangled_member_classifies_or_is_refused(held: Trained, form: str, data: st.DataObject) -> None:
    inside = members(held.models[form])
    name = data.draw(st.sampled_from(sorted(inside)))
    if name == store.ESTIMATOR and data.draw(st.integers(0, 3)):
        deeper = members(inside[name])
        inner = data.draw(st.sampled_from(sorted(deeper)))
        deeper[inner] = data.draw(mutated(st.just(deeper[inner]), *PIECES))
        inside[name] = packed(deeper, zipfile.ZIP_DEFLATED)
    else:
        inside[name] = data.draw(mutated(st.just(inside[name]), *PIECES))
    _classified(held, form, packed(inside))


def _replaced(data: st.DataObject, value: Any) -> Any:
    """Return JSON with another value at some place in it."""
    if isinstance(value, dict | list) and value and data.draw(st.integers(0, 4)):
        key = data.draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(min(len(value), 50))))
        if data.draw(st.integers(0, 9)) == 0:
            kept = [item for item in (value.items() if isinstance(value, dict) else enumerate(value)) if item[0] != key]
            return dict(kept) if isinstance(value, dict) else [item for _, item in kept]
        changed = _replaced(data, value[key])
        if isinstance(value, dict):
            return {**value, key: changed}
        return [*value[:key], changed, *value[key + 1 :]]
    return data.draw(
        any_json() | st.sampled_from([10**9, -1, 0, "cnn", "nb", 10**6, "os", "system", "builtins", "eval"])
    )


@fuzz()
@given(form=st.sampled_from(list(FORMS)), data=st.data())
def test_other_values_in_a_member_classify_or_are_refused(held: Trained, form: str, data: st.DataObject) -> None:
    inside = members(held.models[form])
    name = data.draw(st.sampled_from([SETTINGS, store.TOKENIZER, store.ESTIMATOR]))
    if name == store.ESTIMATOR and name in inside:
        deeper = members(inside[name])
        inner = data.draw(st.sampled_from(["schema.json", store.VOCABULARIES]))
        deeper[inner] = json.dumps(_replaced(data, json.loads(deeper[inner]))).encode()
        inside[name] = packed(deeper, zipfile.ZIP_DEFLATED)
    elif name in inside:
        inside[name] = json.dumps(_replaced(data, json.loads(inside[name]))).encode()
    _classified(held, form, packed(inside))


def _tensors(header: dict[str, Any], content: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + content


def _changed(content: bytes, **changed: Any) -> bytes:
    """Return a model's file with other settings of the network."""
    inside = members(content)
    settings = json.loads(inside[SETTINGS])
    settings["settings"] |= changed
    return packed({**inside, SETTINGS: json.dumps(settings).encode()})


def test_a_network_said_to_be_huge_is_refused_and_takes_no_memory(held: Trained) -> None:
    for form, changed in (
        ("mlp", {"hidden_sizes": [30_000, 30_000]}),
        ("rnn", {"hidden_size": 30_000}),
        ("rnn", {"num_layers": 10**6}),
    ):
        found = _classified(held, form, _changed(held.models[form], **changed))
        assert isinstance(found, LemmaError), changed
    inside = members(held.models["mlp"])
    huge = {"0.embedding.weight": {"dtype": "F32", "shape": [10**6, 10**6], "data_offsets": [0, 4]}}
    for weights in (_tensors(huge, bytes(4)), struct.pack("<Q", 1 << 40), _tensors({}), _tensors({"x": 1})):
        assert isinstance(_classified(held, "mlp", packed({**inside, store.TENSORS: weights})), LemmaError)


def _npy(value: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, value, allow_pickle=True)
    return stream.getvalue()


def test_a_pickle_anywhere_in_a_models_file_is_never_executed(held: Trained, tmp_path: Path) -> None:
    marker = tmp_path / "pwned"
    evil = payload(marker)
    objects = _npy(np.array([Payload(marker)], object))
    stream = io.BytesIO()
    torch.save(Payload(marker), stream)
    for form, content in held.models.items():
        inside = members(content)
        files = [evil, objects, stream.getvalue(), packed({"data.pkl": evil, **inside})]
        files += [packed({**inside, name: other}) for name in inside for other in (evil, objects, stream.getvalue())]
        if store.ESTIMATOR in inside:
            deeper = members(inside[store.ESTIMATOR])
            files += [
                packed({**inside, store.ESTIMATOR: packed({**deeper, name: other})})
                for name in deeper
                for other in (evil, objects)
            ]
        for file in files:
            _classified(held, form, file)
            assert not marker.exists()
    pickle.loads(evil).close()
    assert marker.exists(), "else this shows nothing"


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("builtins", "exec"),
        ("subprocess", "Popen"),
        ("numpy", "load"),
        ("this", "x"),
        ("sklearn.utils", "Bunch"),
    ],
)
@pytest.mark.parametrize(
    "loader", ["ObjectNode", "TypeNode", "FunctionNode", "MethodNode", "PartialNode", "OperatorFuncNode"]
)
def test_a_schema_that_names_code_runs_none_of_it(held: Trained, module: str, name: str, loader: str) -> None:
    inside = members(held.models["majority"])
    deeper = members(inside[store.ESTIMATOR])
    schema = json.loads(deeper["schema.json"])
    schema["content"]["content"] |= {
        "strategy": {"__class__": name, "__module__": module, "__loader__": loader, "__id__": 4711, "content": {}}
    }
    deeper["schema.json"] = json.dumps(schema).encode()
    inside[store.ESTIMATOR] = packed(deeper)
    assert isinstance(_classified(held, "majority", packed(inside)), LemmaError)
