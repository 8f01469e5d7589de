"""What stands twice: the audit's counts as printed numbers, and the sentences that say what they mean.

The sentences are made from the numbers, so that they cannot claim more, or less, than was found.
"""

from typing import Any

from lemma.report.numbers import Number, count, number, plain, tenth
from lemma.report.prose import capital, listed

ORDER = ("all", "train", "dev", "test", "unlabelled")  # of parts; test in train comes before dev in train
UNLABELLED = "unlabelled"
LEVELS = ("exact", "normalised", "near")
NAMES = {"all": "the whole set", UNLABELLED: "the unlabelled texts"}


def leaks(card: dict[str, Any], source: str) -> dict[str, Any]:
    """Return the counts of a data card as records of `lemma.report.numbers`; `source` is the card's path.

    `within`: texts of a part that repeat an earlier one of it; `across`: texts of one part that stand in another;
    each exactly, normalised and nearly, and with another label. `shared`: texts that stand in other data sets.
    """
    audit, parts = card["audit"], card["audit"]["splits"]
    dropped = sum(row["documents"] for row in card["left_out"] if row["reason"] not in ("no text", "no label"))

    def row(place: str, where: str) -> dict[str, Any]:
        size = parts[place.split(" in ")[0]]
        label = f"within {place}" if where == "within" else place
        counts = {level: number(audit[level][where][place], "texts", size, source) for level in LEVELS}
        return {
            "place": place,
            **counts,
            "label": number(audit["conflicting_labels"].get(label), "texts", size, source),
        }

    return {
        "handling": card["duplicates"]["handling"],
        "dropped": number(dropped, "texts", card["read"], source),
        "sizes": {name: number(size, "texts", size, source) for name, size in parts.items()},
        "within": [row(place, "within") for place in sorted(audit["near"]["within"], key=ORDER.index)],
        "across": [row(place, "across") for place in sorted(audit["near"]["across"], key=_rank)],
        "shared": [
            {
                "dataset": plain(other, 64),
                "parts": {part: number(n, "texts", parts[part], source) for part, n in by.items()},
            }
            for other, by in card["overlap"].items()
        ],
    }


def _rank(place: str) -> tuple[bool, int, int]:
    """Return where a question such as test in train stands: unlabelled texts last, of the others test first."""
    part, there = place.split(" in ")
    return UNLABELLED in (part, there), -ORDER.index(part), ORDER.index(there.split(" or ")[0])


def findings(held: dict[str, Any]) -> list[str]:
    """Return what the counts of `leaks` mean, the gravest first."""
    return [*_across(held), *_within(held), *_labels(held), *_unlabelled(held), *_shared(held), *_handling(held)]


