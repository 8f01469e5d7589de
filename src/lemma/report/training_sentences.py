"""Sentences about training: number of runs, loss, tuning of hyperparameters, and learning curves."""

from typing import Any

from lemma.report.model_names import NAMES
from lemma.report.numbers import signed, tenth
from lemma.report.numbers import spread as with_spread
from lemma.report.prose import capitalize, join_words


def describe_runs(facts: dict[str, Any]) -> str:
    """Return how often each model is trained, what differs between runs, and which models are deterministic."""
    if facts["runs"]["value"] == 1:
        return "Each model is trained once."
    varied = "test folds and seeds" if facts["data"]["folds"] else "seeds"
    same = [model["name"] for model in facts["models"] if model["same"] and model["key"] != "majority"]
    verb, whose = ("is", "its") if len(same) == 1 else ("are", "their")
    deterministic = f" {capitalize(join_words(same))} {verb} deterministic: all {whose} runs are equal." if same else ""
    return f"Each model is trained {facts['runs']['text']} times with different {varied}.{deterministic}"


def describe_loss(facts: dict[str, Any]) -> str:
    """Return the best epoch on dev of each network, and whether its mean dev loss rises after the minimum."""
    if not facts["loss"]:
        return "No model of this report is trained in epochs."
    models = {model["key"]: model for model in facts["models"]}
    best_epochs, rising, level = [], [], []
    for curve in facts["loss"]:
        model, lowest, last = models[curve["model"]], curve["lowest"], curve["last"]
        best_epochs.append(f"{with_spread(model['best_epoch'])} ({model['name']})")
        if last["value"] > lowest["value"] and last["text"] != lowest["text"]:
            rising.append(f"from {lowest['text']} to {last['text']} ({model['name']})")
        else:
            level.append(model["name"])
    changes = [f"rises {join_words(rising)}"] if rising else []
    changes += [f"does not rise for {join_words(level)}"] if level else []
    return (
        f"The best epoch on dev is {join_words(best_epochs)}. After its minimum, the mean dev loss over the epochs "
        f"that all runs reached {' and '.join(changes)}."
    )


def describe_tuning(facts: dict[str, Any]) -> str:
    """Return the hyperparameters of which models were tuned, and with how many trials."""
    searches = {search["key"]: search for search in facts["tuning"]["models"]}
    others = [model["name"] for model in facts["models"] if model["key"] not in {*searches, "majority"}]
    if not searches:
        return "Hyperparameters were not tuned; they were set by hand."
    counts = {search["trials"]["text"] for search in searches.values()}
    trials = f"with {counts.pop()} trials each" if len(counts) == 1 else "with the number of trials in that table"
    fixed = f" Those of {join_words(others)} were not tuned, but set by hand." if others else ""
    fixed += " The dev documents of this run are test documents of other runs." if facts["data"]["folds"] else ""
    names = join_words([search["name"] for search in searches.values()])
    metric = facts["data"]["metric"]
    return f"The hyperparameters of {names} were tuned {trials}, for dev {metric} in one run.{fixed}"


def describe_budget(facts: dict[str, Any]) -> str:
    """Return which model has the highest expected dev score with one trial, and which with all trials."""
    curves = {search["model"]: search["curve"] for search in facts["tuning"]["curves"]}
    if not curves:
        return ""
    leaders = [max(curves, key=lambda model: curves[model][place]["expected"]) for place in (0, -1)]
    first, last = (NAMES.get(model, model) for model in leaders)
    with_all = "and with all trials" if first == last else f"{last} with all"
    comma = "" if first == last else ","
    return f"{capitalize(first)} has the highest expected score with one trial{comma} {with_all}."


def describe_learning_curve(facts: dict[str, Any]) -> str:
    """Return the dev scores with the smallest fraction of the training set and with all of it, and the gains."""
    rows = [row for row in facts["learning"] if row["model"] != "majority" and len(row["points"]) > 1]
    if not rows:
        return "No model was trained on a fraction of the training set."
    scores = [[row["points"][place]["dev"]["value"] for row in rows] for place in (0, -1)]
    few, full = (f"{tenth(min(values))} to {tenth(max(values))}\u00a0%" for values in scores)
    metric, percent = facts["data"]["metric"], rows[0]["points"][0]["share"]
    sentence = f"With {percent}\u00a0% of the training set, dev {metric} is {few}; with all of it, {full}."
    if len(rows) == 1:
        return sentence
    gains = {row["model"]: last - first for row, first, last in zip(rows, *scores)}
    largest, smallest = (
        f"for {NAMES.get(model, model)} ({signed(gains[model])} points)"
        for model in (max(gains, key=lambda key: gains[key]), min(gains, key=lambda key: gains[key]))
    )
    return f"{sentence} The gain is largest {largest} and smallest {smallest}."
