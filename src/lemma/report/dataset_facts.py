"""What the report says of the data, all of it from the data card."""

from typing import Any

from lemma.report.duplicate_findings import leaks
from lemma.report.numbers import Number, number, plain, visible

SHOWN = 56  # characters of a text before and after a step
LEAD = 20  # of these, at most before what the step changes, where that stands late


def describe(card: dict[str, Any], source: str) -> dict[str, Any]:
    """Return the data section's facts; `source` is the card's path."""
    train = card["parts"][0]
    return {
        **{key: plain(card[key], 600) for key in ("title", "source", "licence", "citation", "split_note", "metric")},
        "demonstration": bool(card["demonstration"]),
        "keys": card["classes"],
        "classes": [plain(name, 40) for name in card["classes"]],
        "folds": card["protocol"].get("folds"),
        "documents": number(card["documents"], "documents", card["documents"], source),
        "vocabulary": number(card["vocabulary"], "types", train["tokens"], source),
        "parts": [_part(part, source) for part in card["parts"]],
        "granularity": plain(card["granularity"]),
        "leaks": leaks(card, source),
        "left_out": [
            {"reason": plain(row["reason"]), "number": number(row["documents"], "documents", card["read"], source)}
            for row in card["left_out"]
        ],
        "examples": _examples(card["examples"]),
        "steps": [
            {
                "step": plain(step["step"], 120),
                **dict(zip(("before", "after"), _excerpts(visible(step["before"]), step["after"]))),
            }
            for step in card["steps"]
        ],
    }


def _excerpts(before: str, after: str) -> tuple[str, str]:
    """Return a text before and after a step, both from a word that lets the first change be seen."""
    first = next((at for at, (old, new) in enumerate(zip(before, after)) if old != new), 0)
    start = before.rfind(" ", 0, max(0, first - LEAD)) + 1 if first > SHOWN - LEAD else 0
    old, new = (plain(text[start:], SHOWN) for text in (before, after))
    return (f"… {old}", f"… {new}") if start else (old, new)


def _part(part: dict[str, Any], source: str) -> dict[str, Any]:
    """Return the documents of one part, by class too, their lengths, and the words that training lacks."""
    size, words = part["documents"], part["words"]
    unseen = part["unseen_tokens"]
    return {
        "part": part["part"],
        "documents": number(size, "documents", size, source),
        "classes": [number(n, "documents", size, source) for n in part["classes"]],
        "length": number(words["mean"], "tokens", size, source, std=words["std"]),
        "median": number(words["median"], "tokens", size, source),
        "unseen": _rate(unseen, part["tokens"], source) if part["part"] != "train" else None,
    }


def _rate(share: float | None, tokens: int, source: str) -> Number:
    """Return the share of tokens whose type training never saw."""
    return number(100 * share if share is not None else None, "%", tokens, source)


def _examples(examples: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return two examples, of two classes where there are two, the shortest of each: they are to be read."""
    ordered = sorted(examples, key=lambda example: len(example["text"]))
    others = [example for example in ordered[1:] if example["label"] != ordered[0]["label"]] or ordered[1:]
    return [{key: plain(example[key]) for key in ("text", "label")} for example in ordered[:1] + others[:1]]
