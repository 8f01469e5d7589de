"""Compare two experiments: for each model of both the difference, its interval and a corrected p-value.

If the trainings of both exist, their predictions are compared (`compare_documents`), else the recorded scores
(`compare_runs`).
"""

from dataclasses import replace
from pathlib import Path

from lemma import params as parameters
from lemma.errors import InputError, choose
from lemma.evaluation.significance import adjust_holm
from lemma.experiments.combine_errors import combine_errors
from lemma.experiments.compare_documents import compare_documents
from lemma.experiments.compare_runs import compare_runs
from lemma.experiments.comparison import Comparison, Comparisons
from lemma.experiments.current_values import check_current_values
from lemma.experiments.predictions import NoPredictionsError
from lemma.experiments.results import PRESENT, PRESENT_NAMES, Results, load_results
from lemma.experiments.score_parameters import hash_score_parameters, list_differences, select_search

SPLITS = ("dev", "test")


def compare_experiments(
    root: Path, first: str, second: str, dataset: str | None = None, model: str | None = None, split: str = "dev"
) -> Comparisons:
    """Compare two experiments on all data sets and models that they share.

    p-values are corrected for the number of all comparisons. Models with identical values in both experiments are not
    compared. On dev a model has no interval and no p-value if its hyperparameters were selected on dev by different
    searches, or in one experiment only.

    Args:
        root: the folder that holds params.yaml.
        first: name of an experiment, or `params.yaml` or `.` for the present results.
        second: of the second; differences are its scores minus those of the first.
        dataset: compare on this data set only.
        model: compare this model only.
        split: dev or test.

    Returns:
        The comparisons, with the errors of data sets and models that cannot be compared.

    Raises:
        InputError: an experiment has no results, the two are the same or share no data set or model, or no comparison
            is possible.
    """
    if split not in SPLITS:
        raise choose("split", split, list(SPLITS))
    names = [PRESENT if name in PRESENT_NAMES else name for name in (first, second)]
    if names[0] == names[1]:
        raise InputError(
            f"An experiment cannot be compared with itself: {names[0]} is given twice.", "Name two experiments."
        )
    settings = parameters.load(root / "params.yaml").evaluate
    results = load_results(root, names[0]), load_results(root, names[1])
    notes: list[str] = []
    failures = [failure for experiment in results for failure in experiment.failures]
    identical: dict[str, list[str]] = {}
    compared: dict[str, list[str]] = {}
    items: list[Comparison] = []
    for name, candidates in _list_shared(*results, dataset, model):
        current = _select_current(results, name, candidates, notes, failures)
        hashes = {
            model_name: [hash_score_parameters(experiment.params, name, model_name) for experiment in results]
            for model_name in current
        }
        if same := [model_name for model_name in current if hashes[model_name][0] == hashes[model_name][1]]:
            identical[name] = same
        if different := [model_name for model_name in current if model_name not in same]:
            compared[name] = different
            items += _compare_dataset(results, name, different, split, settings, failures)
    models = list(dict.fromkeys(model_name for names in compared.values() for model_name in names))
    tuned = _list_tuned(results, models, split)
    items = _correct_p_values([_without_tests(item, tuned) for item in items])
    if not any(row.p is not None or row.is_selected for item in items for row in item.differences):
        raise combine_errors(failures) if failures and not items else _inconclusive_error(results, items, identical)
    values = list_differences(results[0].params, results[1].params, list(compared), models)
    return Comparisons(names[0], names[1], values, items, identical, tuned, notes, failures)


def _select_current(
    results: tuple[Results, Results], dataset: str, models: list[str], notes: list[str], failures: list[InputError]
) -> list[str]:
    """Return the models whose values are known: for the present results only those trained with the values of now."""
    present = next((experiment for experiment in results if experiment.name == PRESENT), None)
    if present is None:
        return models
    current, unchecked = [], []
    for model in models:
        try:
            unchecked += [] if check_current_values(present, dataset, model) else [model]
            current.append(model)
        except InputError as error:
            failures.append(error)
    if unchecked:
        notes.append(
            f"Not checked: whether params.yaml is newer than the results of {', '.join(unchecked)} on {dataset}, since "
            f"trainings are missing in {present.layout.root / 'models' / dataset}."
        )
    return current