def rows(held: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows that a reader asks for: each part, and what is tested on in what is trained on."""
    across = {row["place"]: row for row in held["across"] if not row["place"].startswith("unlabelled")}
    if joint(across) == "test in train":
        across.pop("test in train or dev", None)
    return [*held["within"], *across.values()]


def joint(across: dict[str, Any]) -> str:
    """Return where test is looked for: in train and in dev, where the latter adds something."""
    both, train = "test in train or dev", "test in train"
    more = both in across and any(across[both][level]["value"] > across[train][level]["value"] for level in LEVELS)
    return both if more else train


def _across(held: dict[str, Any]) -> list[str]:
    across = {row["place"]: row for row in held["across"]}
    if "test in train" not in across:  # folds
        return []
    test, dev = across[joint(across)], across["dev in train"]
    if not test["near"]["value"] and not dev["near"]["value"]:
        return ["No text of dev or test stands in train, not even nearly."]
    return [_stand(row) for row in (test, dev)]


def _stand(row: dict[str, Any]) -> str:
    """Return how many texts of one part stand in another, saying of each way only what it adds."""
    part, place = row["place"].split(" in ")
    if not row["near"]["value"]:
        return f"No text of {part} stands in {place}, not even nearly."
    exact, normalised, near = (row[level]["value"] for level in LEVELS)
    first = next(row[level] for level in LEVELS if row[level]["value"])
    said = f"{_of(first)} texts of {part} ({_share(first)})"
    if not normalised:
        return f"{said} {'has' if near == 1 else 'have'} a near duplicate in {place}."
    said += f" also {_stands(first['value'])} in {place}"
    if not exact:
        said += " but for case and spaces"
    elif normalised > exact:
        said += f" letter for letter, {row['normalised']['text']} if case and spaces do not count"
    if near > normalised:
        said += f", {row['near']['text']} with near duplicates"
    wrong = row["label"]["value"]
    return said + (f"; {row['label']['text']} of them with another label." if wrong else ".")


def _within(held: dict[str, Any]) -> list[str]:
    found = []
    for row in held["within"]:
        equal, near = row["normalised"], row["near"]
        place = NAMES.get(row["place"], row["place"])
        if near["value"] > equal["value"]:
            found.append(f"{near['text']} in {place} ({equal['text'] if equal['value'] else 'none'} of them equal)")
        elif near["value"]:
            found.append(f"{near['text']} in {place}")
    if not found:
        return ["No part holds a text twice, not even nearly." if held["across"] else "No text stands twice."]
    return [f"Texts that repeat an earlier one, equal or nearly: {listed(found)}."]


def _labels(held: dict[str, Any]) -> list[str]:
    """Return where equal texts bear several labels."""
    found = [
        f"{row['label']['text']} in {NAMES.get(row['place'], row['place'])}"
        for row in held["within"]
        if row["label"]["value"]
    ]
    return [f"Texts that bear several labels: {listed(found)}."] if found else []


def _unlabelled(held: dict[str, Any]) -> list[str]:
    for row in held["across"]:
        some, part = row["normalised"], row["place"].removesuffix(f" in {UNLABELLED}")
        if part in ("test", "all") and some["value"]:
            who = f"{_of(some)} texts{'' if part == 'all' else ' of test'} ({_share(some)})"
            where = f"{_stands(some['value'])} among the unlabelled ones"
            return [f"{who} {where}: what is learnt from these has seen them."]
    return []


def _shared(held: dict[str, Any]) -> list[str]:
    found, apart = [], []
    for row in held["shared"]:
        if all(n["value"] == n["n"] for n in row["parts"].values()):
            found.append(f"all texts also stand in {row['dataset']}")
            continue
        parts = sorted(row["parts"].items(), key=lambda item: -ORDER.index(item[0]))
        places = [_part(part, n) for part, n in parts if n["value"]]
        if places:
            found.append(f"{listed(places)} also stand in {row['dataset']}")
        else:
            apart.append(row["dataset"])
    said = [f"{capital('; '.join(found))}: never train on one of these sets and test on the other."] if found else []
    return said + ([f"No text is shared with {listed(apart, last='or')}."] if apart else [])


def _part(part: str, some: Number) -> str:
    """Return how many texts of a part; of the test part, or of all, which share."""
    of = "" if part == "all" else f" of {part}"
    return f"{_of(some)} texts{of} ({_share(some)})" if part in ("test", "all") else some["text"] + of


def _handling(held: dict[str, Any]) -> list[str]:
    if held["handling"] == "drop":
        return [f"Before this count {held['dropped']['text']} texts were dropped because they stand twice."]
    found = any(row["near"]["value"] for row in [*held["within"], *held["across"]])
    return ["All are kept (prepare.duplicates: keep)."] if found else []


def _of(some: Number) -> str:
    return f"{some['text']} of {count(some['n'])}"


def _share(some: Number) -> str:
    share = 100 * float(some["value"]) / float(some["n"])
    return f"{tenth(share)}\u00a0%" if share >= 0.05 else "< 0.1\u00a0%"


def _stands(some: float) -> str:
    return "stands" if some == 1 else "stand"
