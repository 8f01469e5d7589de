"""Any model file classifies or is refused; it runs no code, and memory is limited by the size of the file."""

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
from tests.fuzz.trained import FORMS, Payload, Trained, pack, payload, read_members
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
def trained_models(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained.make(tmp_path_factory.mktemp("trained"))


def _classify(trained_models: Trained, form: str, content: bytes) -> list[str] | LemmaError:
    name = trained_models.put(form, content)
    return survived(
        "models: model.zip", lambda: list(predict(trained_models.layout, DATASET, name, 0, [TEXTS], explain=True))
    )


@pytest.mark.parametrize("form", FORMS)
def test_an_unchanged_model_classifies(trained_models: Trained, form: str) -> None:
    lines = _classify(trained_models, form, trained_models.models[form])
    assert not isinstance(lines, LemmaError)
    assert len(lines) == len(TEXTS)


@fuzz(0.5)
@given(form=st.sampled_from(list(FORMS)), data=st.data())
def test_a_mutated_model_classifies_or_is_refused(trained_models: Trained, form: str, data: st.DataObject) -> None:
    _classify(trained_models, form, data.draw(mutated(st.just(trained_models.models[form]), *PIECES)))


@fuzz()
@given(form=st.sampled_from(list(FORMS)), data=st.data())
def test_a_mutated_member_classifies_or_is_refused(trained_models: Trained, form: str, data: st.DataObject) -> None:
    members = read_members(trained_models.models[form])
    name = data.draw(st.sampled_from(sorted(members)))
    if name == store.ESTIMATOR and data.draw(st.integers(0, 3)):
        inner_members = read_members(members[name])
        inner_name = data.draw(st.sampled_from(sorted(inner_members)))
        inner_members[inner_name] = data.draw(mutated(st.just(inner_members[inner_name]), *PIECES))
        members[name] = pack(inner_members, zipfile.ZIP_DEFLATED)
    else:
        members[name] = data.draw(mutated(st.just(members[name]), *PIECES))
    _classify(trained_models, form, pack(members))


def _replace_value(data: st.DataObject, value: Any) -> Any:
    """Return JSON with one value replaced or removed."""
    if isinstance(value, dict | list) and value and data.draw(st.integers(0, 4)):
        key = data.draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(min(len(value), 50))))
        if data.draw(st.integers(0, 9)) == 0:
            remaining = [
                item for item in (value.items() if isinstance(value, dict) else enumerate(value)) if item[0] != key
            ]
            return dict(remaining) if isinstance(value, dict) else [item for _, item in remaining]
        changed = _replace_value(data, value[key])
        if isinstance(value, dict):
            return {**value, key: changed}
        return [*value[:key], changed, *value[key + 1 :]]
    return data.draw(
        any_json() | st.sampled_from([10**9, -1, 0, "cnn", "nb", 10**6, "os", "system", "builtins", "eval"])
    )


@fuzz()
@given(form=st.sampled_from(list(FORMS)), data=st.data())
def test_replaced_values_in_a_member_classify_or_are_refused(
    trained_models: Trained, form: str, data: st.DataObject
) -> None:
    members = read_members(trained_models.models[form])
    name = data.draw(st.sampled_from([SETTINGS, store.TOKENIZER, store.ESTIMATOR]))
    if name == store.ESTIMATOR and name in members:
        inner_members = read_members(members[name])
        inner_name = data.draw(st.sampled_from(["schema.json", store.VOCABULARIES]))
        inner_members[inner_name] = json.dumps(_replace_value(data, json.loads(inner_members[inner_name]))).encode()
        members[name] = pack(inner_members, zipfile.ZIP_DEFLATED)
    elif name in members:
        members[name] = json.dumps(_replace_value(data, json.loads(members[name]))).encode()
    _classify(trained_models, form, pack(members))


def _tensors(header: dict[str, Any], content: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + content


def _change_settings(content: bytes, **changed: Any) -> bytes:
    """Return a model file with other hyperparameters of the network."""
    members = read_members(content)
    settings = json.loads(members[SETTINGS])
    settings["settings"] |= changed
    return pack({**members, SETTINGS: json.dumps(settings).encode()})


def test_a_network_that_claims_to_be_huge_is_refused(trained_models: Trained) -> None:
    for form, changed in (
        ("mlp", {"hidden_sizes": [30_000, 30_000]}),
        ("rnn", {"hidden_size": 30_000}),
        ("rnn", {"num_layers": 10**6}),
    ):
        result = _classify(trained_models, form, _change_settings(trained_models.models[form], **changed))
        assert isinstance(result, LemmaError), changed
    members = read_members(trained_models.models["mlp"])
    huge = {"0.embedding.weight": {"dtype": "F32", "shape": [10**6, 10**6], "data_offsets": [0, 4]}}
    for weights in (_tensors(huge, bytes(4)), struct.pack("<Q", 1 << 40), _tensors({}), _tensors({"x": 1})):
        assert isinstance(_classify(trained_models, "mlp", pack({**members, store.TENSORS: weights})), LemmaError)


def _npy(value: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, value, allow_pickle=True)
    return stream.getvalue()


def test_a_pickle_in_a_model_file_is_never_executed(trained_models: Trained, tmp_path: Path) -> None:
    marker = tmp_path / "pwned"
    evil = payload(marker)
    objects = _npy(np.array([Payload(marker)], object))
    stream = io.BytesIO()
    torch.save(Payload(marker), stream)
    for form, content in trained_models.models.items():
        members = read_members(content)
        files = [evil, objects, stream.getvalue(), pack({"data.pkl": evil, **members})]
        files += [
            pack({**members, name: foreign}) for name in members for foreign in (evil, objects, stream.getvalue())
        ]
        if store.ESTIMATOR in members:
            inner_members = read_members(members[store.ESTIMATOR])
            files += [
                pack({**members, store.ESTIMATOR: pack({**inner_members, name: foreign})})
                for name in inner_members
                for foreign in (evil, objects)
            ]
        for file in files:
            _classify(trained_models, form, file)
            assert not marker.exists()
    pickle.loads(evil).close()
    assert marker.exists(), "the payload has no effect: the test is void"


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
def test_code_named_in_a_schema_is_not_run(trained_models: Trained, module: str, name: str, loader: str) -> None:
    members = read_members(trained_models.models["majority"])
    inner_members = read_members(members[store.ESTIMATOR])
    schema = json.loads(inner_members["schema.json"])
    schema["content"]["content"] |= {
        "strategy": {"__class__": name, "__module__": module, "__loader__": loader, "__id__": 4711, "content": {}}
    }
    inner_members["schema.json"] = json.dumps(schema).encode()
    members[store.ESTIMATOR] = pack(inner_members)
    assert isinstance(_classify(trained_models, "majority", pack(members)), LemmaError)
