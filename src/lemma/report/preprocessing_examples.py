"""Examples from the training set: documents of each class, and the effect of each preprocessing step on one of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lemma.corpus.tokenizer import OPTIONS, TokenizerConfig, tokenize

SHORT, LONG = 40, 160  # characters of a text that is easy to read
PIECE = 75  # characters of a passage that is easy to read
STRINGS = 12  # strings between spaces in a passage
PIECES = 4  # passages of a document that are searched
KEPT = 300  # characters of an example
BAR, MORE = " | ", "…"
STEPS = {  # in the order in which `lemma.corpus.tokenizer` applies them
    "breaks": "HTML line breaks are replaced by spaces",
    "lowercase": "the text is lower-cased",
    "links": "each URL is replaced by one token",
    "users": "each user name is replaced by one token",
    "numbers": "each number is replaced by one token",
}
ALWAYS = "control characters and Unicode spaces are replaced by spaces; Unicode is normalised to NFC"
WHITE_SPACE, PENN_TREEBANK = "the text is split at white space", "the text is split into tokens"
Texts = Sequence[tuple[str, int]]  # of the training set, each with its class


def select_examples(texts: Texts, classes: list[str], wanted: int = 6) -> list[dict[str, str]]:
    """Return example documents of as many classes as possible, the largest ones, in the order of the classes.

    Documents whose length is easy to read are preferred; long ones are cut.

    Args:
        texts: documents of the training set with their classes.
        classes: names of the classes.
        wanted: number of examples at most.
    """
    per_class = max(1, min(2, wanted // len(classes)))
    best: dict[int, list[tuple[int, int, str]]] = {}
    sizes: Counter[int] = Counter()
    for place, (text, label) in enumerate(texts):
        sizes[label] += 1
        best[label] = sorted([*best.get(label, []), (_excess(text), place, text)])[:per_class]
    return [
        {"label": classes[label], "text": text if len(text) <= KEPT else text[:KEPT] + MORE, "part": "train"}
        for label in sorted(label for label, _ in sizes.most_common(wanted))
        for *_, text in best[label]
    ]


def show_steps(texts: Texts, config: TokenizerConfig) -> list[dict[str, Any]]:
    """Return the steps from a text to its tokens, in order, each with a passage before and after it.

    Steps that change none of the texts are left out, except for the split into tokens.

    Args:
        texts: documents of the training set with their classes.
        config: options of the tokenizer.
    """
    pieces = [piece for text, _ in texts for piece in _cut_passages(text)]
    option = replace(config, tokenized=True, **dict.fromkeys(OPTIONS, False))
    before = [[string for string in piece.split(" ") if string] for piece in pieces]
    steps = []
    for name in ("", *(name for name in STEPS if getattr(config, name))):
        option = replace(option, **{name: True}) if name else option
        after = tokenize(pieces, option).to_pylist()
        changed = [place for place in range(len(pieces)) if before[place] != after[place]]
        if changed:
            place = _find_most_readable(changed, pieces)
            step = STEPS[name] if name else ALWAYS
            steps.append({"step": step, "before": " ".join(before[place]), "after": " ".join(after[place])})
        before = after
    after = tokenize(pieces, config).to_pylist()
    changed = [place for place in range(len(pieces)) if before[place] != after[place]]
    place = _find_most_readable(changed or range(len(pieces)), pieces)
    split = WHITE_SPACE if config.tokenized else PENN_TREEBANK
    return [*steps, {"step": split, "before": " ".join(before[place]), "after": BAR.join(after[place])}]


def _find_most_readable(places: Sequence[int], pieces: list[str]) -> int:
    """Return the place of the first passage that is easy to read, or of the one that is closest to it."""
    return min(places, key=lambda place: _excess(pieces[place], PIECE))


def _excess(text: str, long: int = LONG) -> int:
    """Return by how many characters a text is too short or too long to be easy to read."""
    return max(0, SHORT - len(text), len(text) - long)


def _cut_passages(text: str) -> list[str]:
    """Return the first passages of a text, each short enough to print."""
    if len(text) <= LONG // 2:
        return [text]
    strings = text.split(" ")
    starts = range(0, min(len(strings), PIECES * STRINGS), STRINGS)
    return [" ".join(strings[start : start + STRINGS])[:LONG] for start in starts]
