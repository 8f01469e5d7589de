"""An experiment says which of its values a search may replace."""

from typing import Any

from lemma.experiments.values import searched

VALUES: dict[str, Any] = {"tune": {"models": ["cnn"], "space": {"cnn": {"dropout": {}}, "rnn": {"dropout": {}}}}}


def test_a_value_is_searched_for_if_its_model_is_tuned_and_the_space_names_it() -> None:
    overrides = {"models.cnn.dropout": 0.3, "models.cnn.min_count": 2, "models.rnn.dropout": 0.3, "learn.shares": []}
    assert searched(VALUES, overrides) == ["models.cnn.dropout"]
    assert searched(VALUES, {"models.cnn.learning_rate": 0.1}) == []
