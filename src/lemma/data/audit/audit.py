"""Stage `audit`: count the duplicates of a data set, and fingerprint its documents for the comparison with others.

The texts are read twice: for their hashes, and then the distinct ones for their shingles. Memory holds about a hundred
bytes for each text, never the texts.
"""

from contextlib import closing
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from lemma import files
from lemma.data.audit.duplicate_counts import ConflictCounts, DuplicateCounts
from lemma.data.audit.example_pairs import ExamplePairs
from lemma.data.audit.fingerprints import write_fingerprints
from lemma.data.audit.near_duplicates import NearDuplicateFinder
from lemma.data.audit.text_hashes import hash_text, keep_alphanumeric, make_hash_array, normalise
from lemma.data.audit.text_reader import UNLABELLED, TextReader
from lemma.layout import Layout
from lemma.params import Params


def audit(layout: Layout, dataset: str, params: Params) -> None:
    """Write `audit.json` and the fingerprints of a data set.

    Raises:
        InputError: the documents or the unlabelled texts are missing or damaged.
    """
    texts = TextReader(layout, dataset)
    split, labels = np.empty(len(texts), np.int8), np.empty(len(texts), np.int32)
    exact_hashes, normalised_hashes, fingerprints = bytearray(), bytearray(), bytearray()
    for block in texts.read_blocks():
        rows = slice(block.start, block.start + len(block.texts))
        split[rows], labels[rows] = block.split, block.labels
        exact_hashes += b"".join(map(hash_text, block.texts))
        normalised_hashes += b"".join(hash_text(normalise(text)) for text in block.texts)
        if block.start < texts.documents:
            fingerprints += b"".join(hash_text(keep_alphanumeric(text)) for text in block.texts)
    groups = (_number_groups(hashes) for hashes in (exact_hashes, normalised_hashes))
    exact, normalised = (DuplicateCounts(group, split, len(texts.splits)) for group in groups)
    examples = ExamplePairs(texts, split, labels)
    _offer_equal(exact.group, normalised.group, examples)
    counts = {"exact": _count(texts.splits, exact), "normalised": _count(texts.splits, normalised)}
    with closing(NearDuplicateFinder(params.audit.similarity, len(normalised), layout.audit(dataset).parent)) as finder:
        _add_near_duplicates(texts, finder, normalised, examples)
    counts["near"] = _count(texts.splits, normalised)
    value = {
        "dataset": dataset,
        "similarity": params.audit.similarity,
        "method": _describe_method(finder),
        "splits": {name: int((split == number).sum()) for number, name in enumerate(texts.splits)},
        **counts,
        "conflicting_labels": _count_conflicts(texts.splits, ConflictCounts(normalised.group, split, labels)),
        "examples": examples.to_json(),
    }
    write_fingerprints(layout.fingerprints(dataset), texts, fingerprints, split[: texts.documents])
    files.write_json(layout.audit(dataset), value)


def _number_groups(hashes: bytearray) -> NDArray[np.int32]:
    """Return for each text the number of its hash, in the order of first occurrence."""
    groups: NDArray[np.int32] = make_hash_array(hashes).dictionary_encode().indices.to_numpy()
    return groups


def _offer_equal(exact: NDArray[np.int32], normalised: NDArray[np.int32], examples: ExamplePairs) -> None:
    """Offer consecutive texts of each group of equal ones as examples.

    Args:
        exact: (texts,) number of the group of identical texts.
        normalised: (texts,) number of the group of texts that are equal after normalisation.
        examples: that receive the pairs.
    """
    order = np.argsort(normalised, kind="stable")
    left, right = order[:-1], order[1:]
    for kind, is_kind in (("exact", exact[left] == exact[right]), ("normalised", exact[left] != exact[right])):
        chosen = is_kind & (normalised[left] == normalised[right])
        examples.offer(kind, left[chosen], right[chosen], np.ones(int(chosen.sum())))


def _add_near_duplicates(
    texts: TextReader, finder: NearDuplicateFinder, counts: DuplicateCounts, examples: ExamplePairs
) -> None:
    """Add the pairs of near-duplicates to the counts of the equal texts."""
    highest = np.maximum.accumulate(counts.group)
    is_first = np.diff(highest, prepend=-1) > 0  # the first text of a group represents it
    for block in texts.read_blocks():
        rows = np.flatnonzero(is_first[block.start : block.start + len(block.texts)])
        finder.add([normalise(block.texts[row]) for row in rows])
    number = np.flatnonzero(is_first)
    for left, right, similarity in finder.find_pairs(counts):
        counts.add_similar(left, right)
        examples.offer("near", number[left], number[right], similarity)


def _list_comparisons(splits: list[str]) -> dict[str, tuple[int, list[int]]]:
    """Return the split whose texts are looked up, and the splits in which, by name of the comparison.

    "test in train or dev" is what others report as test in train, if dev was drawn from a published training split.
    """
    labelled = [name for name in splits if name != UNLABELLED]
    comparisons = [(later, [earlier]) for earlier, later in combinations(labelled, 2)]
    if UNLABELLED in splits:
        comparisons += [(UNLABELLED, [name]) for name in labelled] + [(name, [UNLABELLED]) for name in labelled]
    if len(labelled) > 1:
        comparisons += [(name, labelled[:2]) for name in splits[2:]]
    return {
        f"{name} in {' or '.join(others)}": (splits.index(name), [splits.index(other) for other in others])
        for name, others in comparisons
    }


def _count(splits: list[str], counts: DuplicateCounts) -> dict[str, dict[str, int]]:
    return {
        "within": {name: counts.within(number) for number, name in enumerate(splits)},
        "across": {name: counts.across(split, others) for name, (split, others) in _list_comparisons(splits).items()},
    }


def _count_conflicts(splits: list[str], conflicts: ConflictCounts) -> dict[str, int]:
    labelled = [name for name in splits if name != UNLABELLED]
    within = {f"within {name}": conflicts.within(number) for number, name in enumerate(labelled)}
    across = {name: conflicts.across(split, others) for name, (split, others) in _list_comparisons(labelled).items()}
    return within | across


def _describe_method(finder: NearDuplicateFinder) -> str:
    crowded = int(finder.is_crowded.sum())
    limit = f" {crowded} texts have too many candidates: they were compared with only some of these."
    return (
        "Exact: identical texts. Normalised: equal in lower case and with single spaces. Near-duplicates: the Jaccard "
        "index of the word trigrams of the normalised texts (of the words, in texts of fewer than three) is at least "
        f"{finder.similarity}. The index is computed exactly for every pair that agrees in one of {finder.bands} bands "
        f"of {finder.rows} MinHash values (datasketch), so there are no false positives; a pair at the threshold is "
        f"missed with probability {finder.miss:.1g}, a pair above it less often. Within a split, a text is counted if "
        "it duplicates an earlier one."
    ) + (limit if crowded else "")
