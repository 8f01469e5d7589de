"""Sentences of the error analysis: accuracy on groups of test documents, and where two models disagree."""

from typing import Any

from lemma.report.numbers import Number, reading


def describe_lengths(facts: dict[str, Any]) -> str:
    """Return at which document lengths the accuracy of the reference model is highest and lowest."""
    if len(facts["lengths"]) < 2:
        return "All test documents have the same length."
    return _describe_extremes("By length, accuracy", facts["lengths"], "at {} tokens")


def describe_unseen(facts: dict[str, Any]) -> str:
    """Return at which percentage of unseen tokens the accuracy of the reference model is highest and lowest."""
    if len(facts["unseen"]) < 2:
        return "All test documents have a similar percentage of unseen tokens."
    return _describe_extremes("By unseen tokens, accuracy", facts["unseen"], "with {}\u00a0% unseen tokens")


def _describe_extremes(start: str, groups: list[dict[str, Any]], place: str) -> str:
    ranked = sorted(groups, key=lambda group: -group["accuracy"]["value"])
    first, last = ranked[0], ranked[-1]
    highest, lowest = (f"{place.format(group['name'])} ({reading(group['accuracy'])})" for group in (first, last))
    return f"{start} is highest {highest} and lowest {lowest}{_judge(first['accuracy'], last['accuracy'])}."


def describe_contrast(facts: dict[str, Any]) -> str:
    """Return the accuracy on documents with and without an English word of negation or contrast; empty if none."""
    if len(facts["contrast"]) < 2:
        return ""
    groups = {group["name"]: group for group in facts["contrast"]}
    with_word, without = (groups[name]["accuracy"] for name in ("with", "without"))
    return (
        f"On the {groups['with']['documents']['text']} documents with a word of negation or contrast (such as not or "
        f"but) it is {reading(with_word)}, on the others {reading(without)}{_judge(with_word, without)}."
    )


def _judge(first: Number, second: Number) -> str:
    """Return whether the intervals of two groups of documents overlap, as the end of a sentence."""
    apart = first["low"] > second["high"] or second["low"] > first["high"]
    return "; the intervals do not overlap" if apart else "; the intervals overlap"


def describe_disagreement(facts: dict[str, Any]) -> str:
    """Return on how many test documents only one of the two models is right; empty without a linear model."""
    if not facts["disagreement"]:
        return ""
    names = {model["key"]: model["name"] for model in facts["models"]}
    first, second = names[facts["significance"]["reference"]], names[facts["significance"]["linear"]]
    shares = {(row["reference"], row["linear"]): row["fraction"] for row in facts["disagreement"]}
    only_first, only_second, neither = shares[True, False], shares[False, True], shares[False, False]
    return (
        f"Only {first} is right on {reading(only_first)} of the test documents ({only_first['interval']}), only "
        f"{second} on {reading(only_second)} ({only_second['interval']}), neither on {reading(neither)}."
    )
