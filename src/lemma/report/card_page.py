"""The data of the page of a data card: numbers as text, and texts of the data set as one printable line each."""

from typing import Any

from lemma.report.duplicate_findings import choose_test_place, count_duplicates, select_rows
from lemma.report.numbers import MISSING, count, plain, tenth, visible

CLASSES = 48  # rows of classes at most
EXCERPT = 88  # characters of a duplicate
PAIRS = 3  # examples of duplicates
METHOD = (
    "Exact: identical texts. Normalised: equal after lower-casing and with single spaces. Near: the Jaccard index of "
    "the word trigrams is at least {}; candidates are found by MinHash (Broder, 1997), and their index is computed "
    "exactly. Each level includes the one before it. Within a split, documents that duplicate an earlier one are "
    "counted."
)
UNITS = {
    "sentences": "sentence",
    "phrases": "labelled phrase in train, sentence in dev and test",
}


def format_card(card: dict[str, Any]) -> dict[str, Any]:
    """Return the data of the template `card.typ`.

    Args:
        card: the content of card.json.
    """
    splits, duplicates = card["parts"], count_duplicates(card, "card.json")
    return {
        "dataset": card["dataset"],
        "title": plain(card["title"], 160),
        "demonstration": bool(card["demonstration"]),
        "keys": _select_key_figures(card, duplicates),
        "statement": [{"key": key, "value": plain(value, 240)} for key, value in _describe_origin(card)],
        "about": [{"key": key, "value": plain(value, 240)} for key, value in _describe_preparation(card)],
        "splits": [split["part"] for split in splits],
        "documents": ["documents", *(count(split["documents"]) for split in splits)],
        "classes": _format_classes(card["classes"], splits),
        "tokens": [
            [
                "tokens per document, mean ± std",
                *(f"{tenth(split['words']['mean'])} ± {tenth(split['words']['std'])}" for split in splits),
            ],
            ["median", *(count(split["words"]["median"]) for split in splits)],
            [
                "5th to 95th percentile",
                *(_format_range(split["words"]["p5"], split["words"]["p95"]) for split in splits),
            ],
            ["minimum to maximum", *(_format_range(split["words"]["min"], split["words"]["max"]) for split in splits)],
            ["tokens", *(count(split["tokens"]) for split in splits)],
            ["distinct tokens", *(count(split["types"]) for split in splits)],
            ["tokens not in train", *(format_unseen(split, "unseen_tokens") for split in splits)],
            ["distinct tokens not in train", *(format_unseen(split, "unseen_types") for split in splits)],
        ],
        "findings": card["findings"],
        "duplicates": [
            [row["place"], *(row[level]["text"] for level in ("exact", "normalised", "near", "label"))]
            for row in select_rows(duplicates)
        ],
        "method": METHOD.format(f"{card['audit']['similarity']:g}"),
        "pairs": _select_pairs(card["audit"]["examples"]),
        "examples": [
            {"label": plain(example["label"], 32), "text": plain(example["text"], 170)} for example in card["examples"]
        ],
        "steps": [
            {
                "step": plain(step["step"], 90),
                "before": plain(visible(step["before"]), 90),
                "after": plain(step["after"], 120),
            }
            for step in card["steps"]
        ],
        "terms": [{"key": key, "value": plain(card[key], 300)} for key in ("source", "citation")],
    }


def _select_key_figures(card: dict[str, Any], duplicates: dict[str, Any]) -> list[list[str]]:
    """Return the most important numbers of the data set, each with what it counts."""
    across = {row["place"]: row for row in duplicates["across"]}
    figures = [
        [count(card["documents"]), card["granularity"]],
        [count(len(card["classes"])), "classes"],
        [tenth(card["words"]["mean"]), "tokens per document, mean"],
        [count(card["vocabulary"]), "distinct tokens in train"],
        [format_unseen(card["parts"][-1], "unseen_tokens"), "of test tokens not in train"],
    ]
    if "test in train" not in across:  # folds
        return figures
    place = choose_test_place(across)
    where = place.removeprefix("test in ")
    return [*figures, [across[place]["near"]["text"], f"test documents (nearly) duplicated in {where}"]]


