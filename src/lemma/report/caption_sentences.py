"""Sentences of captions that state the main result of a table, generated from the numbers in it."""

from typing import Any

from lemma.report.numbers import reading, tenth


def describe_oov(data: dict[str, Any]) -> str:
    """Return the fraction of test tokens that do not occur in the training set."""
    fraction = next(split["unseen"] for split in data["parts"] if split["part"] == "test")
    return f"{reading(fraction)} of the test tokens do not occur in the training set." if fraction["value"] else ""


def count_significant(comparisons: list[dict[str, Any]]) -> str:
    """Return how many differences of a family are significant after the correction, as a clause."""
    significant, total = sum(row["significant"] for row in comparisons), len(comparisons)
    if not total:
        return "there is no further model."
    if total == 1:
        return f"the difference is {'significant' if significant else 'not significant'}."
    if significant in (0, total):
        which = ("both" if total == 2 else f"all {total}") if significant else "neither" if total == 2 else "none"
        verb = "is" if not significant else "are"
        return f"{which} of the differences {verb} significant."
    return f"{significant} of {total} differences {'is' if significant == 1 else 'are'} significant."


def describe_gap(facts: dict[str, Any]) -> str:
    """Return for which model the mean difference between train and test score is largest and smallest, in points."""
    metric, gaps = facts["data"]["metric"], {}
    for model in facts["models"]:
        train, test = (model["scores"][split]["score"]["value"] for split in ("train", "test"))
        if model["key"] != "majority" and train is not None and test is not None:
            gaps[model["name"]] = train - test
    if not gaps:
        return ""
    largest, smallest = (f"for {name} ({tenth(gaps[name])} points)" for name in _extremes(gaps))
    if len(gaps) == 1:
        return f"The difference between train and test {metric} is {tenth(max(gaps.values()))} points."
    return f"The difference between train and test {metric} is largest {largest} and smallest {smallest}."


def describe_confusion(facts: dict[str, Any]) -> str:
    """Return which confusion of two classes has the largest fraction of a class, for the reference model."""
    names = facts["data"]["classes"]
    confusions = {
        (names[true], names[predicted]): fraction
        for true, row in enumerate(facts["confusion"])
        for predicted, fraction in enumerate(row)
        if true != predicted and fraction["value"]
    }
    if not confusions:
        return "No test document is misclassified."
    true, predicted = max(confusions, key=lambda pair: confusions[pair]["value"])
    fraction = reading(confusions[true, predicted])
    return f"The most frequent confusion is {true} predicted as {predicted}: {fraction} of the class."


def describe_classes(facts: dict[str, Any]) -> str:
    """Return on which class the reference model has the highest and the lowest F1 on test."""
    best = next(model for model in facts["models"] if model["key"] == facts["significance"]["reference"])
    f1 = {
        name: scores["f1"]
        for name, scores in zip(facts["data"]["classes"], best["by_class"]["test"])
        if scores["f1"]["value"] is not None
    }
    ranked = sorted(f1, key=lambda name: -f1[name]["value"])
    highest, lowest = (f"for {name} ({reading(f1[name])})" for name in (ranked[0], ranked[-1]))
    return f"The test F1 of {best['name']} is highest {highest} and lowest {lowest}."


def describe_cost(facts: dict[str, Any]) -> str:
    """Return the shortest and the longest mean training time of a model, without majority."""
    trained = [model for model in facts["models"] if model["key"] != "majority"] or facts["models"]
    ranked = sorted(trained, key=lambda model: model["seconds"]["value"])
    shortest, longest = (f"{reading(model['seconds'])} ({model['name']})" for model in (ranked[0], ranked[-1]))
    if len(ranked) == 1:
        return f"One training takes {shortest}."
    return f"One training takes between {shortest} and {longest}."


def _extremes(values: dict[str, float]) -> tuple[str, str]:
    """Return the keys of the largest and the smallest value."""
    return max(values, key=lambda key: values[key]), min(values, key=lambda key: values[key])
