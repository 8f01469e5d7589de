"""Sentences about results, made from the outcome of the tests, so that prose cannot claim more than they found.

A model is called better only where the paired test says so after Holm's correction; otherwise no difference was found,
and the p-value stands beside it. Rankings of means are named as such.
"""

from typing import Any

from lemma.report import caption_sentences
from lemma.report.duplicate_findings import findings
from lemma.report.numbers import reading, tenth
from lemma.report.numbers import spread as with_spread
from lemma.report.prose import capital, listed
from lemma.report.training_sentences import budget, learning, loss, runs, tuning

UNITS = {"phrases": "texts, in train labelled phrases, in dev and test whole sentences"}
PANELS = 7  # classes that a figure has room for


def sentences(facts: dict[str, Any]) -> dict[str, Any]:
    """Return every generated sentence by its place in the report.

    Args:
        facts: what `lemma.report.facts` gathered, before sentences.
    """
    return {
        "notice": notice(facts["data"]),
        "used": used(facts["data"]),
        "left_out": left_out(facts["data"]),
        "repeats": " ".join(findings(facts["data"]["leaks"])),
        "summary": summary(facts),
        "runs": runs(facts),
        "scores": scores(facts),
        "spread": spread(facts),
        "unseen": caption_sentences.unseen(facts["data"]),
        "tests": caption_sentences.differences(facts["significance"]),
        "gap": caption_sentences.gap(facts),
        "classes": caption_sentences.classes(facts),
        "loss": loss(facts),
        "tuning": tuning(facts),
        "budget": budget(facts),
        "learning": learning(facts),
        "dominance": dominance(facts),
        "calibration": calibration(facts),
        "lengths": lengths(facts),
        "confusion": caption_sentences.confusion(facts),
        "precision_recall": precision_recall(facts),
        "claims": claims(facts["claims"]),
        "cost": caption_sentences.cost(facts),
    }


def notice(data: dict[str, Any]) -> str | None:
    """Return the warning that belongs over results on a demonstration corpus, else None."""
    if not data["demonstration"]:
        return None
    return "Results on the sample are a demonstration: they show that the pipeline works, not which model is better."


def left_out(data: dict[str, Any]) -> str | None:
    """Return how many documents were left out and why, or None."""
    gone = [f"{row['number']['text']} ({row['reason']})" for row in data["left_out"]]
    return f"Left out: {listed(gone)}." if gone else None


def used(data: dict[str, Any]) -> str:
    """Return how many documents there are, what they are, and what the set's own metric is."""
    what = UNITS.get(data["granularity"], data["granularity"])
    return f"The set holds {data['documents']['text']} {what}; its metric is {data['metric']}."


def finding(significant: bool, difference: float) -> str:
    """Return in a word or two what a test found, said of the model that is best on dev."""
    if not significant:
        return "no difference found"
    return "better" if difference > 0 else "worse"


def summary(facts: dict[str, Any]) -> str:
    """Return the finding in one or two sentences: the best model on dev, what it beats and what it does not."""
    names, tests = _names(facts), facts["significance"]
    best, rows = names[tests["best"]], tests["comparisons"]
    if not rows:
        return f"{capital(best)} is the only model."
    beaten = [names[row["model"]] for row in rows if row["significant"] and row["difference"]["value"] > 0]
    beating = [names[row["model"]] for row in rows if row["significant"] and row["difference"]["value"] <= 0]
    level = [f"{names[row['model']]} ({_p(row)})" for row in rows if not row["significant"]]
    found = [f"better than {listed(beaten)}"] if beaten else []
    found += [f"worse than {listed(beating)}"] if beating else []
    first = f"{capital(best)}, the best model on dev, is {' and '.join(found)} on test" if found else ""
    if not level:
        return f"{first}."
    rest = f"no difference found from {listed(level)}"
    return f"{first}; {rest}." if first else f"{capital(best)} is the best model on dev; on test {rest}."


def scores(facts: dict[str, Any]) -> str:
    """Return the finding of the scores: the best model on dev beside the baseline, then what the tests say."""
    held = {model["key"]: model for model in facts["models"]}
    best = held[facts["significance"]["best"]]
    metric = facts["data"]["metric"]
    reached = f"{capital(best['name'])} reaches {reading(best['scores']['test']['score'])} test {metric}"
    if "majority" in held and best["key"] != "majority":
        reached += f", majority {reading(held['majority']['scores']['test']['score'])}"
    searched = [search["name"] for search in facts["tuning"]["models"]]
    trained = [model for model in facts["models"] if model["key"] != "majority"]
    uneven = searched and len(searched) < len(trained)
    only = f" Only the settings of {listed(searched)} were searched for." if uneven else ""
    return f"{reached}. {summary(facts)}{only}"


