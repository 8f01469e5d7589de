"""Trained models classify new texts, whatever these are."""

import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import Tensor

from lemma.corpus.text_encoder import TextEncoder
from lemma.corpus.tokenizer import tokenize
from lemma.errors import InputError
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


def classified(project: Project, model: str, *texts: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in predict(project.layout, DATASET, model, 0, [texts])]


@MODELS
@pytest.mark.parametrize("subwords", tiny.SUBWORDS)
@pytest.mark.parametrize("tokenized", [True, False])
def test_a_text_of_the_corpus_gets_the_probabilities_that_training_wrote(
    make: Make, model: str, subwords: str, tokenized: bool
) -> None:
    written = "This film isn't \N{PILE OF POO} (so-so), @ann: GOOD, 1,000 Zoe\u0308 http://x.org/a?b <br />fun."
    if tokenized:
        written = "this is n't \N{PILE OF POO} so-so ; `` GOOD '' -- yes ... 1,000 zoe\u0308 , @user 's film ."
    cut = (tiny.Document(" ".join(written.split(" ")[:at]), at % 2, at % 3) for at in range(20))
    held = [*cut, *tiny.documents()]
    project = make(held, None, tiny.CLASSES, tokenized)
    project.train(model, tokenize={"subwords": tiny.SUBWORDS[subwords]})
    texts = [document.text for document in held[:30]]
    how = TextEncoder.from_json(project.results(model)["tokenizer.json"].decode()).config
    assert tokenize(texts, how).equals(tokenize(texts, how.for_raw_text())), (
        "else this shows nothing of a tokenized set"
    )
    found = [list(line["probabilities"].values()) for line in classified(project, model, *texts)]
    np.testing.assert_allclose(found, project.probabilities(model)[: len(texts)], rtol=0, atol=2e-6)


@MODELS
def test_a_model_of_texts_that_spell_special_words_out_can_be_asked(make: Make, model: str) -> None:
    held = [d._replace(text=f"{d.text} [PAD] \x01unk <unk> <link>") for d in tiny.documents()]
    project = make(held)
    for subwords in tiny.SUBWORDS.values():
        project.train(model, tokenize={"subwords": subwords})
        assert len(classified(project, model, "good", held[0].text)) == 2


def test_a_model_of_a_tokenized_set_reads_text_as_a_person_writes_it(make: Make) -> None:
    held = [d._replace(text=d.text + " do n't like it ." * (1 - d.label)) for d in tiny.documents()]
    project = make(held)
    project.train("logreg", models={"logreg": {"ngrams": 1}})
    one, other = classified(project, "logreg", "the plot I don't like.", "the plot i do n't like .")
    assert one == other
    assert one["label"] == "negative"


@MODELS
def test_any_text_gets_one_line_with_a_label_and_probabilities_that_sum_to_one(project: Project, model: str) -> None:
    project.train(model)
    lines = list(predict(project.layout, DATASET, model, 0, [list(ODD.values())]))
    for name, line in zip(ODD, lines, strict=True):
        assert "\n" not in line, name
        found = json.loads(line)
        assert list(found) == ["label", "probabilities"], name
        assert list(found["probabilities"]) == tiny.CLASSES, name
        assert sum(found["probabilities"].values()) == pytest.approx(1, abs=2e-6), name
        assert found["label"] == max(tiny.CLASSES, key=found["probabilities"].__getitem__), name


@MODELS
def test_the_texts_beside_a_text_change_no_digit_of_its_probabilities(project: Project, model: str) -> None:
    project.train(model)
    documents = [document.text for document in tiny.documents()]
    texts = [" ".join(documents[at : at + 1 + at % 7]) for at in range(60)]
    alone = [result for text in texts for result in classified(project, model, text)]
    assert classified(project, model, *texts) == alone


@MODELS
def test_a_copy_of_the_file_classifies_alone_from_any_folder(
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


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("missing.zip", "missing.zip is not a file"),
        ("empty", "The folder empty contains no model.zip"),
        ("x" * 5000, "x... is not a file"),
        ("null\0", "is not a file"),
        ("text.zip", "text.zip is damaged: File is not a zip file"),
        ("cut.zip", "cut.zip is damaged"),
    ],
    ids=["missing", "empty folder", "long name", "null", "no zip", "cut short"],
)
def test_a_file_from_elsewhere_that_is_no_model_is_bad_input_and_is_not_to_be_trained_again(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, words: str
) -> None:
    project.train("majority")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.zip").write_text("no zip")
    (tmp_path / "cut.zip").write_bytes(project.layout.model(DATASET, "majority", 0).read_bytes()[:-400])
    with pytest.raises(InputError, match=re.escape(words)) as caught:
        list(predict_with(Path(path), [["good"]]))
    assert "train again" not in caught.value.fix
    assert "snakemake" not in caught.value.fix


@pytest.mark.parametrize("model", tiny.MODELS[1:])
def test_what_was_learnt_is_told(project: Project, model: str) -> None:
    project.train(model, train={"epochs": 15, "patience": 15})
    good, bad = classified(project, model, "This film was great , GOOD fun .", "awful and dull and sad .")
    assert (good["label"], bad["label"]) == ("positive", "negative")


def test_texts_are_classified_one_by_one_as_they_come(project: Project) -> None:
    project.train("mlp")
    asked = []

    def texts() -> Any:
        for text in ("good", "bad"):
            asked.append(text)
            yield [text]

    lines = predict(project.layout, DATASET, "mlp", 0, texts())
    assert not asked
    next(lines)
    assert asked == ["good"]