def _describe_origin(card: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the data statement with the licence, as pairs of a key and a value."""
    return [*card["datasheet"].items(), ("licence", card["licence"])]


def _describe_preparation(card: dict[str, Any]) -> list[tuple[str, str]]:
    """Return how the data set was split and prepared, as pairs of a key and a value."""
    folds = card["protocol"].get("folds")
    removed = [f"removed {count(row['documents'])} ({plain(row['reason'], 60)})" for row in card["left_out"]]
    sizes = [sum(fold.values()) for fold in card["counts"].values()]
    fold_note = (
        f"; {folds} folds of {_format_range(min(sizes), max(sizes))} documents; numbers are of run {card['run']}"
        if folds
        else ""
    )
    unlabelled = [("unlabelled", f"{count(card['unlabelled'])} more documents")] if card["unlabelled"] else []
    unit = [("document", UNITS[card["granularity"]])] if card["granularity"] in UNITS else []
    reading = "; ".join([f"{count(card['read'])} documents, {card['encoding']}", *(removed or ["none removed"])])
    return [
        *unit,
        ("split", card["split_note"] + fold_note),
        ("metric", plain(card["metric"], 60)),
        ("read", reading),
        *unlabelled,
        ("duplicates", {"keep": "kept", "drop": "removed"}[card["duplicates"]["handling"]]),
    ]


def _format_classes(names: list[str], splits: list[dict[str, Any]]) -> list[list[str]]:
    """Return a row for each class; if there are more than `CLASSES`, the smallest ones share a row."""
    sizes = [[split["classes"][index] for split in splits] for index in range(len(names))]
    largest = sorted(range(len(names)), key=lambda index: -sum(sizes[index]))
    shown = largest[: CLASSES - 1] if len(names) > CLASSES else largest
    others = [index for index in range(len(names)) if index not in set(shown)]
    rows = [(plain(names[index], 32), sizes[index]) for index in sorted(shown)]
    if others:
        totals = [sum(sizes[index][split] for index in others) for split in range(len(splits))]
        rows.append((f"{count(len(others))} smaller classes", totals))
    return [
        [name, *map(_format_with_percentage, size, (split["documents"] for split in splits))] for name, size in rows
    ]


def _format_with_percentage(documents: int, total: int) -> str:
    return f"{count(documents)} ({tenth(100 * documents / total)} %)" if total else count(documents)


def _format_range(low: float, high: float) -> str:
    return count(low) if low == high else f"{count(low)} – {count(high)}"


def format_unseen(split: dict[str, Any], key: str) -> str:
    """Return the percentage of a split's tokens, or distinct tokens, that do not occur in the training set.

    Args:
        split: an entry of `parts` in card.json.
        key: `unseen_tokens` or `unseen_types`.
    """
    if split["part"] == "train" or split[key] is None:
        return MISSING
    return f"{tenth(100 * split[key])} %"


def _select_pairs(examples: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Return the pairs of duplicates with the longest texts, without dev and test documents that are not in train."""
    longest = sorted(examples, key=lambda pair: -min(len(pair[side]["text"]) for side in ("first", "second")))
    return [pair for pair in map(_format_pair, longest) if pair][:PAIRS]


def _format_pair(pair: dict[str, Any]) -> dict[str, str] | None:
    """Return a pair of duplicates as text; None if it would show a dev or test document that is not in train."""
    first, second = sorted(
        (pair["first"], pair["second"]), key=lambda document: document["split"] not in ("train", "all")
    )
    equal = pair["kind"] != "near"
    if first["split"] not in ("train", "all") or not (equal or second["split"] == first["split"]):
        return None
    labels = dict.fromkeys(plain(str(side["label"]), 32) for side in (first, second) if side["label"])
    is_within = first["split"] == second["split"]
    place = "the data set" if first["split"] == "all" else first["split"]
    texts = [plain(side["text"], 1000) for side in (first, second)]
    start = 0 if equal else _find_difference(*texts)
    return {
        "kind": pair["kind"] if equal else f"near ({tenth(100 * pair['similarity'])} %)",
        "where": f"twice in {place}" if is_within else f"{place} and {second['split']}",
        "label": " and ".join(labels) or MISSING,
        "text": _cut(texts[0], start),
        "other": "" if equal else _cut(texts[1], start),
    }


def _find_difference(first: str, second: str) -> int:
    """Return where to start an excerpt of two texts that shows their first difference: at a token before it."""
    difference = next((n for n, (a, b) in enumerate(zip(first, second)) if a != b), min(len(first), len(second)))
    return first.rfind(" ", 0, max(0, difference - EXCERPT // 2)) + 1


def _cut(text: str, start: int) -> str:
    return ("… " if start else "") + plain(text[start:], EXCERPT)
