"""The file of the stage `tune`, and how training uses it."""

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
    result: Section = getattr(project.params().models, model)
    return result


def trial(number: int, score: float, state: str = "complete") -> TrialResult:
    return TrialResult(number, {"learning_rate": 0.1 * (number + 1)}, score, state, 1, 0.5, [])


@pytest.mark.parametrize("listed", [False, True])
def test_the_file_of_a_listed_model_holds_every_trial_the_best_and_the_curve(project: Project, listed: bool) -> None:
    result = run(project, listed=listed)
    assert json.loads(project.layout.tuned(DATASET, "mlp").read_text()) == result
    assert result.keys() == {"model", "dataset", "listed", "trials", "best", "curve"}
    assert (result["model"], result["dataset"], result["listed"]) == ("mlp", DATASET, True)
    assert [trial["number"] for trial in result["trials"]] == [*range(14)]
    assert all(trial.keys() == set(FIELDS) for trial in result["trials"])
    scores = [trial["score"] for trial in result["trials"]]
    best = result["trials"][scores.index(max(scores))]
    assert result["best"] == {"settings": best["settings"], "score": best["score"]}
    assert result["curve"] == expected_performance(scores)


def test_training_uses_the_best_hyperparameters_and_keeps_the_other_values(project: Project) -> None:
    result, before = run(project), own(project)
    after = tuned_hyperparameters(project.layout, DATASET, "mlp", before, is_tuned=True)
    assert type(after) is type(before)
    assert after.model_dump() == before.model_dump() | result["best"]["settings"]
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
        result = run(project, model, listed=True, models=[])
        assert result == {"model": model, "dataset": DATASET, "listed": False, "trials": [], "best": None, "curve": []}
        assert json.loads(project.layout.tuned(DATASET, model).read_text()) == result
    assert not ended
    assert not project.state()


def test_without_listed_any_model_is_searched_and_training_is_not_affected(project: Project) -> None:
    result = run(project, models=["logreg"], trials=3)
    assert len(result["trials"]) == 3
    assert not project.layout.tuned(DATASET, "mlp").exists()
    said = format_summary(result)
    assert said.endswith("To train with these, add mlp to tune.models in params.yaml.")
    for name in result["best"]["settings"]:
        assert f"  {name}: " in said
    assert f"dev score {result['best']['score']:.4f}, the best of 3 trials" in said
    assert "add mlp" not in format_summary(run(project, trials=3))


def test_the_best_trial_is_complete_and_the_earliest_of_equal_ones() -> None:
    trials = [trial(0, 0.5), trial(1, 0.9, "pruned"), trial(2, 0.7), trial(3, 0.7), trial(4, 0, "diverged")]
    result = search_result(DATASET, "mlp", True, trials)
    assert result["best"] == {"settings": trials[2].settings, "score": 0.7}
    assert "the best of 5 trials (1 pruned, 1 diverged)." in format_summary(result)
    assert result["curve"] == expected_performance([0.5, 0.9, 0.7, 0.7, 0.0]), "pruned trials were part of the budget"


def test_a_search_whose_trials_all_diverge_is_an_error() -> None:
    with pytest.raises(CheckError, match="none of 2 trials is complete"):
        search_result(DATASET, "mlp", True, [trial(0, 0.0, "diverged"), trial(1, 0.0, "diverged")])


def test_an_unknown_model_and_an_empty_search_space_are_errors(project: Project) -> None:
    with pytest.raises(InputError, match="Unknown model 'lstm'"):
        run(project, "lstm")
    with pytest.raises(InputError, match=r"tune\.space\.majority is empty"):
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
