"""Sentences of the report, generated from facts, so that the text cannot claim more than the results show.

A model is called better or worse only if the corrected interval of the difference excludes 0. Otherwise no difference
is shown, and the smallest detectable difference is given. Statements about the highest or lowest mean are descriptive;
the report says so once.
"""

from typing import Any

from lemma.params import find_group
from lemma.report import caption_sentences as captions
from lemma.report import conclusion_sentences as conclusion
from lemma.report import error_sentences as errors
from lemma.report import training_sentences as training
from lemma.report.duplicate_findings import write_findings
from lemma.report.numbers import reading, tenth
from lemma.report.numbers import spread as with_spread
from lemma.report.prose import capitalize, join_words

UNITS = {"phrases": "texts (labelled phrases in the training set, whole sentences in the dev and test sets)"}
PANELS = 7  # classes that the figure of precision-recall curves has room for


def write_sentences(facts: dict[str, Any]) -> dict[str, Any]:
    """Return all generated sentences by the key under which the template finds them.

    Args:
        facts: the facts of the report without sentences, see `lemma.report.facts`.
    """
    return {
        "notice": describe_notice(facts["data"]),
        "used": describe_data(facts["data"]),
        "left_out": describe_removed(facts["data"]),
        "duplicates": " ".join(write_findings(facts["data"]["leaks"])),
        "summary": describe_significance(facts),
        "runs": training.describe_runs(facts),
        "scores": describe_scores(facts),
        "spread": describe_run_variance(facts),
        "unseen": captions.describe_oov(facts["data"]),
        "gap": captions.describe_gap(facts),
        "classes": captions.describe_classes(facts),
        "loss": training.describe_loss(facts),
        "tuning": training.describe_tuning(facts),
        "budget": training.describe_budget(facts),
        "learning": training.describe_learning_curve(facts),
        "calibration": describe_calibration(facts),
        "lengths": errors.describe_lengths(facts),
        "unseen_tokens": errors.describe_unseen(facts),
        "contrast": errors.describe_contrast(facts),
        "disagreement": errors.describe_disagreement(facts),
        "confusion": captions.describe_confusion(facts),
        "precision_recall": describe_precision_recall(facts),
        "claims": describe_claims(facts["claims"]),
        "cost": captions.describe_cost(facts),
        "protocol": conclusion.describe_protocol(facts),
        "published": conclusion.describe_published(facts),
        "conclusion": conclusion.describe_conclusion(facts),
        "limitations": " ".join(conclusion.describe_limitations(facts)),
        "reproduction": conclusion.describe_reproduction(facts),
    }


def describe_notice(data: dict[str, Any]) -> str | None:
    """Return the warning above results on a demonstration data set; None on others."""
    if not data["demonstration"]:
        return None
    return "Results on the sample are a demonstration: they show that the pipeline works, not which model is better."


def describe_removed(data: dict[str, Any]) -> str | None:
    """Return how many documents were removed, by reason; None if none were."""
    removed = [f"{row['number']['text']} ({row['reason']})" for row in data["left_out"]]
    return f"Removed documents: {join_words(removed)}." if removed else None


def describe_data(data: dict[str, Any]) -> str:
    """Return the size of the data set, its unit of text and its primary metric."""
    unit = UNITS.get(data["granularity"], data["granularity"])
    return f"The data set contains {data['documents']['text']} {unit}. Its primary metric is {data['metric']}."


def name_outcome(significant: bool, difference: float) -> str:
    """Return the outcome of a test in a word or two, from the point of view of the first model."""
    if not significant:
        return "not significant"
    return "better" if difference > 0 else "worse"


def describe_significance(facts: dict[str, Any]) -> str:
    """Return the findings of the primary comparisons, and how many exploratory differences are significant."""
    tests = facts["significance"]
    roles = {tests["reference"]: name_reference(facts), tests["linear"]: "the best linear model on dev"}
    findings = [_describe_comparison(row, _names(facts), roles) for row in tests["primary"]]
    others = captions.count_significant(tests["exploratory"])
    return " ".join([*findings, f"In exploratory comparisons of {name_reference(facts)}, {others}"])


def _describe_comparison(row: dict[str, Any], names: dict[str, str], roles: dict[str, str]) -> str:
    """Return the finding of one comparison, with its interval, p-value and the smallest detectable difference."""
    first, second = (
        f"{names[row[side]]}" + (f" ({roles[row[side]]})" if row[side] in roles else "") for side in ("model", "other")
    )
    difference, interval = row["difference"], row["difference"]["interval"]
    evidence = f"{difference['text']} points, interval {interval}, {p_value(row['p'])}"
    if row["significant"]:
        return f"{capitalize(first)} is {row['finding']} than {second}: {evidence}."
    return (
        f"The data show no difference between {first} and {second}: {evidence}; a difference of "
        f"{row['detectable']['text']} points would have been found with a probability of 80\u00a0%."
    )