def _compare_dataset(
    results: tuple[Results, Results],
    dataset: str,
    models: list[str],
    split: str,
    settings: parameters.Evaluate,
    failures: list[InputError],
) -> list[Comparison]:
    """Compare models by documents, and models without predictions by runs; append errors to `failures`."""
    items = []
    try:
        try:
            comparison, reasons = compare_documents(*results, dataset, models, split, settings)
            items += [comparison] if comparison.differences else []
        except NoPredictionsError as error:
            reasons = dict.fromkeys(models, str(error))
        if reasons:
            reason = "; ".join(dict.fromkeys(reasons.values()))
            items.append(compare_runs(*results, dataset, list(reasons), split, settings.confidence, reason))
    except InputError as error:
        failures.append(error)
    return items


def _list_tuned(results: tuple[Results, Results], models: list[str], split: str) -> dict[str, list[str]]:
    """Return by model the experiments that tuned it, if the split is dev and their searches differ."""
    tuned = {}
    for model in models if split == "dev" else []:
        searches = [select_search(experiment.params, model) for experiment in results]
        if searches[0] != searches[1]:
            tuned[model] = [experiment.name for experiment, search in zip(results, searches) if search is not None]
    return tuned


def _without_tests(comparison: Comparison, tuned: dict[str, list[str]]) -> Comparison:
    """Remove interval and p-value of the models whose hyperparameters were selected on the split."""
    rows = [
        replace(row, low=None, high=None, p=None, is_selected=True) if row.model in tuned else row
        for row in comparison.differences
    ]
    return replace(comparison, differences=rows)


def _correct_p_values(comparisons: list[Comparison]) -> list[Comparison]:
    """Correct the p-values of all comparisons for their number (Holm, 1979)."""
    p = [row.p for comparison in comparisons for row in comparison.differences if row.p is not None]
    corrected = iter(adjust_holm(p))
    return [
        replace(
            comparison,
            differences=[
                replace(row, p_holm=next(corrected) if row.p is not None else None) for row in comparison.differences
            ],
        )
        for comparison in comparisons
    ]


def _inconclusive_error(
    results: tuple[Results, Results], items: list[Comparison], identical: dict[str, list[str]]
) -> InputError:
    """Return the error for comparisons without any interval or p-value."""
    first, second = results
    if not items:
        summary = "; ".join(f"{', '.join(models)} on {dataset}" for dataset, models in identical.items())
        return InputError(
            f"{first.name} and {second.name} have identical values for every model that they share ({summary}).",
            "Compare experiments with different values.",
        )
    names = [experiment.name for experiment in results if experiment.costs and experiment.missing]
    return InputError(
        f"The differences of {first.name} and {second.name} cannot be tested: their scores do not vary over runs, or "
        f"there is one run, and predictions do not exist ({items[0].reason}).",
        f"Run `lemma experiment run {' '.join(names or [first.name, second.name])}` to train again.",
    )


def _list_shared(
    first: Results, second: Results, dataset: str | None, model: str | None
) -> list[tuple[str, list[str]]]:
    """Return the data sets of both experiments, each with the models of both."""
    datasets = [name for name in first.datasets if name in second.datasets]
    if not datasets:
        have = " and ".join(f"{', '.join(experiment.datasets)} ({experiment.name})" for experiment in (first, second))
        raise InputError(
            f"{first.name} and {second.name} share no data set: they have {have}.", "Compare two that share one."
        )
    if dataset is not None and dataset not in datasets:
        raise choose("data set of both experiments", dataset, datasets)
    shared = {
        name: [model_name for model_name in first.models(name) if model_name in second.models(name)]
        for name in ([dataset] if dataset is not None else datasets)
    }
    models = list(dict.fromkeys(model_name for names in shared.values() for model_name in names))
    if not models:
        raise InputError(
            f"{first.name} and {second.name} share no model on {', '.join(shared)}.", "Compare two that share one."
        )
    if model is not None and model not in models:
        raise choose("model of both experiments", model, models)
    chosen = {
        name: [model_name for model_name in names if model in (None, model_name)] for name, names in shared.items()
    }
    return [(name, names) for name, names in chosen.items() if names]
