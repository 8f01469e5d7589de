"""The values of an experiment that a hyperparameter search replaces are recognised."""

from typing import Any

from lemma.experiments.score_parameters import list_first_trial_keys, list_searched_keys

SPACE: dict[str, Any] = {
    "cnn": {"dropout": {}, "feature_selection": None},
    "rnn": {"dropout": {}},
    "mlp": {"dropout": {}},
}
VALUES: dict[str, Any] = {
    "experiment": {"models": ["cnn", "rnn"]},
    "tune": {"models": ["cnn", "mlp"], "space": SPACE},
}


def test_a_value_is_searched_if_its_model_is_tuned_and_the_search_space_has_it() -> None:
    overrides = {
        "models.cnn.dropout": 0.3,
        "models.cnn.min_count": 2,
        "models.rnn.dropout": 0.3,
        "learning_curve.train_fractions": [],
    }
    assert list_searched_keys(VALUES, overrides) == ["models.cnn.dropout"]
    assert list_searched_keys(VALUES, {"models.cnn.learning_rate": 0.1}) == []
    assert list_searched_keys(VALUES, {"models.cnn.feature_selection": 0.1}) == [], "null: it is not searched for"


def test_a_section_sets_each_of_its_values() -> None:
    for overrides in ({"models.cnn": {"dropout": 0.3, "filters": 50}}, {"models": {"cnn": {"dropout": 0.3}}}):
        assert list_searched_keys(VALUES, overrides) == ["models.cnn.dropout"]
        assert list_first_trial_keys(VALUES, overrides) == set(overrides)
    assert list_searched_keys(VALUES, {"models.cnn": {"filters": 50}}) == []


def test_a_model_that_is_not_trained_is_not_searched() -> None:
    assert list_searched_keys(VALUES, {"models.mlp.dropout": 0.3}) == []
