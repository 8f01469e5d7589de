"""Facts about the data set for the report, all from card.json."""

from typing import Any

from lemma.report.duplicate_findings import count_duplicates
from lemma.report.numbers import Number, number, plain, visible

SHOWN = 56  # characters of a text before and after a step
LEAD = 20  # of these before the first change, at most


def gather_dataset_facts(card: dict[str, Any], source: str) -> dict[str, Any]:
    """Return the facts of the section on the data.

    Args:
        card: the content of card.json.
        source: path of card.json.
    """
    train = card["parts"][0]
    return {
        **{key: plain(card[key], 600) for key in ("title", "source", "licence", "citation", "split_note", "metric")},
        "demonstration": bool(card["demonstration"]),
        "keys": card["classes"],
        "classes": [plain(name, 40) for name in card["classes"]],
        "folds": card["protocol"].get("folds"),
        "documents": number(card["documents"], "documents", card["documents"], source),
        "vocabulary": number(card["vocabulary"], "types", train["tokens"], source),
        "parts": [_gather_split(split, source) for split in card["parts"]],
        "granularity": plain(card["granularity"]),
        "leaks": count_duplicates(card, source),
        "left_out": [
            {"reason": plain(row["reason"]), "number": number(row["documents"], "documents", card["read"], source)}
            for row in card["left_out"]
        ],
        "examples": _select_examples(card["examples"]),
        "steps": [_format_step(step) for step in card["steps"]],
    }


def _format_step(step: dict[str, str]) -> dict[str, str]:
    """Return a step of preprocessing with excerpts of a text before and after it."""
    before, after = cut_excerpts(visible(step["before"]), step["after"])
    return {"step": plain(step["step"], 120), "before": before, "after": after}


def cut_excerpts(before: str, after: str) -> tuple[str, str]:
    """Return excerpts of a text before and after a step that show the first change, both from the same token on."""
    change = next((place for place, (old, new) in enumerate(zip(before, after)) if old != new), 0)
    start = before.rfind(" ", 0, max(0, change - LEAD)) + 1 if change > SHOWN - LEAD else 0
    old, new = (plain(text[start:], SHOWN) for text in (before, after))
    return (f"… {old}", f"… {new}") if start else (old, new)


def _gather_split(split: dict[str, Any], source: str) -> dict[str, Any]:
    """Return the documents of a split, by class too, their lengths, and the percentage of tokens not in train."""
    size, lengths = split["documents"], split["words"]
    unseen = split["unseen_tokens"]
    return {
        "part": split["part"],
        "documents": number(size, "documents", size, source),
        "classes": [number(n, "documents", size, source) for n in split["classes"]],
        "length": number(lengths["mean"], "tokens", size, source, std=lengths["std"]),
        "median": number(lengths["median"], "tokens", size, source),
        "unseen": _to_percentage(unseen, split["tokens"], source) if split["part"] != "train" else None,
    }


def _to_percentage(fraction: float | None, tokens: int, source: str) -> Number:
    return number(100 * fraction if fraction is not None else None, "%", tokens, source)


def _select_examples(examples: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return two short examples, of two classes if there are two."""
    ranked = sorted(examples, key=lambda example: len(example["text"]))
    others = [example for example in ranked[1:] if example["label"] != ranked[0]["label"]] or ranked[1:]
    return [{key: plain(example[key]) for key in ("text", "label")} for example in ranked[:1] + others[:1]]
