"""Duplicates within and across splits: the counts of the audit, and sentences about them.

The sentences are generated from the counts, so that they cannot claim more or less than the audit found.
"""

from typing import Any

from lemma.report.numbers import Number, count, number, plain, tenth
from lemma.report.prose import capitalize, join_words

ORDER = ("all", "train", "dev", "test", "unlabelled")
UNLABELLED = "unlabelled"
LEVELS = ("exact", "normalised", "near")
# How a sentence names the documents of a split, and the split.
DOCUMENTS = {"all": "documents", "train": "training documents", "dev": "dev documents", "test": "test documents"}
SETS = {
    "all": "the data set",
    "train": "the training set",
    "dev": "the dev set",
    "test": "the test set",
    "train or dev": "the training or dev set",
    UNLABELLED: "the unlabelled documents",
}


def count_duplicates(card: dict[str, Any], source: str) -> dict[str, Any]:
    """Return the counts of duplicates in a data card as records of `lemma.report.numbers`.

    Args:
        card: the content of card.json.
        source: path of card.json.

    Returns:
        {handling, dropped, sizes, within, across, shared}: `within` counts the documents of a split that repeat an
        earlier one of it, `across` those of a split that also occur in another, each as exact, normalised and near
        duplicates and with another label; `shared` counts the documents that also occur in other data sets.
    """
    audit, sizes = card["audit"], card["audit"]["splits"]
    dropped = sum(row["documents"] for row in card["left_out"] if row["reason"] not in ("no text", "no label"))

    def row(place: str, scope: str) -> dict[str, Any]:
        size = sizes[place.split(" in ")[0]]
        label = f"within {place}" if scope == "within" else place
        counts = {level: number(audit[level][scope][place], "texts", size, source) for level in LEVELS}
        conflicts = number(audit["conflicting_labels"].get(label), "texts", size, source)
        return {"place": place, **counts, "label": conflicts}

    return {
        "handling": card["duplicates"]["handling"],
        "dropped": number(dropped, "texts", card["read"], source),
        "sizes": {name: number(size, "texts", size, source) for name, size in sizes.items()},
        "within": [row(place, "within") for place in sorted(audit["near"]["within"], key=ORDER.index)],
        "across": [row(place, "across") for place in sorted(audit["near"]["across"], key=_rank)],
        "shared": [
            {
                "dataset": plain(dataset, 64),
                "parts": {split: number(n, "texts", sizes[split], source) for split, n in by_split.items()},
            }
            for dataset, by_split in card["overlap"].items()
        ],
    }


def _rank(place: str) -> tuple[bool, int, int]:
    """Return the sort key of a place such as "test in train": unlabelled documents last, test before dev."""
    split, other = place.split(" in ")
    return UNLABELLED in (split, other), -ORDER.index(split), ORDER.index(other.split(" or ")[0])


def write_findings(duplicates: dict[str, Any]) -> list[str]:
    """Return sentences about the counts of `count_duplicates`, the most serious first."""
    return [
        *_describe_across(duplicates),
        *_describe_within(duplicates),
        *_describe_labels(duplicates),
        *_describe_unlabelled(duplicates),
        *_describe_shared(duplicates),
        *_describe_handling(duplicates),
    ]


