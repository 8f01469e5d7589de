"""N-grams of tokens as further token ids, hashed into buckets as in fastText (Joulin et al., 2016)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lemma.params import MLP, Neural

FACTOR = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio: Knuth's multiplicative hash


@dataclass(frozen=True)
class NgramHasher:
    """Map n-grams of 2 to `max_n` tokens to the `buckets` token ids from `first_id` on."""

    max_n: int
    buckets: int
    first_id: int

    @classmethod
    def from_params(cls, params: Neural, first_id: int) -> "NgramHasher | None":
        """Return the hasher of a model, None if it has no n-grams.

        Args:
            params: of the model.
            first_id: size of the vocabulary of single tokens, after which the buckets follow.
        """
        if isinstance(params, MLP) and params.ngrams > 1:
            return cls(params.ngrams, params.buckets, first_id)
        return None

    def append_ngrams(
        self, token_ids: NDArray[np.int32], lengths: NDArray[np.int64]
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return token ids and lengths of the documents, with the ids of its n-grams after each document's tokens.

        Args:
            token_ids: of all documents, concatenated.
            lengths: (documents,) number of tokens of each document.
        """
        document = np.repeat(np.arange(len(lengths)), lengths)  # index of the document of each token
        all_ids, all_documents = [token_ids], [document]
        hashes = token_ids.astype(np.uint64)
        for n in range(2, self.max_n + 1):
            hashes = (hashes[:-1] * FACTOR) ^ token_ids[n - 1 :].astype(np.uint64) if len(hashes) else hashes
            is_inside = document[: len(hashes)] == document[n - 1 :]  # the n-gram does not cross two documents
            mixed = (hashes[is_inside] * FACTOR) >> np.uint64(32)
            all_ids.append((mixed % np.uint64(self.buckets)).astype(np.int32) + np.int32(self.first_id))
            all_documents.append(document[: len(hashes)][is_inside])
        documents = np.concatenate(all_documents)
        order = np.argsort(documents, kind="stable")
        return np.concatenate(all_ids)[order], np.bincount(documents, minlength=len(lengths)).astype(np.int64)
