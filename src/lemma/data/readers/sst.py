"""The Stanford Sentiment Treebank (Socher et al. 2013): a label, 0 to 4, on every phrase of every sentence's tree."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

from lemma.corpus.splits import SPLITS
from lemma.data.archives import guarded, member, open_zip
from lemma.data.document import Document
from lemma.errors import InputError
from lemma.params import Dataset, Prepare

ARCHIVE = "trainDevTestTrees_PTB.zip"
FIVE = ("very negative", "negative", "neutral", "positive", "very positive")
TWO = ("negative", "negative", None, "positive", "positive")  # neutral is left out
_NODE = re.compile(r"\(([0-4]) |\)|([^() ]+)")  # a leaf may hold other white space: "2 1/2" has a no-break space
_ESCAPES = (("-LRB-", "("), ("-RRB-", ")"), ("\\/", "/"), ("\\*", "*"))


def phrases(tree: str, every: bool = True) -> list[tuple[int, str]]:
    """Return label and words, escapes undone, of each node of a tree: phrases before those that hold them, root last.

    Without `every`, of the root alone.

    Raises:
        ValueError: it is no tree.
    """
    open_: list[tuple[int, int]] = []
    leaves: list[str] = []
    found: list[tuple[int, int, int]] = []
    at = 0
    for token in _NODE.finditer(tree):
        closed = found and not open_
        if tree[at : token.start()].strip(" ") or closed:
            raise ValueError(f"not a labelled tree: {tree[:60]!r}")
        at = token.end()
        if token[1]:
            open_.append((int(token[1]), len(leaves)))
        elif token[2] and open_:
            leaves.append(token[2])
        elif open_ and open_[-1][1] < len(leaves):
            label, first = open_.pop()
            found.append((label, first, len(leaves)))
        else:
            raise ValueError(f"not a labelled tree: {tree[:60]!r}")
    if open_ or not found or tree[at:].strip(" "):
        raise ValueError(f"not a labelled tree: {tree[:60]!r}")
    return [(label, _plain(leaves[first:last])) for label, first, last in (found if every else found[-1:])]


def _plain(leaves: list[str]) -> str:
    text = " ".join(leaves)
    for escaped, plain in _ESCAPES:
        text = text.replace(escaped, plain)
    return text


def sst2(source: Path, _: Dataset, prepare: Prepare) -> Iterator[Document]:
    """Yield documents of two classes: labels 0 and 1 are negative, 3 and 4 positive; 2, neutral, is left out."""
    return _documents(source, TWO, prepare)


def sst5(source: Path, _: Dataset, prepare: Prepare) -> Iterator[Document]:
    """Yield documents of five classes."""
    return _documents(source, FIVE, prepare)


def _documents(source: Path, names: tuple[str | None, ...], prepare: Prepare) -> Iterator[Document]:
    """Yield whole sentences; of the training part, where phrases are asked for, every phrase once."""
    with open_zip(source, str(source)) as outer:
        content = io.BytesIO(member(outer, ARCHIVE, str(source)))
    place = f"{source}: {ARCHIVE}"
    with open_zip(content, place) as archive:
        for part in SPLITS:
            name = f"trees/{part}.txt"
            trees = guarded(f"{place}: {name}", member(archive, name, place).decode).split("\n")
            every = prepare.granularity == "phrases" and part == "train"
            seen: set[str] = set()
            for number, line in enumerate(trees, start=1):
                if not line:
                    continue
                where = f"{place}: {name}, line {number}"
                try:
                    nodes = phrases(line, every)
                except ValueError as error:
                    fix = "This is not the published file: download it again."
                    raise InputError(f"{where}: {error}.", fix) from None
                for label, text in nodes:
                    label_name = names[label]
                    if label_name is not None and not (every and text in seen):
                        if every:
                            seen.add(text)
                        yield Document(text, label_name, part, where)