def select_rows(duplicates: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of the data card's table: within each split, and of dev and test in train."""
    across = {row["place"]: row for row in duplicates["across"] if not row["place"].startswith(UNLABELLED)}
    if choose_test_place(across) == "test in train":
        across.pop("test in train or dev", None)
    return [*duplicates["within"], *across.values()]


def choose_test_place(across: dict[str, Any]) -> str:
    """Return "test in train or dev" if dev adds duplicates of test documents, else "test in train"."""
    both, train = "test in train or dev", "test in train"
    more = both in across and any(across[both][level]["value"] > across[train][level]["value"] for level in LEVELS)
    return both if more else train


def _describe_across(duplicates: dict[str, Any]) -> list[str]:
    across = {row["place"]: row for row in duplicates["across"]}
    if "test in train" not in across:  # folds
        return []
    test, dev = across[choose_test_place(across)], across["dev in train"]
    if not test["near"]["value"] and not dev["near"]["value"]:
        return ["No dev or test document occurs in the training set, not even as a near-duplicate."]
    return [_describe_place(row) for row in (test, dev)]


def _describe_place(row: dict[str, Any]) -> str:
    """Return how many documents of a split occur in another; a level is named only if it adds documents."""
    split, place = row["place"].split(" in ")
    where = SETS[place]
    if not row["near"]["value"]:
        return f"No {split} document occurs in {where}, not even as a near-duplicate."
    exact, normalised, near = (row[level]["value"] for level in LEVELS)
    first = next(row[level] for level in LEVELS if row[level]["value"])
    documents = _with_percentage(first, split)
    if not normalised:
        return f"{documents} {'has' if near == 1 else 'have'} a near-duplicate in {where}."
    sentence = f"{documents} also {_occur(first['value'])} in {where}"
    if not exact:
        sentence += " up to case and white space"
    elif normalised > exact:
        sentence += f" verbatim, {row['normalised']['text']} up to case and white space"
    if near > normalised:
        sentence += f", {row['near']['text']} including near-duplicates"
    conflicts = row["label"]
    return sentence + (f"; {conflicts['text']} of them with another label." if conflicts["value"] else ".")


def _describe_within(duplicates: dict[str, Any]) -> list[str]:
    counts = []
    for row in duplicates["within"]:
        normalised, near = row["normalised"], row["near"]
        where = f"{near['text']} in {SETS[row['place']]}"
        if near["value"] > normalised["value"]:
            equal = f"{normalised['text']} up to case and white space" if normalised["value"] else "all near-duplicates"
            counts.append(f"{where} ({equal})")
        elif near["value"]:
            counts.append(where)
    if not counts:
        return [f"There are no duplicates within {'a split' if duplicates['across'] else 'the data set'}."]
    return [f"Documents that duplicate an earlier one, exactly or nearly: {join_words(counts)}."]


def _describe_labels(duplicates: dict[str, Any]) -> list[str]:
    counts = [
        f"{row['label']['text']} in {SETS[row['place']]}" for row in duplicates["within"] if row["label"]["value"]
    ]
    return [f"Texts with conflicting labels: {join_words(counts)}."] if counts else []


def _describe_unlabelled(duplicates: dict[str, Any]) -> list[str]:
    for row in duplicates["across"]:
        shared, split = row["normalised"], row["place"].removesuffix(f" in {UNLABELLED}")
        if split in ("test", "all") and shared["value"]:
            which = f"{_with_percentage(shared, split)} {_occur(shared['value'])} among the unlabelled documents"
            return [f"{which}, and so in the training data of word vectors that use these."]
    return []


def _describe_shared(duplicates: dict[str, Any]) -> list[str]:
    overlaps, disjoint = [], []
    for row in duplicates["shared"]:
        if all(shared["value"] == shared["n"] for shared in row["parts"].values()):
            overlaps.append(f"all documents also occur in {row['dataset']}")
            continue
        splits = sorted(row["parts"].items(), key=lambda item: -ORDER.index(item[0]))
        counts = [_count_split(split, shared) for split, shared in splits if shared["value"]]
        if counts:
            overlaps.append(f"{join_words(counts)} also occur in {row['dataset']}")
        else:
            disjoint.append(row["dataset"])
    warning = "do not train on one of these data sets and test on the other"
    sentences = [f"{capitalize('; '.join(overlaps))}: {warning}."] if overlaps else []
    return sentences + ([f"No document is shared with {join_words(disjoint, last='or')}."] if disjoint else [])


def _count_split(split: str, shared: Number) -> str:
    """Return the number of shared documents of a split, for test and for the whole data set with the percentage."""
    return _with_percentage(shared, split) if split in ("test", "all") else f"{shared['text']} {DOCUMENTS[split]}"


def _describe_handling(duplicates: dict[str, Any]) -> list[str]:
    if duplicates["handling"] == "drop":
        return [f"These counts are after {duplicates['dropped']['text']} duplicates were removed."]
    rows = [*duplicates["within"], *duplicates["across"]]
    return ["Duplicates are kept."] if any(row["near"]["value"] for row in rows) else []


def _with_percentage(some: Number, split: str) -> str:
    """Return a number of documents of a split with the size of the split and the percentage."""
    percentage = 100 * float(some["value"]) / float(some["n"])
    text = f"{tenth(percentage)}\u00a0%" if percentage >= 0.05 else "< 0.1\u00a0%"
    return f"{some['text']} of {count(some['n'])} {DOCUMENTS[split]} ({text})"


def _occur(documents: float) -> str:
    return "occurs" if documents == 1 else "occur"
