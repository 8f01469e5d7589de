"""Pieces of words: byte-pair encoding (Sennrich et al. 2016) or a unigram model (Kudo 2018).

Fitted on the words of the training part of one run, each as often as it stands there; a word is never joined to its
neighbour. A sign that no training word holds is unknown. Hugging Face tokenizers cut words either way and fit BPE;
their unigram trainer adds probabilities in the order of a hash table, another one each time, so SentencePiece fits it.
"""

import io
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from lemma.corpus.special_tokens import PAD, UNKNOWN
from lemma.corpus.text_encoder import numbered
from lemma.corpus.vocabulary import Table
from lemma.errors import InputError
from lemma.params import Subwords

SPECIAL = ["\x01pad", "\x01unk"]  # in the order of their rows; no word holds a control character
START = "\u2581"  # marks the piece that a word begins with
BLOCK = 1000  # words handed over at a time
DIGITS = 6  # decimal places of a piece's log-probability: single precision has no more, and JSON keeps so many exactly


def fit(words: list[str], counts: NDArray[np.int64], settings: Subwords) -> Tokenizer:
    """Return the pieces of these words; their order does not matter.

    Args:
        words: distinct words.
        counts: (words,) how often each stands in the training part; what does not stand there has no say.
        settings: kind, and number of pieces, signs and special rows included: at most, where the words give fewer.

    Raises:
        InputError: there are more distinct signs than pieces.
    """
    held = sorted((word, count) for word, count in zip(words, counts.tolist(), strict=True) if count)
    signs = len({sign for word, _ in held for sign in word} | {START}) + len(SPECIAL)
    if signs > settings.size:
        raise InputError(
            f"params.yaml: tokenize.subwords.size is {settings.size}, but the training part has {signs} signs.",
            f"Write {max(2000, 2 * signs)}, say.",
        )
    tokenizer = (_bpe if settings.kind == "bpe" else _unigram)(held, settings.size)
    tokenizer.decoder = decoders.Metaspace(replacement=START)
    return tokenizer


def _bpe(held: list[tuple[str, int]], size: int) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(unk_token=SPECIAL[UNKNOWN], fuse_unk=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=START)
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=SPECIAL, show_progress=False)
    tokenizer.train_from_iterator(_repeated(held), trainer)
    return tokenizer


def _repeated(held: list[tuple[str, int]]) -> Iterator[str]:
    """Yield lines in which each word stands as often as it was counted: the trainer takes no counts."""
    for word, count in held:
        for done in range(0, count, BLOCK):
            yield f"{word} " * min(BLOCK, count - done)


def _unigram(held: list[tuple[str, int]], size: int) -> Tokenizer:
    scores = _scores(held, size) if held else [(piece, 0.0) for piece in SPECIAL]
    tokenizer = Tokenizer(models.Unigram(scores, unk_id=UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=START)
    return tokenizer


def _scores(held: list[tuple[str, int]], size: int) -> list[tuple[str, float]]:
    """Return the pieces of a unigram model and their log-probabilities, in the order of their rows."""
    from sentencepiece import SentencePieceProcessor, SentencePieceTrainer

    written = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=(f"{word}\t{count}" for word, count in held),
        input_format="tsv",
        model_writer=written,
        model_type="unigram",
        vocab_size=size,
        hard_vocab_limit=False,
        character_coverage=1.0,
        max_sentence_length=2**30,
        normalization_rule_name="identity",  # what a word is has been decided
        split_by_unicode_script=False,
        split_by_number=False,
        pad_id=PAD,
        unk_id=UNKNOWN,
        bos_id=-1,
        eos_id=-1,
        pad_piece=SPECIAL[PAD],
        unk_piece=SPECIAL[UNKNOWN],
        num_threads=1,  # sums do not depend on how they were shared
        minloglevel=2,
    )
    fitted = SentencePieceProcessor(model_proto=written.getvalue())
    return [(fitted.id_to_piece(row), round(fitted.get_score(row), DIGITS)) for row in range(len(fitted))]


def table(tokenizer: Tokenizer, words: list[str]) -> Table:
    """Return the rows of each of these words' pieces."""
    rows: list[int] = []
    starts = [0]
    for at in range(0, len(words), BLOCK):
        for found in numbered(tokenizer, words[at : at + BLOCK]):
            rows += found
            starts.append(len(rows))
    return Table(np.array(rows, np.int32), np.array(starts, np.int64), tokenizer.get_vocab_size())
