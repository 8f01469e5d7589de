"""What the report says of the data: its card, and counts of the tokenized corpus part by part."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from lemma.data.corpus import Corpus
from lemma.data.splits import PARTS, TRAIN
from lemma.data.words import words
from lemma.layout import Layout
from lemma.report.numbers import Number, number, plain


def describe(corpus: Corpus, card: dict[str, Any], tokenizer: Tokenizer, layout: Layout, run: int) -> dict[str, Any]:
    """Return the data section's facts, parts as run `run` sees them; `layout` names the sources."""
    origin, beside = (path(corpus.dataset).relative_to(layout.root).as_posix() for path in (layout.tokens, layout.card))
    parts = corpus.parts(run)
    # Token by token: which part it stands in, and whether the training part holds its type.
    part_of = np.repeat(parts, corpus.lengths)
    known = np.zeros(int(corpus.ids.max(initial=-1)) + 1, bool)
    known[corpus.ids[part_of == TRAIN]] = True
    unseen = ~known[corpus.ids]
    examples = _examples(card["examples"])
    return {
        **{key: plain(card[key], 600) for key in ("title", "source", "licence", "citation", "split_note")},
        "demonstration": bool(card["demonstration"]),
        "keys": corpus.classes,
        "classes": [plain(name, 40) for name in corpus.classes],
        "folds": corpus.protocol.get("folds"),
        "documents": number(len(corpus), "documents", len(corpus), origin),
        "vocabulary": number(int(known.sum()), "types", int((part_of == TRAIN).sum()), origin),
        "parts": [
            {
                "part": name,
                **_counts(corpus, parts == index, origin),
                "unseen": _rate(unseen[part_of == index], origin) if index != TRAIN else None,
            }
            for index, name in enumerate(PARTS)
        ],
        "repeats": _repeats(card["duplicates"], beside),
        "examples": examples,
        "steps": [
            *({key: plain(str(step[key]), 120) for key in ("step", "before", "after")} for step in card["steps"]),
            *({"step": "cut into words", **_cut(tokenizer, example["text"])} for example in examples[:1]),
        ],
    }


def _counts(corpus: Corpus, chosen: NDArray[np.bool_], origin: str) -> dict[str, Any]:
    """Return the documents of one part, by class too, and their lengths."""
    size = int(chosen.sum())
    lengths = corpus.lengths[chosen]
    mean, median, std = (float(f(lengths)) if size else None for f in (np.mean, np.median, np.std))
    by_class = np.bincount(corpus.labels[chosen], minlength=len(corpus.classes))
    return {
        "documents": number(size, "documents", size, origin),
        "classes": [number(int(n), "documents", size, origin) for n in by_class],
        "length": number(mean, "tokens", size, origin, std=std),
        "median": number(median, "tokens", size, origin),
    }


def _rate(unseen: NDArray[np.bool_], origin: str) -> Number:
    """Return the share of tokens whose type training never saw."""
    return number(100 * float(unseen.mean()) if unseen.size else None, "%", unseen.size, origin)


def _repeats(duplicates: dict[str, dict[str, int]], origin: str) -> list[dict[str, Any]]:
    """Return where texts stand twice, most frequent first; places without any are left out."""
    places = [(f"within {part}", n) for part, n in duplicates["within"].items()]
    places += [(f"of {' also in '.join(pair.split(' in '))}", n) for pair, n in duplicates["across"].items()]
    found = sorted(((place, n) for place, n in places if n), key=lambda pair: -pair[1])
    return [{"place": plain(place), "number": number(n, "documents", n, origin)} for place, n in found]


def _examples(examples: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return two examples, of two classes where there are two, the shortest of each: they are to be read."""
    ordered = sorted(examples, key=lambda example: len(example["text"]))
    others = [example for example in ordered[1:] if example["label"] != ordered[0]["label"]] or ordered[1:]
    return [{key: plain(example[key]) for key in ("text", "label")} for example in ordered[:1] + others[:1]]


def _cut(tokenizer: Tokenizer, text: str) -> dict[str, str]:
    """Return the beginning of a text before and after tokenization, words apart by a bar that no text loses."""
    before = plain(text, 70)
    return {"before": before, "after": " | ".join(words(tokenizer, before.removesuffix(" …")))}
