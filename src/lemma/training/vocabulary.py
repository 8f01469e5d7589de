"""The words a network knows: those frequent enough in the training part of its run."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from lemma.data.corpus import Corpus
from lemma.models.layers import PAD, UNKNOWN

SPECIAL = {"[PAD]": PAD, "[UNK]": UNKNOWN}
UNKNOWN_TYPE = 0  # what tokenization calls a text's own "[UNK]", unknown to any model


@dataclass(frozen=True)
class Vocabulary:
    """`types` (words,): type ids of the known words, most frequent first; row r + 2 of the table is `types[r]`."""

    types: NDArray[np.int64]

    @property
    def rows(self) -> int:
        """Rows of the table of word vectors: known words, padding, unknown."""
        return len(self.types) + len(SPECIAL)

    def encode(self, ids: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the rows of the word vectors for type ids; all other types are UNKNOWN."""
        table = np.full(max(int(ids.max(initial=0)), int(self.types.max(initial=0))) + 1, UNKNOWN, np.int32)
        table[self.types] = np.arange(len(self.types), dtype=np.int32) + len(SPECIAL)
        return table[ids]


def fit(corpus: Corpus, documents: NDArray[np.bool_], min_count: int) -> Vocabulary:
    """Return the vocabulary of the given documents.

    Args:
        corpus: all documents.
        documents: (documents,) which of them count: the training part.
        min_count: occurrences in these below which a word is unknown.
    """
    counts = np.bincount(corpus.ids[np.repeat(documents, corpus.lengths)], minlength=1)
    counts[UNKNOWN_TYPE] = 0
    known = np.flatnonzero(counts >= min_count)
    return Vocabulary(known[np.lexsort((known, -counts[known]))])


def known(tokenizer: Tokenizer, words: Vocabulary) -> str:
    """Return, as JSON, the corpus's tokenizer with these words alone, numbered as the rows of their vectors."""
    spelled = {number: word for word, number in tokenizer.get_vocab().items()}
    # The special rows last: a text's own "[PAD]" must not take the place of padding.
    rows = {spelled[int(number)]: row for row, number in enumerate(words.types, start=len(SPECIAL))} | SPECIAL
    own = Tokenizer.from_str(tokenizer.to_str())
    own.model = WordLevel(rows, unk_token="[UNK]")
    return str(own.to_str())