def spread(facts: dict[str, Any]) -> str:
    """Return how far runs lie apart and how far models do, in points of the metric on test; majority left out."""
    models = [model for model in facts["models"] if model["key"] != "majority"]
    stds = [model["scores"]["test"]["score"].get("std") for model in models]
    known = [std for std in stds if std is not None]
    means = [model["scores"]["test"]["score"]["value"] for model in models]
    if not known or len(models) < 2:
        return "One run each: how far runs lie apart is not known."
    return (
        f"Runs of one model differ by a standard deviation of {tenth(min(known))} to {tenth(max(known))} points of "
        f"{facts['data']['metric']}, the models’ means by {tenth(max(means) - min(means))} points."
    )


def dominance(facts: dict[str, Any]) -> str:
    """Return over which models the best on dev is almost stochastically dominant, by the runs of both.

    Those without epsilon are left out: neither has chance in it.
    """
    names, held = _names(facts), facts["significance"]
    rows = [row for row in held["comparisons"] if row["epsilon"]["value"] is not None]
    over = [names[row["model"]] for row in rows if row["dominant"]]
    rest = [names[row["model"]] for row in rows if not row["dominant"]]
    if not rows:
        return "How another seed would rank the models is not known: no model has runs that differ."
    said = [f"is almost stochastically dominant over {listed(over)}"] if over else []
    said += [f"is not shown to dominate {listed(rest, last='or')}"] if rest else []
    return f"Over runs {names[held['best']]} {' and '.join(said)}."


def calibration(facts: dict[str, Any]) -> str:
    """Return whose probabilities are nearest to how often they are right, and whose farthest, as a ranking."""
    names = _names(facts)
    ranked = sorted(
        (row for row in facts["calibration"] if row["model"] != "majority"), key=lambda r: r["ece"]["value"]
    )
    if not ranked:
        return "The majority’s probabilities are its frequencies in training."
    least, most = (f"{names[row['model']]} ({with_spread(row['ece'])})" for row in (ranked[0], ranked[-1]))
    if len(ranked) == 1:
        return f"Expected calibration error in points: {least}."
    return f"Expected calibration error in points: least {least}, greatest {most}; a ranking of means."


def lengths(facts: dict[str, Any]) -> str:
    """Return on which lengths of documents the best model on dev is right most and least often, as a ranking."""
    name = _names(facts)[facts["significance"]["best"]]
    ranked = sorted(facts["lengths"], key=lambda row: -row["accuracy"]["value"])
    if len(ranked) < 2:
        return "All documents are of one length."
    most, least = (f"{reading(row['accuracy'])} at {row['words']} words" for row in (ranked[0], ranked[-1]))
    return f"The accuracy of {name} is highest, {most}, and lowest, {least}; a ranking."


def precision_recall(facts: dict[str, Any]) -> str:
    """Return which model's macro PR-AUC on test has the highest mean, as a ranking and no more."""
    ranked = sorted(facts["models"], key=lambda model: -(model["scores"]["test"]["pr_auc"]["value"] or 0))
    means = [f"{model['name']} {reading(model['scores']['test']['pr_auc'])}" for model in ranked[:2]]
    shown = "" if len(facts["data"]["classes"]) <= PANELS else f" Shown: the {PANELS} most frequent classes."
    return f"Highest mean macro PR-AUC: {listed(means, ', then ')}; a ranking of means, not a test.{shown}"


def claims(held: dict[str, Any]) -> str:
    """Return how many claims were proved and how many mutants refuted."""
    if held["proved"]["value"] == held["total"]["value"]:
        proved = f"All {held['total']['text']} claims of the exercises are proved"
    else:
        proved = f"Of {held['total']['text']} claims of the exercises {held['proved']['text']} are proved"
    equal = f", and {held['equal']['text']} more proved equal to their claim" if held["equal"]["value"] else ""
    return f"{proved}; of {held['tried']['text']} falsified variants {held['refuted']['text']} are refuted{equal}."


def _names(facts: dict[str, Any]) -> dict[str, str]:
    return {model["key"]: model["name"] for model in facts["models"]}


def _p(row: dict[str, Any]) -> str:
    text = row["p_holm"]["text"]
    return f"p\u00a0{text}" if text.startswith("<") else f"p\u00a0=\u00a0{text}"
