"""Tests that trained models classify new texts."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import Tensor

from lemma.corpus.text_encoder import TextEncoder
from lemma.corpus.tokenizer import tokenize
from lemma.models.mlp.model import Network
from lemma.prediction.predict import FILES, predict, predict_with
from lemma.training.inference import MAX_POSITIONS
from tests.unit.training import tiny
from tests.unit.training.conftest import Project
from tests.unit.training.tiny import DATASET

Make = Callable[..., Project]
MODELS = pytest.mark.parametrize("model", tiny.MODELS)
ODD = {
    "empty": "",
    "blank": " \t ",
    "emoji": "\N{PILE OF POO}\N{ZERO WIDTH JOINER}\N{GRINNING FACE}",
    "unknown words": "quux frobnicate",
    "several lines": "good\nbad\r\nugly\x00\u2028",
    "not utf-8": b"caf\xe9 good".decode("utf-8", "surrogateescape"),
    "special words": "[UNK] [PAD] good",
    "very long": "the film was good . " * 4000,
}


def classify_texts(project: Project, model: str, *texts: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in predict(project.layout, DATASET, model, 0, [texts])]


@MODELS
@pytest.mark.parametrize("subwords", tiny.SUBWORDS)
@pytest.mark.parametrize("tokenized", [True, False])
def test_predictions_equal_the_probabilities_that_training_wrote(
    make: Make, model: str, subwords: str, tokenized: bool
) -> None:
    sentence = "This film isn't \N{PILE OF POO} (so-so), @ann: GOOD, 1,000 Zoe\u0308 http://x.org/a?b <br />fun."
    if tokenized:
        sentence = "this is n't \N{PILE OF POO} so-so ; `` GOOD '' -- yes ... 1,000 zoe\u0308 , @user 's film ."
    beginnings = (tiny.Document(" ".join(sentence.split(" ")[:length]), length % 2, length % 3) for length in range(20))
    documents = [*beginnings, *tiny.documents()]
    project = make(documents, None, tiny.CLASSES, tokenized)
    project.train(model, tokenize={"subwords": tiny.SUBWORDS[subwords]})
    texts = [document.text for document in documents[:30]]
    config = TextEncoder.from_json(project.results(model)["tokenizer.json"].decode()).config
    assert tokenize(texts, config).equals(tokenize(texts, config.for_raw_text())), (
        "raw text is split differently: the test is void"
    )
    probabilities = [list(line["probabilities"].values()) for line in classify_texts(project, model, *texts)]
    np.testing.assert_allclose(probabilities, project.probabilities(model)[: len(texts)], rtol=0, atol=2e-6)


@MODELS
def test_a_corpus_that_contains_special_tokens_as_text_gives_a_usable_model(make: Make, model: str) -> None:
    documents = [d._replace(text=f"{d.text} [PAD] \x01unk <unk> <link>") for d in tiny.documents()]
    project = make(documents)
    for subwords in tiny.SUBWORDS.values():
        project.train(model, tokenize={"subwords": subwords})
        assert len(classify_texts(project, model, "good", documents[0].text)) == 2


def test_a_model_of_a_tokenized_data_set_accepts_raw_text(make: Make) -> None:
    documents = [d._replace(text=d.text + " do n't like it ." * (1 - d.label)) for d in tiny.documents()]
    project = make(documents)
    project.train("logreg", models={"logreg": {"ngrams": 1}})
    raw, tokenized = classify_texts(project, "logreg", "the plot I don't like.", "the plot i do n't like .")
    assert raw == tokenized
    assert raw["label"] == "negative"


@MODELS
def test_any_text_gets_a_line_with_a_label_and_probabilities_that_sum_to_one(project: Project, model: str) -> None:
    project.train(model)
    lines = list(predict(project.layout, DATASET, model, 0, [list(ODD.values())]))
    for name, line in zip(ODD, lines, strict=True):
        assert "\n" not in line, name
        prediction = json.loads(line)
        assert list(prediction) == ["label", "probabilities"], name
        assert list(prediction["probabilities"]) == tiny.CLASSES, name
        assert sum(prediction["probabilities"].values()) == pytest.approx(1, abs=2e-6), name
        assert prediction["label"] == max(tiny.CLASSES, key=prediction["probabilities"].__getitem__), name


@MODELS
def test_probabilities_do_not_depend_on_the_other_texts_of_a_block(project: Project, model: str) -> None:
    project.train(model)
    documents = [document.text for document in tiny.documents()]
    texts = [" ".join(documents[start : start + 1 + start % 7]) for start in range(60)]
    separate_predictions = [result for text in texts for result in classify_texts(project, model, text)]
    assert classify_texts(project, model, *texts) == separate_predictions


@MODELS
def test_a_copy_of_a_model_file_classifies_without_its_project(
    project: Project, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.train(model)
    texts = [text for name, text in ODD.items() if name != "very long"]
    expected = list(predict(project.layout, DATASET, model, 0, [texts], explain=True))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    project.layout.model(DATASET, model, 0).rename(elsewhere / "copy.zip")
    shutil.rmtree(project.layout.root)
    monkeypatch.chdir(elsewhere)
    assert list(predict_with(Path("copy.zip"), [texts], explain=True)) == expected
    for name in FILES:
        (elsewhere / name).parent.mkdir(exist_ok=True)
        (elsewhere / "copy.zip").rename(elsewhere / name)
        assert list(predict_with(Path(), [texts], explain=True)) == expected
        (elsewhere / name).rename(elsewhere / "copy.zip")


@pytest.mark.parametrize("model", tiny.MODELS[1:])
def test_a_trained_model_classifies_unambiguous_texts_correctly(project: Project, model: str) -> None:
    project.train(model, train={"epochs": 15, "patience": 15})
    good, bad = classify_texts(project, model, "This film was great , GOOD fun .", "awful and dull and sad .")
    assert (good["label"], bad["label"]) == ("positive", "negative")


def test_blocks_of_texts_are_classified_as_they_arrive(project: Project) -> None:
    project.train("mlp")
    read_texts = []

    def texts() -> Any:
        for text in ("good", "bad"):
            read_texts.append(text)
            yield [text]

    lines = predict(project.layout, DATASET, "mlp", 0, texts())
    assert not read_texts
    next(lines)
    assert read_texts == ["good"]


@pytest.mark.parametrize("model", tiny.MODELS[1:])
def test_an_explanation_is_sorted_by_absolute_weight(project: Project, model: str) -> None:
    project.train(model, train={"epochs": 15, "patience": 15})
    words = ["plot", "was", "awful", "and", "bad"]
    (line,) = predict(project.layout, DATASET, model, 0, [[" ".join(words)]], explain=True)
    prediction = json.loads(line)
    assert prediction["label"] == "negative"
    first = prediction["explanation"][0]
    assert {"awful", "bad"} & set(first["feature"].split())
    assert first["weight"] > 0
    sizes = [abs(feature["weight"]) for feature in prediction["explanation"]]
    assert sizes == sorted(sizes, reverse=True)


def test_an_explanation_by_occlusion_is_the_decrease_of_the_probability(project: Project) -> None:
    project.train("cnn", train={"epochs": 15, "patience": 15})
    whole, without = classify_texts(project, "cnn", "good plot", "plot")
    (line,) = predict(project.layout, DATASET, "cnn", 0, [["good plot"]], explain=True)
    weights = {feature["feature"]: feature["weight"] for feature in json.loads(line)["explanation"]}
    label = whole["label"]
    assert weights["good"] == pytest.approx(whole["probabilities"][label] - without["probabilities"][label], abs=2e-6)


def test_class_names_are_printed_unchanged(make: Make) -> None:
    project = make(None, None, ["mal à propos", "\N{GRINNING FACE}"])
    project.train("majority")
    (line,) = predict(project.layout, DATASET, "majority", 0, [["x"]])
    assert "mal à propos" in line


def test_texts_are_classified_in_batches_of_bounded_size_and_in_their_order(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.train("mlp", models={"mlp": {"ngrams": 2}})
    texts = ["good film " * count for count in (1, 3000, 0, 700, 20000, 2)] + ["awful"] * 30
    separate_predictions = [prediction for text in texts for prediction in classify_texts(project, "mlp", text)]
    original, shapes = Network.classify, []

    def record_shape(network: Network, vectors: Tensor, positions: Tensor, lengths: Tensor) -> Tensor:
        shapes.append(positions.shape)
        return original(network, vectors, positions, lengths)

    monkeypatch.setattr(Network, "classify", record_shape)
    assert classify_texts(project, "mlp", *texts) == separate_predictions
    assert len(shapes) < len(texts)
    (line,) = predict(project.layout, DATASET, "mlp", 0, [["good film " * 700]], explain=True)
    assert json.loads(line)["explanation"]
    assert all(count == 1 or count * longest <= MAX_POSITIONS for count, longest in shapes)
