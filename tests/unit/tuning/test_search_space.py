"""The search space is checked when params.yaml is read, and proposals are in it."""

from pathlib import Path
from typing import Any

import optuna
import pytest
import yaml

from lemma.errors import InputError
from lemma.params import Models, Params, load, override
from lemma.tuning.search_space import get_search_space, suggest
from tests.unit.training import tiny
from tests.unit.tuning.conftest import settings

OWN = load(tiny.ROOT / "params.yaml")


def mistakes(folder: Path, model: str, searched: Any) -> list[str]:
    """Return the error message for a search space: one line for each mistake."""
    values = settings()
    values["tune"]["space"][model] = searched
    (folder / "params.yaml").write_text(yaml.safe_dump(values))
    with pytest.raises(InputError) as caught:
        load(folder / "params.yaml")
    return [line.strip() for line in caught.value.what.split("\n")[1:]]


@pytest.mark.parametrize(
    ("model", "searched", "told"),
    [
        ("cnn", {"filter": [1]}, "tune.space.cnn.filter: Unknown key 'filter'. Did you mean 'filters'?"),
        (
            "logreg",
            {"filters": [1]},
            "tune.space.logreg.filters: Unknown key 'filters'. Choose one of: term_weighting, ngrams",
        ),
        ("lstm", {}, "tune.space.lstm: Unknown key 'lstm'."),
        ("cnn", {"filters": [100, 0]}, "tune.space.cnn.filters.1: input should be greater than or equal to 1 (got 0)"),
        ("cnn", {"filters": []}, "tune.space.cnn.filters: list should have at least 1 item"),
        ("cnn", {"filters": [1, 1]}, "tune.space.cnn.filters: the same entry occurs twice"),
        ("cnn", {"filters": 3}, "tune.space.cnn.filters: input should be a section: keys and their values (got 3)"),
        ("cnn", {"filters": {"low": 1.5, "high": 3}}, "tune.space.cnn.filters.low: input should be a valid integer"),
        ("cnn", {"filters": {"low": 3, "high": 3}}, "tune.space.cnn.filters: low must be below high"),
        ("cnn", {"filters": {"low": 3}}, "tune.space.cnn.filters.high: is missing"),
        ("cnn", {"filters": {"low": 1, "high": 2, "step": 1}}, "tune.space.cnn.filters.step: Unknown key 'step'."),
        ("cnn", {"dropout": {"low": 0.5, "high": 1.0}}, "tune.space.cnn.dropout.high: input should be less than 1"),
        ("cnn", {"dropout": {"low": 0.0, "high": 0.5, "log": True}}, "tune.space.cnn.dropout: low must be positive"),
        ("cnn", {"kernel_sizes": [3, 4]}, "tune.space.cnn.kernel_sizes.0: input should be a valid list (got 3)"),
        ("rnn", {"cell": {"low": 1, "high": 2}}, "tune.space.rnn.cell: input should be a valid list"),
        ("rnn", {"cell": ["gru", "rnn"]}, "tune.space.rnn.cell.1: input should be 'lstm' or 'gru' (got 'rnn')"),
    ],
)
def test_an_error_names_its_key(tmp_path: Path, model: str, searched: Any, told: str) -> None:
    assert mistakes(tmp_path, model, searched)[0].startswith(told)


@pytest.mark.parametrize(
    ("models", "told"),
    [
        (["cn"], "tune.models: unknown model 'cn'. Did you mean 'cnn'?"),
        (["cnn", "cnn"], "tune.models: the same entry occurs twice"),
        ("cnn", "tune.models: input should be a valid list"),
        ([["cnn"]], "tune.models.0: input should be a valid string"),
    ],
)
def test_tune_models_must_be_models(tmp_path: Path, models: Any, told: str) -> None:
    values = settings(models=models)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(values))
    with pytest.raises(InputError) as caught:
        load(tmp_path / "params.yaml")
    assert caught.value.what.split("\n")[1].strip().startswith(told)


@pytest.mark.parametrize("model", [name for name in Models.model_fields if name != "majority"])
def test_every_proposal_of_the_projects_search_space_is_valid_and_in_it(model: str) -> None:
    searched = get_search_space(OWN.tune, model)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(40):
        chosen = suggest(study.ask(), searched)
        assert chosen.keys() == searched.keys()
        for name, value in chosen.items():
            domain = searched[name]
            inside = value in domain if isinstance(domain, list) else domain["low"] <= value <= domain["high"]
            assert inside, (name, value)
        full = override(getattr(OWN.models, model), chosen).model_dump()
        assert full == getattr(OWN.models, model).model_dump() | chosen


def test_integers_stay_integers_and_float_ranges_with_integer_limits_stay_float() -> None:
    params = Params.model_validate(
        settings(space=settings()["tune"]["space"] | {"mlp": {"embedding_dim": {"low": 1, "high": 9, "log": True}},
                                                      "logreg": {"c": {"low": 1, "high": 9}}})
    )  # fmt: skip
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    assert {type(suggest(study.ask(), get_search_space(params.tune, "mlp"))["embedding_dim"]) for _ in range(9)} == {
        int
    }
    assert {type(suggest(study.ask(), get_search_space(params.tune, "logreg"))["c"]) for _ in range(9)} == {float}


def test_a_section_and_null_can_be_options() -> None:
    options = [None, {"by": "chi2", "features": 3}]
    params = Params.model_validate(
        settings(space=settings()["tune"]["space"] | {"logreg": {"feature_selection": options}})
    )
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    proposals = [suggest(study.ask(), get_search_space(params.tune, "logreg")) for _ in range(20)]
    assert all(values["feature_selection"] in options for values in proposals)
    full = [override(params.models.logreg, values).model_dump()["feature_selection"] for values in proposals]
    assert None in full
    assert options[1] in full


def test_an_empty_search_space_is_an_error() -> None:
    with pytest.raises(InputError, match=r"tune\.space\.majority is empty"):
        get_search_space(OWN.tune, "majority")
