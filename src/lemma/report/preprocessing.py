"""Real documents of the training part: examples, and what each step of preprocessing does to one of them."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lemma.data.words import Splitting, split, words
from lemma.report.numbers import plain

EXAMPLES = 4
READABLE = (40, 160)  # characters of an example
SHOWN = 120  # characters of a document's beginning, on which a step is shown
SOUGHT = 20_000  # documents looked through, at most
STEPS = {
    "breaks": "a line break of HTML is a space",
    "links": "an address of the web is one word",
    "users": "the name of a user is one word",
    "numbers": "a number is one word",
    "lowercase": "lower case",
}
BAR = " | "


def examples(train: Iterator[tuple[list[str], NDArray[np.int32]]], classes: list[str]) -> list[dict[str, str]]:
    """Return the first documents of each class that are short enough to print."""
    wanted = max(1, EXAMPLES // len(classes))
    found: list[dict[str, str]] = []
    for texts, labels in train:
        for text, label in zip(texts, labels.tolist()):
            name = classes[label]
            have = sum(example["label"] == name for example in found)
            if have < wanted and len(found) < EXAMPLES and READABLE[0] <= len(text) <= READABLE[1]:
                found.append({"label": name, "text": text, "part": "train"})
        if len(found) == EXAMPLES:
            break
    return found


def steps(train: Iterator[tuple[list[str], NDArray[np.int32]]], how: Splitting) -> list[dict[str, Any]]:
    """Return the steps from text to words that change a document, with the shortest one found that each changes."""
    wanted = [name for name in STEPS if getattr(how, name)]
    best: dict[str, str] = {}
    cut = ""
    seen = 0
    for texts, _ in train:
        short = [plain(text, SHOWN) for text in islice(texts, SOUGHT - seen)]
        seen += len(texts)
        cut = cut or next((text for text in short if len(text) >= READABLE[0]), "")
        block = pa.array(short, pa.string())
        full = split(block, how)
        for name in wanted:
            without = split(block, replace(how, **{name: False}))
            changed = [text for text, a, b in zip(short, full.to_pylist(), without.to_pylist()) if a != b]
            shortest = min([*changed, *([best[name]] if name in best else [])], key=len, default=None)
            if shortest is not None:
                best[name] = shortest
        if seen >= SOUGHT:
            break
    bare = replace(how, **dict.fromkeys(STEPS, False))
    found = [
        {
            "step": STEPS[name],
            "before": best[name],
            "after": " ".join(words(best[name], replace(bare, **{name: True}))),
        }
        for name in wanted
        if name in best
    ]
    if cut:
        boundary = "words are what spaces part" if how.tokenized else "cut into words"
        found.append({"step": boundary, "before": cut, "after": BAR.join(words(cut, how))})
    return found
