"""Stage `audit`: what stands twice in a data set, and a fingerprint of each document for the comparison with others.

The texts are read twice, first for their digests, then those that differ for their shingles: memory holds about a
hundred bytes a text, never the texts.
"""

from contextlib import closing
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from lemma import files
from lemma.data.audit import fingerprints
from lemma.data.audit.examples import Examples
from lemma.data.audit.near import Near
from lemma.data.audit.tally import Conflicts, Tally
from lemma.data.audit.texts import UNLABELLED, Texts, alphanumeric, digest, hash_array, normalised
from lemma.layout import Layout
from lemma.params import Params


def audit(layout: Layout, dataset: str, params: Params) -> None:
    """Write `audit.json` and the fingerprints of a data set.

    Raises:
        InputError: the documents or the unlabelled texts are missing or damaged.
    """
    texts = Texts(layout, dataset)
    part, labels = np.empty(len(texts), np.int8), np.empty(len(texts), np.int32)
    exact, plain, letters = bytearray(), bytearray(), bytearray()
    for block in texts.blocks():
        place = slice(block.start, block.start + len(block.texts))
        part[place], labels[place] = block.part, block.labels
        exact += b"".join(map(digest, block.texts))
        plain += b"".join(digest(normalised(text)) for text in block.texts)
        if block.start < texts.documents:
            letters += b"".join(digest(alphanumeric(text)) for text in block.texts)
    equal, alike = (Tally(_groups(digests), part, len(texts.parts)) for digests in (exact, plain))
    examples = Examples(texts, part, labels)
    _show_equal(equal.group, alike.group, examples)
    found = {"exact": _counts(texts.parts, equal), "normalised": _counts(texts.parts, alike)}
    with closing(Near(params.audit.similarity, len(alike), layout.audit(dataset).parent)) as near:
        _add_near(texts, near, alike, examples)
    found["near"] = _counts(texts.parts, alike)
    value = {
        "dataset": dataset,
        "similarity": params.audit.similarity,
        "method": _method(near),
        "parts": {name: int((part == number).sum()) for number, name in enumerate(texts.parts)},
        **found,
        "other_label": _conflicts(texts.parts, Conflicts(alike.group, part, labels)),
        "examples": examples.json(),
    }
    fingerprints.write(layout.fingerprints(dataset), texts, letters, part[: texts.documents])
    files.write_json(layout.audit(dataset), value)


def _groups(digests: bytearray) -> NDArray[np.int32]:
    """Return for each text the number of its digest; they are numbered as they first occur."""
    numbers: NDArray[np.int32] = hash_array(digests).dictionary_encode().indices.to_numpy()
    return numbers


def _show_equal(exact: NDArray[np.int32], plain: NDArray[np.int32], examples: Examples) -> None:
    """Offer texts that follow each other in a group of equal ones as examples."""
    order = np.argsort(plain, kind="stable")
    one, other = order[:-1], order[1:]
    for kind, same in (("exact", exact[one] == exact[other]), ("normalised", exact[one] != exact[other])):
        chosen = same & (plain[one] == plain[other])
        examples.offer(kind, one[chosen], other[chosen], np.ones(int(chosen.sum())))


def _add_near(texts: Texts, near: Near, tally: Tally, examples: Examples) -> None:
    """Add the pairs of different texts that are nearly alike to the tally of the equal ones."""
    highest = np.maximum.accumulate(tally.group)
    leads = np.diff(highest, prepend=-1) > 0  # whether a text is the first of its group, which stands for the others
    for block in texts.blocks():
        chosen = np.flatnonzero(leads[block.start : block.start + len(block.texts)])
        near.add([normalised(block.texts[place]) for place in chosen])
    number = np.flatnonzero(leads)
    for one, other, similarity in near.pairs(tally):
        tally.add(one, other)
        examples.offer("near", number[one], number[other], similarity)


def _questions(parts: list[str]) -> dict[str, tuple[int, list[int]]]:
    """Return which part is looked for in which others, under the name that the answer bears.

    Where dev was cut from a published training part, "test in train or dev" is what others know as test in train.
    """
    labelled = [name for name in parts if name != UNLABELLED]
    asked = [(later, [earlier]) for earlier, later in combinations(labelled, 2)]
    if UNLABELLED in parts:
        asked += [(UNLABELLED, [name]) for name in labelled] + [(name, [UNLABELLED]) for name in labelled]
    if len(labelled) > 1:
        asked += [(name, labelled[:2]) for name in parts[2:]]
    return {
        f"{name} in {' or '.join(others)}": (parts.index(name), [parts.index(other) for other in others])
        for name, others in asked
    }


def _counts(parts: list[str], tally: Tally) -> dict[str, dict[str, int]]:
    return {
        "within": {name: tally.within(number) for number, name in enumerate(parts)},
        "across": {name: tally.across(part, others) for name, (part, others) in _questions(parts).items()},
    }


def _conflicts(parts: list[str], conflicts: Conflicts) -> dict[str, int]:
    labelled = [name for name in parts if name != UNLABELLED]
    within = {f"within {name}": conflicts.within(number) for number, name in enumerate(labelled)}
    return within | {name: conflicts.across(part, others) for name, (part, others) in _questions(labelled).items()}


def _method(near: Near) -> str:
    crowded = int(near.crowded.sum())
    limit = f" {crowded} texts share bands with so many others that they were compared with some of them only."
    return (
        "Exact: text for text. Normalised: in lower case, with single spaces. Near: the Jaccard index of the word "
        f"trigrams of the normalised texts (of the words, in texts of fewer than three) is at least {near.similarity}; "
        f"computed for every pair that agrees in one of {near.bands} bands of {near.rows} MinHash values "
        f"(datasketch), so that none is counted wrongly, and one at that threshold is missed with a probability of "
        f"{near.miss:.1g}, one above it more rarely. Within a part a text counts if it is a copy of an earlier one."
    ) + (limit if crowded else "")
