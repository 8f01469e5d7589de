"""Real texts of the training part: examples of each class, and what each step of preprocessing does to one of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lemma.corpus.tokenizer import OPTIONS, TokenizerConfig, tokenize

SHORT, LONG = 40, 160  # characters of a text that is easy to read
PIECE = 75  # characters of a piece of a text that is
STRINGS = 12  # strings between spaces that a piece holds
PIECES = 4  # of a document that are looked at
KEPT = 300  # characters of an example
BAR, MORE = " | ", "…"
STEPS = {  # in the order in which `lemma.corpus.tokenizer` takes them
    "breaks": "line breaks of HTML are spaces",
    "lowercase": "capitals are small letters",
    "links": "addresses of the web are one word",
    "users": "names of users are one word",
    "numbers": "numbers are one word",
}
ALWAYS = "control characters and odd spaces are spaces; letters with marks are one sign (NFC)"
Texts = Sequence[tuple[str, int]]  # of the training part, each with its class


def examples(texts: Texts, classes: list[str], wanted: int = 6) -> list[dict[str, str]]:
    """Return at most `wanted` of the texts, of as many classes as can be, the largest ones, in the classes' order.

    Of each class those come first that are easy to read, then those nearly so; a long text is cut.
    """
    each = max(1, min(2, wanted // len(classes)))
    best: dict[int, list[tuple[int, int, str]]] = {}
    met: Counter[int] = Counter()
    for place, (text, label) in enumerate(texts):
        met[label] += 1
        best[label] = sorted([*best.get(label, []), (_uneasy(text), place, text)])[:each]
    return [
        {"label": classes[label], "text": text if len(text) <= KEPT else text[:KEPT] + MORE, "part": "train"}
        for label in sorted(label for label, _ in met.most_common(wanted))
        for *_, text in best[label]
    ]


def steps(texts: Texts, how: TokenizerConfig) -> list[dict[str, Any]]:
    """Return the steps from a text to its words, in order, each with one of the texts before and after it.

    Steps that act on none of the texts are left out.
    """
    pieces = [piece for text, _ in texts for piece in _pieces(text)]
    option = replace(how, tokenized=True, **dict.fromkeys(OPTIONS, False))
    before = [[string for string in piece.split(" ") if string] for piece in pieces]
    found = []
    for name in ("", *(name for name in STEPS if getattr(how, name))):
        option = replace(option, **{name: True}) if name else option
        after = tokenize(pieces, option).to_pylist()
        acted = [place for place in range(len(pieces)) if before[place] != after[place]]
        if acted:
            place = _best(acted, pieces)
            step = STEPS[name] if name else ALWAYS
            found.append({"step": step, "before": " ".join(before[place]), "after": " ".join(after[place])})
        before = after
    after = tokenize(pieces, how).to_pylist()
    acted = [place for place in range(len(pieces)) if before[place] != after[place]]
    place = _best(acted or range(len(pieces)), pieces)
    boundary = "words are what spaces part" if how.tokenized else "text is cut into words"
    return [*found, {"step": boundary, "before": " ".join(before[place]), "after": BAR.join(after[place])}]


def _best(places: Sequence[int], pieces: list[str]) -> int:
    """Return the place of the first piece that is easy to read, or else of that most nearly so."""
    return min(places, key=lambda place: _uneasy(pieces[place], PIECE))


def _uneasy(text: str, long: int = LONG) -> int:
    """Return by how many characters a text is too short or too long to be a good example."""
    return max(0, SHORT - len(text), len(text) - long)


def _pieces(text: str) -> list[str]:
    """Return the first passages of a text, short enough to be printed."""
    if len(text) <= LONG // 2:
        return [text]
    strings = text.split(" ")
    starts = range(0, min(len(strings), PIECES * STRINGS), STRINGS)
    return [" ".join(strings[start : start + STRINGS])[:LONG] for start in starts]