def name_reference(facts: dict[str, Any]) -> str:
    """Return by what the reference model was chosen."""
    kind = "network" if find_group(facts["significance"]["reference"]) == "network" else "model"
    return f"the best {kind} on dev"


def describe_scores(facts: dict[str, Any]) -> str:
    """Return the test score of the best model on dev and of the majority baseline, and what the tests show."""
    models = {model["key"]: model for model in facts["models"]}
    best = models[facts["significance"]["reference"]]
    metric = facts["data"]["metric"]
    sentence = f"{capitalize(best['name'])} reaches a test {metric} of {reading(best['scores']['test']['score'])}"
    if "majority" in models and best["key"] != "majority":
        sentence += f", the majority baseline {reading(models['majority']['scores']['test']['score'])}"
    tuned = [search["name"] for search in facts["tuning"]["models"]]
    trained = [model for model in facts["models"] if model["key"] != "majority"]
    uneven = tuned and len(tuned) < len(trained)
    only = f" Only the hyperparameters of {join_words(tuned)} were tuned." if uneven else ""
    return f"{sentence}. {describe_significance(facts)}{only}"


def describe_run_variance(facts: dict[str, Any]) -> str:
    """Return the standard deviation over runs, and the range of the models' means, on test without majority."""
    models = [model for model in facts["models"] if model["key"] != "majority"]
    stds = [model["scores"]["test"]["score"].get("std") for model in models]
    known = [std for std in stds if std is not None]
    means = [model["scores"]["test"]["score"]["value"] for model in models]
    if not known or len(models) < 2:
        return "With one run, the variance over runs is unknown."
    return (
        f"The standard deviation over runs is {tenth(min(known))} to {tenth(max(known))} points of "
        f"{facts['data']['metric']}; the means of the models span {tenth(max(means) - min(means))} points."
    )


def describe_calibration(facts: dict[str, Any]) -> str:
    """Return which models have the lowest and the highest expected calibration error on test."""
    names = _names(facts)
    ranked = sorted(
        (row for row in facts["calibration"] if row["model"] != "majority"), key=lambda row: row["ece"]["value"]
    )
    if not ranked:
        return "The probabilities of the majority baseline are the class frequencies of the training set."
    lowest, highest = (f"{names[row['model']]} ({with_spread(row['ece'])} points)" for row in (ranked[0], ranked[-1]))
    if len(ranked) == 1:
        return f"Expected calibration error: {lowest}."
    return f"The expected calibration error is lowest for {lowest} and highest for {highest}."


def describe_precision_recall(facts: dict[str, Any]) -> str:
    """Return the two models with the highest mean macro PR-AUC on test."""
    ranked = sorted(facts["models"], key=lambda model: -(model["scores"]["test"]["pr_auc"]["value"] or 0))
    means = [f"{model['name']} ({reading(model['scores']['test']['pr_auc'])})" for model in ranked[:2]]
    shown = "" if len(facts["data"]["classes"]) <= PANELS else f" Shown are the {PANELS} most frequent classes."
    if len(means) == 1:
        return f"Macro PR-AUC: {means[0]}.{shown}"
    return f"The mean macro PR-AUC is highest for {means[0]}, followed by {means[1]}.{shown}"


def describe_claims(claims: dict[str, Any]) -> str:
    """Return how many claims of the exercises are proved, and how many mutants refuted."""
    total, proved = claims["total"], claims["proved"]
    which = f"All {total['text']}" if proved["value"] == total["value"] else f"{proved['text']} of {total['text']}"
    checked = ", the others checked in part" if proved["value"] < total["value"] else ""
    equivalent = claims["equal"]
    more = f", and {equivalent['text']} others are proved equivalent to their claim" if equivalent["value"] else ""
    return (
        f"{which} claims of the exercises are proved{checked}; "
        f"{claims['refuted']['text']} of {claims['tried']['text']} false variants are refuted{more}."
    )


def _names(facts: dict[str, Any]) -> dict[str, str]:
    """Return the printed name of each model by its key."""
    return {model["key"]: model["name"] for model in facts["models"]}


def p_value(number: dict[str, Any]) -> str:
    """Return an adjusted p-value as text."""
    text = number["text"]
    return f"p\u00a0{text}" if text.startswith("<") else f"p\u00a0=\u00a0{text}"
