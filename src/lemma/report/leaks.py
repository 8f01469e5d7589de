"""Sentences about what stands twice, made from the audit's counts."""

from typing import Any

from lemma.report.numbers import count, tenth

NEVER = "never train on one of the two and test on the other"


def leaks(card: dict[str, Any]) -> list[str]:
    """Return the findings of the audit, gravest first; one sentence that says so where nothing was found."""
    found = [*_test(card), *_across(card), *_conflicts(card), *_within(card), *_unlabelled(card), *_shared(card)]
    if not any(_numbers(card["audit"])):
        found.insert(0, "No two documents are equal or nearly equal.")
    elif card["duplicates"]["handling"] == "drop":
        found.append("Copies were left out of train and dev before these counts; test is as published.")
    else:
        found.append("All are kept, as published results keep them.")
    return found


def _numbers(audit: dict[str, Any]) -> list[int]:
    return [n for place in ("within", "across") for n in audit["near"][place].values()]


def _said(audit: dict[str, Any], where: str, key: str) -> tuple[int, int]:
    """Return how many documents have an equal one there, and how many an equal or nearly equal one."""
    return audit["normalised"][where].get(key, 0), audit["near"][where].get(key, 0)


def _documents(number: int) -> str:
    return f"{count(number)} document{'s' if number != 1 else ''}"


def _nearly(near: int, equal: int) -> str:
    return f" ({count(near)} with nearly equal ones)" if near > equal else ""


def _test(card: dict[str, Any]) -> list[str]:
    audit = card["audit"]
    key = "test in train or dev" if "test in train or dev" in audit["near"]["across"] else "test in train"
    equal, near = _said(audit, "across", key)
    if not near:
        return []
    size = audit["parts"]["test"]
    place = key.removeprefix("test in ")
    share = tenth(100 * equal / size)
    stand = "stands" if equal == 1 else "stand"
    return [f"{_documents(equal)} of test, {share} %, also {stand} in {place}{_nearly(near, equal)}."]


def _across(card: dict[str, Any]) -> list[str]:
    equal, near = _said(card["audit"], "across", "dev in train")
    stand = "stands" if equal == 1 else "stand"
    return [f"{_documents(equal)} of dev also {stand} in train{_nearly(near, equal)}."] if near else []


def _conflicts(card: dict[str, Any]) -> list[str]:
    wrong = {key: n for key, n in card["audit"]["other_label"].items() if n}
    if not wrong:
        return []
    places = [f"{count(n)} {key}" for key, n in wrong.items()]
    return [f"With another label stand equal texts: {_listed(places)}."]


def _within(card: dict[str, Any]) -> list[str]:
    places = []
    for part in card["audit"]["near"]["within"]:
        equal, near = _said(card["audit"], "within", part)
        if near and part != "unlabelled":
            places.append(f"{count(equal)}{_nearly(near, equal)} {'in' if part != 'all' else 'among'} {part}")
    return [f"Documents that repeat an earlier one of their part: {_listed(places)}."] if places else []


def _unlabelled(card: dict[str, Any]) -> list[str]:
    across = card["audit"]["normalised"]["across"]
    places = [
        f"{count(n)} in {key.removeprefix('unlabelled in ')}"
        for key, n in across.items()
        if key in ("unlabelled in test", "unlabelled in train or dev") and n
    ]
    return [f"Of the unlabelled texts stand {_listed(places)}."] if places else []


def _shared(card: dict[str, Any]) -> list[str]:
    found = []
    for other, by_part in card["overlap"].items():
        places = [
            f"{count(n)} of {count(card['audit']['parts'][part])} documents of {part}"
            if part != "all"
            else f"{count(n)} of {count(card['audit']['parts'][part])} documents"
            for part, n in by_part.items()
            if n
        ]
        if places:
            found.append(f"{_listed(places)} also stand in {other}: {NEVER}.")
    return found


def _listed(items: list[str]) -> str:
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)
