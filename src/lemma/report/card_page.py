"""What the page of a data card prints: numbers as text, and every text of the data as one printable line."""

from typing import Any

from lemma.report.duplicate_findings import joint, leaks, rows
from lemma.report.numbers import MISSING, count, plain, tenth, visible

CLASSES = 48  # that the page has room for
TWIN = 100  # characters of a text that stands twice
UNITS = {
    "sentences": "whole sentences",
    "phrases": "train: labelled phrases; dev and test: whole sentences",
}


def page(held: dict[str, Any]) -> dict[str, Any]:
    """Return the data of `card.typ`; `held` is the card."""
    parts, counted = held["parts"], leaks(held, "card.json")
    return {
        "dataset": held["dataset"],
        "title": plain(held["title"], 160),
        "demonstration": bool(held["demonstration"]),
        "keys": _keys(held, counted),
        "about": [{"key": key, "value": plain(value, 240)} for key, value in _about(held)],
        "parts": [part["part"] for part in parts],
        "documents": ["documents", *(count(part["documents"]) for part in parts)],
        "classes": _classes(held["classes"], parts),
        "words": [
            [
                "words a document",
                *(f"{tenth(part['words']['mean'])} ± {tenth(part['words']['std'])}" for part in parts),
            ],
            ["median", *(count(part["words"]["median"]) for part in parts)],
            ["5 % to 95 %", *(_range(part["words"]["p5"], part["words"]["p95"]) for part in parts)],
            ["shortest to longest", *(_range(part["words"]["min"], part["words"]["max"]) for part in parts)],
            ["words in all", *(count(part["tokens"]) for part in parts)],
            ["different words", *(count(part["types"]) for part in parts)],
            ["words that train lacks", *(unseen(part, "unseen_tokens") for part in parts)],
            ["of the different words", *(unseen(part, "unseen_types") for part in parts)],
        ],
        "findings": held["findings"],
        "repeats": [
            [row["place"], *(row[level]["text"] for level in ("exact", "normalised", "near", "label"))]
            for row in rows(counted)
        ],
        "method": plain(held["audit"]["method"], 700),
        "twins": [twin for twin in map(_twin, held["audit"]["examples"]) if twin][:3],
        "examples": [{"label": plain(e["label"], 32), "text": plain(e["text"], 170)} for e in held["examples"]],
        "steps": [
            {
                "step": plain(step["step"], 90),
                "before": plain(visible(step["before"]), 90),
                "after": plain(step["after"], 120),
            }
            for step in held["steps"]
        ],
        "terms": [{"key": key, "value": plain(held[key], 300)} for key in ("source", "licence", "citation")],
    }


def _keys(held: dict[str, Any], counted: dict[str, Any]) -> list[list[str]]:
    """Return the figures that a reader looks for first, and what they are of."""
    across = {row["place"]: row for row in counted["across"]}
    test = held["parts"][-1]
    found = [
        [count(held["documents"]), held["granularity"]],
        [count(len(held["classes"])), "classes"],
        [tenth(held["words"]["mean"]), "words in each, on average"],
        [count(held["vocabulary"]), "different words in train"],
        [unseen(test, "unseen_tokens"), "of the words of test are not in train"],
    ]
    if "test in train" not in across:  # folds
        return found
    place = joint(across)
    return [*found, [across[place]["near"]["text"], f"texts of {place}, equal or nearly"]]


def _about(held: dict[str, Any]) -> list[tuple[str, str]]:
    folds = held["protocol"].get("folds")
    left_out = [f"left out {count(row['documents'])} ({plain(row['reason'], 60)})" for row in held["left_out"]]
    sizes = [sum(fold.values()) for fold in held["counts"].values()]
    shown = (
        f"; {folds} folds of {_range(min(sizes), max(sizes))} documents, shown is run {held['run']}" if folds else ""
    )
    unlabelled = [("unlabelled", f"{count(held['unlabelled'])} texts besides")] if held["unlabelled"] else []
    unit = [("unit", UNITS[held["granularity"]])] if held["granularity"] in UNITS else []
    return [
        *unit,
        ("division", held["split_note"] + shown),
        ("metric", plain(held["metric"], 60)),
        ("read", "; ".join([f"{count(held['read'])} documents, {held['encoding']}", *(left_out or ["none left out"])])),
        *unlabelled,
        ("repeated texts", {"keep": "kept", "drop": "dropped"}[held["duplicates"]["handling"]]),
    ]


def _classes(names: list[str], parts: list[dict[str, Any]]) -> list[list[str]]:
    """Return a row a class; where there are too many, of the largest, and one of the rest."""
    sizes = [[part["classes"][at] for part in parts] for at in range(len(names))]
    shown = sorted(range(len(names)), key=lambda at: -sum(sizes[at]))
    shown = shown[: CLASSES - 1] if len(names) > CLASSES else shown
    rest = [at for at in range(len(names)) if at not in set(shown)]
    found = [(plain(names[at], 32), sizes[at]) for at in sorted(shown)]
    if rest:
        found.append(
            (f"{count(len(rest))} smaller ones", [sum(sizes[at][k] for at in rest) for k in range(len(parts))])
        )
    return [[name, *map(_with_share, size, (part["documents"] for part in parts))] for name, size in found]


def _with_share(some: int, size: int) -> str:
    return f"{count(some)} ({tenth(100 * some / size)} %)" if size else count(some)


def _range(low: float, high: float) -> str:
    return count(low) if low == high else f"{count(low)} – {count(high)}"


def unseen(part: dict[str, Any], key: str) -> str:
    """Return the share of a part's words, or of its different ones, that training lacks."""
    if part["part"] == "train" or part[key] is None:
        return MISSING
    return f"{tenth(100 * part[key])} %"


def _twin(pair: dict[str, Any]) -> dict[str, str] | None:
    """Return a pair as text, unless a text of dev or test would be shown that does not stand in train as well."""
    first, second = sorted((pair["first"], pair["second"]), key=lambda side: side["split"] not in ("train", "all"))
    equal = pair["kind"] != "near"
    if first["split"] not in ("train", "all") or not (equal or second["split"] == first["split"]):
        return None
    places = first["split"] if first["split"] == second["split"] else f"{first['split']} and {second['split']}"
    labels = " and ".join(dict.fromkeys(plain(str(side["label"]), 32) for side in (first, second) if side["label"]))
    kind = "twice" if equal else f"{tenth(100 * pair['similarity'])} % alike"
    texts = [plain(side["text"], 1000) for side in (first, second)]
    start = 0 if equal else _apart(*texts)
    return {
        "what": f"{kind} in {'the whole set' if places == 'all' else places}: {labels}",
        "text": _excerpt(texts[0], start),
        "other": "" if equal else _excerpt(texts[1], start),
    }


def _apart(one: str, other: str) -> int:
    """Return where to begin two texts so that their first difference is seen: at a word, not far before it."""
    alike = next((at for at, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
    return one.rfind(" ", 0, max(0, alike - TWIN // 2)) + 1


def _excerpt(text: str, start: int) -> str:
    return ("… " if start else "") + plain(text[start:], TWIN)
