"""The vocabulary of a network, fitted on the training split of its run.

`tokens.arrow` stores *type ids*, which number the distinct tokens of the whole corpus. A network has *token ids*, which
index its embedding matrix: one for each token that is frequent enough in the training split, or for each subword.
`Vocabulary` maps type ids to token ids one batch at a time, so the corpus is never copied.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lemma.corpus.text_encoder import TextEncoder
from lemma.corpus.tokens import Corpus

BLOCK = 10_000  # documents counted, or tokens encoded, at a time


@dataclass(frozen=True)
class Vocabulary:
    """Map from type ids of a corpus to token ids of a model.

    Attributes:
        token_ids: int32; type t has the token ids `token_ids[starts[t] : starts[t + 1]]`.
        starts: int64, (types + 1,).
        size: number of token ids, PAD and UNKNOWN included.
    """

    token_ids: NDArray[np.int32]
    starts: NDArray[np.int64]
    size: int

    def encode(self, type_ids: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the token ids of these types, concatenated."""
        if len(self.token_ids) == len(self.starts) - 1:  # one token id for each type
            return self.token_ids[type_ids]
        starts = self.starts[type_ids]
        counts = self.starts[type_ids + 1] - starts
        ends = np.cumsum(counts)
        positions = np.repeat(starts - ends + counts, counts) + np.arange(counts.sum())
        token_ids: NDArray[np.int32] = self.token_ids[positions]
        return token_ids

    def lengths(self, corpus: Corpus) -> NDArray[np.int64]:
        """Return the number of token ids of each document: (documents,)."""
        if len(self.token_ids) == len(self.starts) - 1:
            return corpus.lengths
        counts = np.diff(self.starts)
        result = np.zeros(len(corpus), np.int64)
        for start, stop, type_ids in corpus.blocks(BLOCK):
            ends = np.concatenate([[0], np.cumsum(counts[type_ids])])
            result[start:stop] = np.diff(ends[corpus.offsets[start : stop + 1] - corpus.offsets[start]])
        return result


def count_tokens(corpus: Corpus, selected: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Count the occurrences of each type in the selected documents.

    Args:
        corpus: all documents.
        selected: (documents,) whether a document is counted: those of the training split.

    Returns:
        (types,) counts.
    """
    counts = np.zeros(corpus.types, np.int64)
    for start, stop, type_ids in corpus.blocks(BLOCK):
        is_counted = np.repeat(selected[start:stop], np.diff(corpus.offsets[start : stop + 1]))
        counts += np.bincount(type_ids[is_counted], minlength=corpus.types)
    return counts


def select_tokens(
    counts: NDArray[np.int64], tokens: list[str], min_count: int, pretrained: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the tokens of the vocabulary: the most frequent first, equally frequent ones in alphabetical order.

    Type ids do not decide on the order: they number the whole corpus, so the order would reveal counts of dev and test.

    Args:
        counts: (types,) occurrences in the training split.
        tokens: (types,) distinct tokens of the corpus.
        min_count: occurrences that a token needs.
        pretrained: tokens that have a pre-trained vector; they need one occurrence.
    """
    frequent = np.flatnonzero(counts >= max(1, min_count))
    rare = np.flatnonzero((counts > 0) & (counts < min_count)) if pretrained else frequent[:0]
    chosen = [*frequent.tolist(), *(type_id for type_id in rare.tolist() if tokens[type_id] in pretrained)]
    return tuple(tokens[type_id] for type_id in sorted(chosen, key=lambda t: (-counts[t], tokens[t])))


def build_vocabulary(encoder: TextEncoder, tokens: list[str]) -> Vocabulary:
    """Encode all distinct tokens of a corpus.

    Args:
        encoder: of the model.
        tokens: (types,) distinct tokens of the corpus.
    """
    token_ids: list[int] = []
    starts = [0]
    for start in range(0, len(tokens), BLOCK):
        for ids in encoder.encode_each(tokens[start : start + BLOCK]):
            token_ids += ids
            starts.append(len(token_ids))
    return Vocabulary(np.array(token_ids, np.int32), np.array(starts, np.int64), encoder.size)
