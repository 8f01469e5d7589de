"""The stage's file, and what training takes from it."""

import json
from typing import Any

import pytest

from lemma.errors import CheckError, InputError
from lemma.files import write_json
from lemma.params import Section
from lemma.training.hyperparameters import tuned_hyperparameters
from lemma.tuning.expected_performance import expected_performance
from lemma.tuning.search import TrialResult
from lemma.tuning.tune import FIELDS, format_summary, search_result, tune
from tests.unit.training.tiny import DATASET
from tests.unit.tuning.conftest import Project

pytestmark = pytest.mark.usefixtures("scripted")


def run(project: Project, model: str = "mlp", listed: bool = False, **changed: Any) -> dict[str, Any]:
    return tune(project.layout, DATASET, model, project.params(**changed), listed)[0]


def own(project: Project, model: str = "mlp") -> Section:
    held: Section = getattr(project.params().models, model)
    return held


def attempt(number: int, score: float, state: str = "complete") -> TrialResult:
    return TrialResult(number, {"learning_rate": 0.1 * (number + 1)}, score, state, 1, 0.5, [])


@pytest.mark.parametrize("listed", [False, True])
def test_the_file_of_a_listed_model_holds_every_trial_the_best_and_the_curve(project: Project, listed: bool) -> None:
    held = run(project, listed=listed)
    assert json.loads(project.layout.tuned(DATASET, "mlp").read_text()) == held
    assert held.keys() == {"model", "dataset", "listed", "trials", "best", "curve"}
    assert (held["model"], held["dataset"], held["listed"]) == ("mlp", DATASET, True)
    assert [trial["number"] for trial in held["trials"]] == [*range(14)]
    assert all(trial.keys() == set(FIELDS) for trial in held["trials"])
    scores = [trial["score"] for trial in held["trials"]]
    best = held["trials"][scores.index(max(scores))]
    assert held["best"] == {"settings": best["settings"], "score": best["score"]}
    assert held["curve"] == expected_performance(scores)


def test_training_uses_the_best_hyperparameters_and_keeps_the_other_values(project: Project) -> None:
    held, before = run(project), own(project)
    after = tuned_hyperparameters(project.layout, DATASET, "mlp", before, is_tuned=True)
    assert type(after) is type(before)
    assert after.model_dump() == before.model_dump() | held["best"]["settings"]
    assert after != before


def test_without_a_file_or_a_search_the_values_stay_unchanged(project: Project) -> None:
    before = own(project)
    assert tuned_hyperparameters(project.layout, DATASET, "mlp", before) is not None
    assert tuned_hyperparameters(project.layout, DATASET, "mlp", before) == before
    run(project, listed=True, models=[])
    assert project.layout.tuned(DATASET, "mlp").exists()
    assert tuned_hyperparameters(project.layout, DATASET, "mlp", before) == before
    with pytest.raises(InputError, match=r"tune\.models names mlp") as caught:
        tuned_hyperparameters(project.layout, DATASET, "mlp", before, is_tuned=True)
    assert f"lemma tune {DATASET} mlp" in caught.value.fix


def test_with_listed_a_model_that_tune_models_lacks_is_not_searched(project: Project, ended: list[int]) -> None:
    for model in ("mlp", "majority"):
        held = run(project, model, listed=True, models=[])
        assert held == {"model": model, "dataset": DATASET, "listed": False, "trials": [], "best": None, "curve": []}
        assert json.loads(project.layout.tuned(DATASET, model).read_text()) == held
    assert not ended
    assert not project.state()


def test_without_listed_any_model_is_searched_and_training_is_not_affected(project: Project) -> None:
    held = run(project, models=["logreg"], trials=3)
    assert len(held["trials"]) == 3
    assert not project.layout.tuned(DATASET, "mlp").exists()
    said = format_summary(held)
    assert said.endswith("To train with these, add mlp to tune.models in params.yaml.")
    for name in held["best"]["settings"]:
        assert f"  {name}: " in said
    assert f"dev score {held['best']['score']:.4f}, the best of 3 trials" in said
    assert "add mlp" not in format_summary(run(project, trials=3))


def test_the_best_trial_is_complete_and_the_earliest_of_equal_ones() -> None:
    attempts = [attempt(0, 0.5), attempt(1, 0.9, "pruned"), attempt(2, 0.7), attempt(3, 0.7), attempt(4, 0, "diverged")]
    held = search_result(DATASET, "mlp", True, attempts)
    assert held["best"] == {"settings": attempts[2].settings, "score": 0.7}
    assert "the best of 5 trials (1 pruned, 1 diverged)." in format_summary(held)
    assert held["curve"] == expected_performance([0.5, 0.9, 0.7, 0.7, 0.0]), "pruned trials were part of the budget"


def test_a_search_whose_trials_all_diverge_is_an_error() -> None:
    with pytest.raises(CheckError, match="none of 2 trials trained to its end"):
        search_result(DATASET, "mlp", True, [attempt(0, 0.0, "diverged"), attempt(1, 0.0, "diverged")])


def test_an_unknown_model_and_an_empty_search_space_are_errors(project: Project) -> None:
    with pytest.raises(InputError, match="Unknown model 'lstm'"):
        run(project, "lstm")
    with pytest.raises(InputError, match=r"tune\.space\.majority names nothing"):
        run(project, "majority")


GOOD: dict[str, Any] = {"model": "mlp", "dataset": DATASET, "best": {"settings": {"dropout": 0.1}, "score": 0.5}}


@pytest.mark.parametrize(
    "content",
    [
        [],
        None,
        {},
        GOOD | {"model": "cnn"},
        GOOD | {"dataset": "other"},
        GOOD | {"best": 3},
        GOOD | {"best": {"score": 0.5}},
        GOOD | {"best": {"settings": {}}},
        GOOD | {"best": {"settings": {"dropuot": 0.1}}},
        GOOD | {"best": {"settings": {"dropout": 1.5}}},
        GOOD | {"best": {"settings": {"dropout": "0.1"}}},
    ],
    ids=str,
)
def test_a_damaged_file_is_an_error_with_a_fix(project: Project, content: Any) -> None:
    path = project.layout.tuned(DATASET, "mlp")
    write_json(path, GOOD)
    assert tuned_hyperparameters(project.layout, DATASET, "mlp", own(project)).model_dump()["dropout"] == 0.1
    write_json(path, content)
    with pytest.raises(InputError) as caught:
        tuned_hyperparameters(project.layout, DATASET, "mlp", own(project))
    assert str(path) in caught.value.what
    assert f"lemma tune {DATASET} mlp" in caught.value.fix
    path.write_text('{"model": ')
    with pytest.raises(InputError, match="is not JSON"):
        tuned_hyperparameters(project.layout, DATASET, "mlp", own(project))