@pytest.mark.parametrize("model", tiny.MODELS[1:])
def test_an_explanation_names_what_moved_the_decision_first(project: Project, model: str) -> None:
    project.train(model, train={"epochs": 15, "patience": 15})
    words = ["plot", "was", "awful", "and", "bad"]
    (line,) = predict(project.layout, DATASET, model, 0, [[" ".join(words)]], explain=True)
    found = json.loads(line)
    assert found["label"] == "negative"
    first = found["explanation"][0]
    assert {"awful", "bad"} & set(first["feature"].split())
    assert first["weight"] > 0
    sizes = [abs(one["weight"]) for one in found["explanation"]]
    assert sizes == sorted(sizes, reverse=True)


def test_an_explanation_by_occlusion_is_what_the_probability_loses(project: Project) -> None:
    project.train("cnn", train={"epochs": 15, "patience": 15})
    whole, without = classified(project, "cnn", "good plot", "plot")
    (line,) = predict(project.layout, DATASET, "cnn", 0, [["good plot"]], explain=True)
    weights = {one["feature"]: one["weight"] for one in json.loads(line)["explanation"]}
    label = whole["label"]
    assert weights["good"] == pytest.approx(whole["probabilities"][label] - without["probabilities"][label], abs=2e-6)


def test_class_names_are_given_as_they_are(make: Make) -> None:
    project = make(None, None, ["mal à propos", "\N{GRINNING FACE}"])
    project.train("majority")
    (line,) = predict(project.layout, DATASET, "majority", 0, [["x"]])
    assert "mal à propos" in line


def test_an_untrained_run_is_bad_input_that_says_how_to_train_it(project: Project) -> None:
    with pytest.raises(InputError, match="Run 7 of cnn on tiny is not trained") as caught:
        list(predict(project.layout, DATASET, "cnn", 7, [["x"]]))
    assert "snakemake" in caught.value.fix


def test_an_unknown_model_is_named_with_the_valid_ones(project: Project) -> None:
    with pytest.raises(InputError, match="Unknown model 'transformer'") as caught:
        list(predict(project.layout, DATASET, "transformer", 0, [["x"]]))
    assert "majority, nb, logreg, nbsvm, mlp, cnn, rnn" in caught.value.fix


@pytest.mark.parametrize(
    "changed",
    [{"model": "transformer"}, {"model": "rnn"}, {"settings": {"filters": 4}}, {"classes": ["a"]}],
    ids=str,
)
def test_a_file_of_another_version_is_bad_input(project: Project, changed: dict[str, Any]) -> None:
    project.train("cnn")
    path = project.layout.model(DATASET, "cnn", 0)
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    held["settings.json"] = json.dumps(json.loads(held["settings.json"]) | changed).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    with pytest.raises(InputError, match="does not fit this version of lemma") as caught:
        list(predict(project.layout, DATASET, "cnn", 0, [["x"]]))
    assert f"rm {path}" in caught.value.fix


def test_a_model_with_renamed_settings_is_refused_with_their_present_names(project: Project) -> None:
    project.train("cnn")
    path = project.layout.model(DATASET, "cnn", 0)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    settings = json.loads(members["settings.json"])
    settings["settings"]["maps"] = settings["settings"].pop("filters")
    members["settings.json"] = json.dumps(settings).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    message = r"an older version trained it \(models\.cnn\.maps is called models\.cnn\.filters now\)"
    with pytest.raises(InputError, match=message):
        list(predict(project.layout, DATASET, "cnn", 0, [["x"]]))


def test_a_tokenizer_of_another_version_is_bad_input(project: Project) -> None:
    project.train("cnn")
    path = project.layout.model(DATASET, "cnn", 0)
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (held | {"tokenizer.json": b'{"version": "1.0", "model": {}}'}).items():
            archive.writestr(name, content)
    with pytest.raises(InputError, match="does not fit this version of lemma"):
        list(predict(project.layout, DATASET, "cnn", 0, [["x"]]))


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")])
def test_a_text_too_long_for_the_memory_is_no_damage_of_the_model(
    project: Project, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    project.train("mlp")

    def classify(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(Network, "classify", classify)
    with pytest.raises(InputError, match="'good film' is too long for this machine's memory") as caught:
        list(predict(project.layout, DATASET, "mlp", 0, [["good film", "bad"]]))
    assert caught.value.fix == "Shorten it."


def test_only_a_model_that_does_not_load_is_to_be_removed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.train("mlp")
    monkeypatch.setattr(Network, "classify", lambda *_: [][0])
    with pytest.raises(InputError, match="does not fit this version of lemma") as caught:
        list(predict(project.layout, DATASET, "mlp", 0, [["good"]]))
    assert "rm " not in caught.value.fix


def test_texts_are_classified_a_bounded_number_of_places_at_a_time_in_their_order(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.train("mlp", models={"mlp": {"ngrams": 2}})
    texts = ["good film " * count for count in (1, 3000, 0, 700, 20000, 2)] + ["awful"] * 30
    alone = [found for text in texts for found in classified(project, "mlp", text)]
    classify, met = Network.classify, []

    def note(network: Network, vectors: Tensor, places: Tensor, lengths: Tensor) -> Tensor:
        met.append(places.shape)
        return classify(network, vectors, places, lengths)

    monkeypatch.setattr(Network, "classify", note)
    assert classified(project, "mlp", *texts) == alone
    assert len(met) < len(texts)
    (line,) = predict(project.layout, DATASET, "mlp", 0, [["good film " * 700]], explain=True)
    assert json.loads(line)["explanation"]
    assert all(count == 1 or count * longest <= MAX_POSITIONS for count, longest in met)
