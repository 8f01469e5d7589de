"""Sentences that open the captions of tables: what is to be seen there, made from the numbers that they hold."""

from typing import Any

from lemma.report.numbers import reading, tenth


def unseen(data: dict[str, Any]) -> str:
    """Return which share of the words of test training never saw."""
    share = next(part["unseen"] for part in data["parts"] if part["part"] == "test")
    return f"Training never saw {reading(share)} of the words of test." if share["value"] else ""


def differences(tests: dict[str, Any]) -> str:
    """Return how many differences from the best model on dev remain after the correction."""
    rows = tests["comparisons"]
    if not rows:
        return "There is no other model to compare."
    found = sum(row["significant"] for row in rows)
    if len(rows) == 1:
        return f"The one difference is {'significant' if found else 'not significant'}."
    if found == len(rows):
        return f"{'Both' if found == 2 else f'All {found}'} differences are significant."
    return f"Of {len(rows)} differences {found or 'none'} {'are' if found > 1 else 'is'} significant."


def gap(facts: dict[str, Any]) -> str:
    """Return which model loses most and which least from train to test, in points of the metric, in means."""
    metric, lost = facts["data"]["metric"], {}
    for model in facts["models"]:
        train, test = (model["scores"][part]["score"]["value"] for part in ("train", "test"))
        if model["key"] != "majority" and train is not None and test is not None:
            lost[model["name"]] = train - test
    if not lost:
        return ""
    most, least = (pick(lost, key=lambda name: lost[name]) for pick in (max, min))
    if len(lost) == 1:
        return f"From train to test {most} {_change(lost[most])} points of {metric}."
    return (
        f"From train to test {most} {_change(lost[most])} points of {metric}, the most, and {least} "
        f"{_change(lost[least])}, the least; a ranking of means."
    )


def confusion(facts: dict[str, Any]) -> str:
    """Return which class the best model on dev mistakes most often for which other one."""
    names = facts["data"]["classes"]
    pairs = [
        (names[true], names[said], share)
        for true, row in enumerate(facts["confusion"])
        for said, share in enumerate(row)
        if true != said and share["value"]
    ]
    if not pairs:
        return "No test document went to a wrong class."
    true, said, share = max(pairs, key=lambda pair: pair[2]["value"])
    return f"Most often {true} goes to {said}: {reading(share)} of its test documents."


def classes(facts: dict[str, Any]) -> str:
    """Return on which class the best model on dev has the highest and the lowest F1, as a ranking."""
    best = next(model for model in facts["models"] if model["key"] == facts["significance"]["best"])
    pairs = [(name, scores["f1"]) for name, scores in zip(facts["data"]["classes"], best["by_class"]["test"])]
    ranked = sorted((pair for pair in pairs if pair[1]["value"] is not None), key=lambda pair: -pair[1]["value"])
    (first, high), (last, low) = ranked[0], ranked[-1]
    said = f"On test the F1 of {best['name']} is highest on {first}, {reading(high)}, and lowest on {last}"
    return f"{said}, {reading(low)}."


def cost(facts: dict[str, Any]) -> str:
    """Return the dearest and the cheapest training, by mean seconds."""
    ranked = sorted(facts["models"], key=lambda model: model["seconds"]["value"])
    least, most = (f"{reading(model['seconds'])} ({model['name']})" for model in (ranked[0], ranked[-1]))
    return f"One training takes {least}." if len(ranked) == 1 else f"One training takes {least} to {most}."


def _change(lost: float) -> str:
    return f"loses {tenth(lost)}" if round(lost, 1) >= 0 else f"gains {tenth(-lost)}"
