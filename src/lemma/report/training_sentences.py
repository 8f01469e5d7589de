"""Sentences about trainings: how often, how long, with which settings, and what losses and learning curves show."""

from typing import Any

from lemma.report.model_names import NAMES
from lemma.report.numbers import signed, tenth
from lemma.report.numbers import spread as with_spread
from lemma.report.prose import capital, listed


def runs(facts: dict[str, Any]) -> str:
    """Return how often each model is trained, and what differs."""
    if facts["runs"]["value"] == 1:
        return "Each model is trained once."
    differs = "another fold held out and another seed" if facts["data"]["folds"] else "another seed"
    same = [model["name"] for model in facts["models"] if model["same"] and model["key"] != "majority"]
    verb = "draws" if len(same) == 1 else "draw"
    alike = f" {capital(listed(same))} {verb} nothing at random: all runs are the same." if same else ""
    return f"Each model is trained {facts['runs']['text']} times, with {differs} each time.{alike}"


def loss(facts: dict[str, Any]) -> str:
    """Return which epoch is the best on dev, and whether mean dev loss rises after its lowest."""
    if not facts["loss"]:
        return "No model of this report trains by epochs."
    models = {model["key"]: model for model in facts["models"]}
    kept, rising, level = [], [], []
    for curve in facts["loss"]:
        model, lowest, last = models[curve["model"]], curve["lowest"], curve["last"]
        kept.append(f"{with_spread(model['best_epoch'])} ({model['name']})")
        if last["value"] > lowest["value"] and last["text"] != lowest["text"]:
            rising.append(f"from {lowest['text']} to {last['text']} ({model['name']})")
        else:
            level.append(model["name"])
    after = [f"rises {listed(rising)}"] if rising else []
    after += [f"does not rise for {listed(level)}"] if level else []
    told = f"after its lowest, mean dev loss over the epochs that all runs reached {' and '.join(after)}"
    return f"The best epoch on dev is {listed(kept)}; {told}."


def tuning(facts: dict[str, Any]) -> str:
    """Return which models' settings were searched for, how often, and whose were not."""
    searched = {search["key"]: search for search in facts["tuning"]["models"]}
    others = [model["name"] for model in facts["models"] if model["key"] not in {*searched, "majority"}]
    if not searched:
        return "No settings were searched for: all are the values of params.yaml."
    counts = {search["trials"]["text"] for search in searched.values()}
    each = f"{counts.pop()} trials each" if len(counts) == 1 else "as many trials as stand there"
    fixed = f" Those of {listed(others)} were not: they are the values of params.yaml." if others else ""
    fixed += " The dev part of that run is in the test part of others." if facts["data"]["folds"] else ""
    return (
        f"The settings of {listed([search['name'] for search in searched.values()])} were searched for, with {each}, "
        f"judged by {facts['data']['metric']} on dev in one run.{fixed}"
    )


def budget(facts: dict[str, Any]) -> str:
    """Return which model leads with one trial and which with all, as a ranking of what is expected."""
    curves = {held["model"]: held["curve"] for held in facts["tuning"]["curves"]}
    if not curves:
        return ""
    ahead = [max(curves, key=lambda model: curves[model][place]["expected"]) for place in (0, -1)]
    first, last = (NAMES.get(model, model) for model in ahead)
    said = f"{first} leads with one trial and with all" if first == last else f"{first} leads at first, {last} with all"
    return f"{capital(said)}; a ranking, not a test."


def learning(facts: dict[str, Any]) -> str:
    """Return what the models reach with the fewest documents and with all, and who gains most and least, in means."""
    rows = [row for row in facts["learning"] if row["model"] != "majority" and len(row["points"]) > 1]
    if not rows:
        return "No model was trained on a share of the documents."
    ends = [[row["points"][place]["dev"]["value"] for row in rows] for place in (0, -1)]
    few, many = (f"{tenth(min(values))} to {tenth(max(values))}\u00a0%" for values in ends)
    share = rows[0]["points"][0]["share"]
    said = f"With {share}\u00a0% of the training documents dev {facts['data']['metric']} is {few}, with all {many}"
    if len(rows) == 1:
        return f"{said}."
    gains = {row["model"]: last - first for row, first, last in zip(rows, *ends)}
    most, least = (pick(gains, key=lambda model: gains[model]) for pick in (max, min))
    gained = [
        f"{NAMES.get(model, model)} gains {how} ({signed(gains[model])})"
        for model, how in ((most, "most"), (least, "least"))
    ]
    return f"{said}; {' and '.join(gained)}, a ranking of means."
