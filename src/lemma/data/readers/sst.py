"""Reader of the Stanford Sentiment Treebank (Socher et al., 2013): every phrase of a parse tree has a label, 0 to 4."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

from lemma.corpus.splits import SPLITS
from lemma.data.readers.document import Document
from lemma.data.sources.archives import guard, open_zip, read_member
from lemma.errors import InputError
from lemma.params import Dataset, Prepare

ARCHIVE = "trainDevTestTrees_PTB.zip"
FIVE = ("very negative", "negative", "neutral", "positive", "very positive")
TWO = ("negative", "negative", None, "positive", "positive")  # neutral is left out
_NODE = re.compile(r"\(([0-4]) |\)|([^() ]+)")  # a leaf may contain other white space: "2 1/2" has a no-break space
_ESCAPES = (("-LRB-", "("), ("-RRB-", ")"), ("\\/", "/"), ("\\*", "*"))


def parse_tree(tree: str, all_nodes: bool = True) -> list[tuple[int, str]]:
    """Return the label and the text of the nodes of a tree in post-order, so that the root is last.

    Args:
        tree: in bracket notation.
        all_nodes: return all nodes; otherwise only the root.

    Raises:
        ValueError: it is not a labelled tree.
    """
    open_nodes: list[tuple[int, int]] = []  # label, first leaf
    leaves: list[str] = []
    nodes: list[tuple[int, int, int]] = []  # label, first leaf, last leaf + 1
    position = 0
    for token in _NODE.finditer(tree):
        is_after_root = nodes and not open_nodes
        if tree[position : token.start()].strip(" ") or is_after_root:
            raise ValueError(f"not a labelled tree: {tree[:60]!r}")
        position = token.end()
        if token[1]:
            open_nodes.append((int(token[1]), len(leaves)))
        elif token[2] and open_nodes:
            leaves.append(token[2])
        elif open_nodes and open_nodes[-1][1] < len(leaves):
            label, first = open_nodes.pop()
            nodes.append((label, first, len(leaves)))
        else:
            raise ValueError(f"not a labelled tree: {tree[:60]!r}")
    if open_nodes or not nodes or tree[position:].strip(" "):
        raise ValueError(f"not a labelled tree: {tree[:60]!r}")
    return [(label, _join_leaves(leaves[first:stop])) for label, first, stop in (nodes if all_nodes else nodes[-1:])]


def _join_leaves(leaves: list[str]) -> str:
    text = " ".join(leaves)
    for escaped, character in _ESCAPES:
        text = text.replace(escaped, character)
    return text


def read_sst2(source: Path, _: Dataset, prepare: Prepare) -> Iterator[Document]:
    """Yield documents of two classes: labels 0 and 1 are negative, 3 and 4 positive; 2, neutral, is left out."""
    return _read_documents(source, TWO, prepare)


def read_sst5(source: Path, _: Dataset, prepare: Prepare) -> Iterator[Document]:
    """Yield documents of five classes."""
    return _read_documents(source, FIVE, prepare)


def _read_documents(source: Path, classes: tuple[str | None, ...], prepare: Prepare) -> Iterator[Document]:
    """Yield whole sentences; with `granularity: phrases` every distinct phrase of the training split."""
    with open_zip(source, str(source)) as outer:
        content = io.BytesIO(read_member(outer, ARCHIVE, str(source)))
    archive_location = f"{source}: {ARCHIVE}"
    with open_zip(content, archive_location) as archive:
        for split in SPLITS:
            name = f"trees/{split}.txt"
            content_bytes = read_member(archive, name, archive_location)
            trees = guard(f"{archive_location}: {name}", content_bytes.decode).split("\n")
            all_phrases = prepare.granularity == "phrases" and split == "train"
            seen: set[str] = set()
            for number, line in enumerate(trees, start=1):
                if not line:
                    continue
                location = f"{archive_location}: {name}, line {number}"
                try:
                    nodes = parse_tree(line, all_phrases)
                except ValueError as error:
                    fix = "This is not the published file: download it again."
                    raise InputError(f"{location}: {error}.", fix) from None
                for label, text in nodes:
                    class_name = classes[label]
                    if class_name is not None and not (all_phrases and text in seen):
                        if all_phrases:
                            seen.add(text)
                        yield Document(text, class_name, split, location)
