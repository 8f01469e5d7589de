"""Sentences about what stands twice, made from the audit's counts."""

from typing import Any

from lemma.report.numbers import count, tenth
from lemma.report.sentences import listed

NEVER = "never train on one of the two and test on the other"


def leaks(card: dict[str, Any]) -> list[str]:
    """Return the findings of the audit, gravest first; one sentence that says so where nothing was found."""
    found = [
        *_into(card, "test", ("train or dev", "train")),
        *_into(card, "dev", ("train",)),
        *_conflicts(card),
        *_within(card),
        *_unlabelled(card),
        *_shared(card),
    ]
    if not any(n for place in ("within", "across") for n in card["audit"]["near"][place].values()):
        found.insert(0, "No two documents are equal or nearly equal.")
    elif card["duplicates"]["handling"] == "drop":
        found.append("Copies were left out of train and dev before these counts; test is as published.")
    else:
        found.append("All are kept, as published results keep them.")
    return found


def _said(audit: dict[str, Any], where: str, key: str) -> tuple[int, int]:
    """Return how many documents have an equal one there, and how many an equal or nearly equal one."""
    return audit["normalised"][where].get(key, 0), audit["near"][where].get(key, 0)


def _documents(number: int) -> str:
    return f"{count(number)} document{'s' if number != 1 else ''}"


def _more(equal: int, near: int) -> str:
    return f" ({count(near)} with nearly equal ones)" if near > equal else ""


def _into(card: dict[str, Any], part: str, places: tuple[str, ...]) -> list[str]:
    """Return how many documents of a part have a copy in the first of these places that was looked at."""
    audit = card["audit"]
    place = next((place for place in places if f"{part} in {place}" in audit["near"]["across"]), "")
    equal, near = _said(audit, "across", f"{part} in {place}")
    if not near:
        return []
    if not equal:
        return [f"{_documents(near)} of {part} {'is' if near == 1 else 'are'} nearly equal to one of {place}."]
    share = f", {tenth(100 * equal / audit['parts'][part])} %," if part == "test" else ""
    stand = "stands" if equal == 1 else "stand"
    return [f"{_documents(equal)} of {part}{share} also {stand} in {place}{_more(equal, near)}."]


def _conflicts(card: dict[str, Any]) -> list[str]:
    wrong = {key: n for key, n in card["audit"]["other_label"].items() if n}
    if "test in train or dev" in wrong:  # which counts what these two count
        wrong = {key: n for key, n in wrong.items() if key not in ("test in train", "test in dev")}
    places = [f"{count(n)} {key}" for key, n in wrong.items()]
    return [f"Equal texts with another label: {listed(places)}."] if places else []


def _within(card: dict[str, Any]) -> list[str]:
    places = []
    for part in ("train", "dev", "test", "all"):
        equal, near = _said(card["audit"], "within", part)
        nearly = f"{count(near)} nearly equal one{'s' if near != 1 else ''}"
        if near:
            found = f"{count(equal)}{_more(equal, near)}" if equal else nearly
            places.append(f"{found} {'among' if part == 'all' else 'in'} {part}")
    return [f"Documents that repeat an earlier one of their part: {listed(places)}."] if places else []


def _unlabelled(card: dict[str, Any]) -> list[str]:
    across = card["audit"]["normalised"]["across"]
    wanted = ("unlabelled in test", "unlabelled in train or dev")
    places = [f"{count(across[key])} in {key.removeprefix('unlabelled in ')}" for key in wanted if across.get(key)]
    return [f"Of the unlabelled texts stand {listed(places)}."] if places else []


def _shared(card: dict[str, Any]) -> list[str]:
    sizes = card["audit"]["parts"]
    found = []
    for other, by_part in card["overlap"].items():
        places = [
            f"{count(n)} of {_documents(sizes[part])}{'' if part == 'all' else f' of {part}'}"
            for part, n in by_part.items()
            if n
        ]
        if places:
            found.append(f"{listed(places)} also stand in {other}: {NEVER}.")
    return found
