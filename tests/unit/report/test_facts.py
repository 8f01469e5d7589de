import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lemma.corpus.tokens import open_corpus
from lemma.errors import InputError
from lemma.evaluation.calibration import BINS
from lemma.report import search_facts
from lemma.report.facts import gather_facts
from lemma.tuning import search


def gather(project: Any) -> dict[str, Any]:
    return gather_facts(project.layout, project.dataset, project.models, project.runs, project.params)


def numbers(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict) and "unit" in tree:
        yield tree
    for branch in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from numbers(branch)


def test_every_number_has_value_unit_count_and_an_existing_source(project: Any) -> None:
    records = list(numbers(gather(project)))
    assert len(records) > 150
    for number in records:
        assert {"value", "unit", "n", "source", "text"} <= set(number)
        assert number["n"] > 0
        assert (project.layout.root / number["source"]).exists()
        assert not Path(number["source"]).is_absolute()


def test_facts_are_json_without_nan(project: Any) -> None:
    assert json.loads(json.dumps(gather(project), allow_nan=False))


def test_scores_are_the_metrics_in_per_cent(project: Any) -> None:
    metrics = json.loads(project.layout.metrics(project.dataset).read_text(encoding="utf-8"))
    for model in gather(project)["models"]:
        summary = metrics["models"][model["key"]]["summary"]
        for part in ("train", "dev", "test"):
            assert model["scores"][part]["accuracy"]["value"] == 100 * summary[part]["accuracy"]["mean"]
            assert model["scores"][part]["f1"]["std"] == 100 * summary[part]["macro"]["f1"]["std"]


@pytest.mark.parametrize("folds", [0, 5])
def test_documents_are_counted_by_split_and_class_of_the_first_run(tmp_path: Path, build: Any, folds: int) -> None:
    project = build(tmp_path, classes=3, folds=folds)
    corpus = open_corpus(project.layout.tokens(project.dataset))
    for index, part in enumerate(gather(project)["data"]["parts"]):
        labels = corpus.labels[corpus.splits(0) == index]
        assert part["documents"]["value"] == len(labels)
        assert [entry["value"] for entry in part["classes"]] == np.bincount(labels, minlength=3).tolist()


def test_unseen_tokens_are_those_that_do_not_occur_in_the_training_set(project: Any) -> None:
    corpus, data = open_corpus(project.layout.tokens(project.dataset)), gather(project)["data"]
    texts = [corpus.type_ids(np.array([document])).tolist() for document in range(len(corpus))]
    by_part = [
        [word for d, text in enumerate(texts) if corpus.splits(0)[d] == part for word in text] for part in range(3)
    ]
    known = set(by_part[0])
    assert data["vocabulary"]["value"] == len(known)
    for part in (1, 2):
        unseen = sum(word not in known for word in by_part[part]) / len(by_part[part])
        assert data["parts"][part]["unseen"]["value"] == pytest.approx(100 * unseen, abs=1e-4)
    assert data["parts"][0]["unseen"] is None


def test_the_two_examples_are_of_two_classes(project: Any) -> None:
    assert len({example["label"] for example in gather(project)["data"]["examples"]}) == 2


def test_the_last_step_of_preprocessing_splits_a_text_into_tokens(project: Any) -> None:
    step = gather(project)["data"]["steps"][-1]
    assert step["before"].startswith("a film of quiet wit that")
    assert step["after"].startswith("a | film | of | quiet | wit | that")


def test_methods_refer_to_an_exercise_only_if_all_its_claims_that_they_use_are_proved(project: Any) -> None:
    assert gather(project)["claims"]["ties"]["backward"] == "6"
    project.edit(project.layout.claims, lambda claims: claims[2].update(verdict="undecided"))
    claims = gather(project)["claims"]
    assert claims["ties"]["backward"] is None
    assert claims["ties"]["step"] == "6"
    assert claims["proved"]["value"] == claims["total"]["value"] - 1


def test_the_number_of_bins_is_that_of_the_calibration_error(project: Any) -> None:
    assert gather(project)["bins"]["value"] == BINS


def test_a_class_without_test_documents_has_no_score(project: Any) -> None:
    def empty(metrics: Any) -> None:
        for model in metrics["models"].values():
            leaf = model["summary"]["test"]["per_class"]["class a"]
            leaf.update({key: dict.fromkeys(("mean", "std", "low", "high")) for key in leaf if key != "support"})
            leaf["support"] = {"mean": 0, "std": 0, "low": 0, "high": 0}

    project.edit(project.layout.metrics(project.dataset), empty)
    facts = gather(project)
    assert facts["models"][0]["by_class"]["test"][0]["f1"]["text"] == "–"
    assert [share["value"] for share in facts["prevalence"]] == [0, 100]


def test_results_of_other_models_are_refused_by_name(project: Any) -> None:
    project.edit(project.layout.metrics(project.dataset), lambda metrics: metrics["models"].pop("cnn"))
    with pytest.raises(InputError, match=r"metrics\.json is of the models .*; the report is of majority"):
        gather(project)


def test_a_missing_or_damaged_file_is_named(project: Any) -> None:
    project.layout.model(project.dataset, "cnn", 3).write_bytes(b"PK no zip")
    with pytest.raises(InputError, match=r"cnn/3/model\.zip is damaged"):
        gather(project)
    project.layout.model(project.dataset, "cnn", 3).unlink()
    with pytest.raises(InputError, match=r"cnn/3/model\.zip does not exist"):
        gather(project)
    project.edit(project.layout.card(project.dataset), lambda card: card.pop("audit"))
    with pytest.raises(InputError, match=r"card\.json lacks audit"):
        gather(project)
    project.layout.significance(project.dataset).write_text("{}")
    with pytest.raises(InputError, match=r"significance\.json lacks reference, linear"):
        gather(project)


def test_deterministic_models_are_named(project: Any) -> None:
    def alike(metrics: Any) -> None:
        runs = metrics["models"]["logreg"]["runs"]
        for run in runs:
            run["test"] = runs[0]["test"]

    assert [model["key"] for model in gather(project)["models"] if model["same"]] == ["majority"]
    project.edit(project.layout.metrics(project.dataset), alike)
    facts = gather(project)
    assert [model["key"] for model in facts["models"] if model["same"]] == ["majority", "logreg"]
    assert "Logistic regression is deterministic: all its runs are equal." in facts["sentences"]["runs"]


def test_scores_by_class_are_those_of_each_split(project: Any) -> None:
    metrics = json.loads(project.layout.metrics(project.dataset).read_text())["models"]
    for model in gather(project)["models"]:
        for part, rows in model["by_class"].items():
            for name, row in zip(("class a", "class b"), rows, strict=True):
                expected = metrics[model["key"]]["summary"][part]["per_class"][name]
                assert {key: number["value"] for key, number in row.items()} == pytest.approx(
                    {key: 100 * expected[key]["mean"] for key in row}
                )


def test_a_search_is_guided_only_after_its_random_trials() -> None:
    assert search_facts.RANDOM == search.RANDOM
    trial = {"state": "complete", "score": 0.5, "settings": {}}
    for trials, guided in ((search.RANDOM, False), (search.RANDOM + 1, True)):
        searched = {"model": "mlp", "trials": [trial] * trials, "best": trial, "curve": []}
        assert search_facts.gather_searches({"mlp": searched}, {"space": {"mlp": {}}}, "made-up")["guided"] is guided
