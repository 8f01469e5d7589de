"""Pieces of words: byte-pair encoding (Sennrich et al. 2016) or a unigram model (Kudo 2018).

Fitted by Hugging Face tokenizers on the words of the training part of one run, each as often as it stands there; a word
is never joined to its neighbour. A sign that no training word holds is unknown.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from lemma.errors import InputError
from lemma.models.reading import numbered
from lemma.models.rows import UNKNOWN
from lemma.params import Subwords
from lemma.training.vocabulary import Table

SPECIAL = ["\x00pad", "\x00unk"]  # in the order of their rows; no word holds a control character
START = "\u2581"  # marks the piece that a word begins with
BLOCK = 1000  # words handed over at a time
MOST = 1 << 14  # times a word is repeated: a frequent one is one piece long before


def fit(words: list[str], counts: NDArray[np.int64], settings: Subwords) -> Tokenizer:
    """Return the pieces of these words.

    Args:
        words: distinct words of the training part.
        counts: (words,) how often each stands there.
        settings: kind, and number of pieces, signs and special rows included.

    Raises:
        InputError: there are more distinct signs than pieces.
    """
    signs = len({sign for word in words for sign in word}) + len(SPECIAL) + 1
    if signs > settings.size:
        raise InputError(
            f"params.yaml: tokenize.subwords.size is {settings.size}, but the training part has {signs} signs.",
            f"Write {max(2000, 2 * signs)}, say.",
        )
    trainer: trainers.Trainer
    if settings.kind == "bpe":
        tokenizer = Tokenizer(models.BPE(unk_token=SPECIAL[UNKNOWN], fuse_unk=True))
        trainer = trainers.BpeTrainer(vocab_size=settings.size, special_tokens=SPECIAL, show_progress=False)
    else:
        tokenizer = Tokenizer(models.Unigram())
        trainer = trainers.UnigramTrainer(
            vocab_size=settings.size, special_tokens=SPECIAL, unk_token=SPECIAL[UNKNOWN], show_progress=False
        )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=START)
    tokenizer.decoder = decoders.Metaspace(replacement=START)
    tokenizer.train_from_iterator(_repeated(words, counts), trainer)
    return tokenizer


def of_counts(words: list[str], counts: NDArray[np.int64], settings: Subwords) -> Tokenizer:
    """Return the pieces of those of all `words` that were counted in the training part."""
    there = np.flatnonzero(counts)
    return fit([words[number] for number in there.tolist()], counts[there], settings)


def _repeated(words: list[str], counts: NDArray[np.int64]) -> Iterator[str]:
    """Yield lines in which each word stands as often as it was counted, but MOST times at most."""
    for word, number in zip(words, np.minimum(counts, MOST).tolist()):
        for _ in range(0, number, BLOCK):
            yield " ".join([word] * min(BLOCK, number))
            number -= BLOCK


def table(tokenizer: Tokenizer, words: list[str]) -> Table:
    """Return the rows of each of these words' pieces."""
    rows: list[int] = []
    starts = [0]
    for at in range(0, len(words), BLOCK):
        for found in numbered(tokenizer, words[at : at + BLOCK]):
            rows += found
            starts.append(len(rows))
    return Table(np.array(rows, np.int32), np.array(starts, np.int64), tokenizer.get_vocab_size())
