"""Parse trees: every leaf and phrase is read, and an invalid tree is an error that names its line."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma.data.readers.sst import parse_tree
from lemma.errors import InputError
from tests.unit.data.published import (
    PHRASES,
    TREES,
    read,
    treebank,
)

FAIR = settings(derandomize=True, max_examples=60)
ESCAPED = {"(": "-LRB-", ")": "-RRB-"}
words = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=" \\"), min_size=1).filter(
    lambda word: not re.search("-[LR]RB-", word)
)
trees = st.recursive(
    st.tuples(st.integers(0, 4), words),
    lambda inner: st.tuples(st.integers(0, 4), st.lists(inner, min_size=1, max_size=3)),
)
Tree = tuple[int, "str | list[Tree]"]


def spelled(tree: Tree) -> str:
    label, inside = tree
    if isinstance(inside, list):
        return f"({label} {' '.join(map(spelled, inside))})"
    for plain, escaped in {**ESCAPED, "/": "\\/", "*": "\\*"}.items():
        inside = inside.replace(plain, escaped)
    return f"({label} {inside})"


def leaves(tree: Tree) -> list[str]:
    return [tree[1]] if isinstance(tree[1], str) else [leaf for inner in tree[1] for leaf in leaves(inner)]


def sentence(tree: str) -> str:
    return parse_tree(tree)[-1][1]


@FAIR
@given(trees)
def test_the_leaves_of_a_tree_are_returned_in_order(tree: Tree) -> None:
    assert sentence(spelled(tree)) == " ".join(leaves(tree))


def test_a_leaf_may_contain_a_no_break_space() -> None:
    assert sentence("(3 (2 2\u00a01\\/2) (2 hours))") == "2\u00a01/2 hours"


@pytest.mark.parametrize("line", ["", "word", "(3)", "(3 )", "(3 (2 a) (2 b)", "(3 a))", "(5 a)", "(x (2 a))"])
def test_a_line_without_a_labelled_tree_is_an_error(line: str) -> None:
    with pytest.raises(ValueError, match="not a labelled tree"):
        sentence(line)


@FAIR
@given(trees)
def test_the_phrases_of_a_tree_are_those_of_all_nodes_with_the_root_last(tree: Tree) -> None:
    def nodes(of: Tree) -> list[tuple[int, str]]:
        inner = [node for part in of[1] for node in nodes(part)] if isinstance(of[1], list) else []
        return [*inner, (of[0], " ".join(leaves(of)))]

    assert parse_tree(spelled(tree)) == nodes(tree)
    assert parse_tree(spelled(tree), all_nodes=False) == nodes(tree)[-1:]


def test_phrases_are_used_in_train_only_and_each_text_once(tmp_path: Path) -> None:
    trees = TREES | {"train": "(3 (4 Good) (4 (4 Good) (2 fun)))\n(1 (4 Good) (0 (1 not) (2 so)))\n"}
    documents = read("sst2", tmp_path / "s.zip", treebank(trees), prepare=PHRASES)
    assert [(d.text, d.label, d.split) for d in documents] == [
        ("Good", "positive", "train"),
        ("Good fun", "positive", "train"),
        ("Good Good fun", "positive", "train"),
        ("not", "negative", "train"),
        ("not so", "negative", "train"),
        ("Good not so", "negative", "train"),
        ("Great film", "positive", "dev"),
        ("Awful )", "negative", "test"),
    ]
    fine = read("sst5", tmp_path / "s.zip", treebank(trees), prepare=PHRASES)
    assert [(d.text, d.label) for d in fine if d.split == "train"][:3] == [
        ("Good", "very positive"),
        ("fun", "neutral"),
        ("Good fun", "very positive"),
    ]


def test_sst2_keeps_the_official_splits_merges_labels_and_leaves_neutral_out(tmp_path: Path) -> None:
    documents = read("sst2", tmp_path / "s.zip", treebank(TREES))
    assert [(d.text, d.label, d.split) for d in documents] == [
        ("Worth watching", "positive", "train"),
        ("Dull .", "negative", "train"),
        ("Great film", "positive", "dev"),
        ("Awful )", "negative", "test"),
    ]
    assert documents[1].location == f"{tmp_path / 's.zip'}: trainDevTestTrees_PTB.zip: trees/train.txt, line 3"


def test_the_error_for_an_invalid_tree_names_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=re.escape("trees/dev.txt, line 2: not a labelled tree: '(4 (3'")):
        read("sst2", tmp_path / "s.zip", treebank(TREES | {"dev": "(4 (3 a) (2 b))\n(4 (3"}))
