"""Subwords: byte-pair encoding (Sennrich et al., 2016) or a unigram language model (Kudo, 2018).

The subword model is fitted on the tokens of the training split of one run, weighted by their counts; subwords never
cross the border of a token. A character that occurs in no training token is unknown. Hugging Face tokenizers apply both
kinds and fit BPE. SentencePiece fits the unigram model: the trainer of tokenizers adds probabilities in the order of a
hash table, which differs between processes.
"""

import io
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from lemma.corpus.special_tokens import PAD, UNKNOWN
from lemma.errors import InputError
from lemma.params import Subwords

SPECIAL = ["\x01pad", "\x01unk"]  # in the order of their ids; no token contains a control character
START = "\u2581"  # marks the first subword of a token
BLOCK = 1000  # repetitions of a token passed to the trainer at a time
DIGITS = 6  # decimals of a log-probability: single precision has no more, and JSON keeps these exactly
TokenCounts = list[tuple[str, int]]


def fit_subwords(tokens: list[str], counts: NDArray[np.int64], settings: Subwords) -> Tokenizer:
    """Fit a subword model; the order of the tokens does not matter.

    Args:
        tokens: distinct tokens.
        counts: (tokens,) occurrences in the training split; tokens that do not occur there are ignored.
        settings: kind and size. The size is the number of subwords, including characters and special tokens; the
            model has fewer if the tokens give fewer.

    Raises:
        InputError: there are more distinct characters than subwords.
    """
    token_counts = sorted((token, count) for token, count in zip(tokens, counts.tolist(), strict=True) if count)
    characters = len({character for token, _ in token_counts for character in token} | {START}) + len(SPECIAL)
    if characters > settings.size:
        raise InputError(
            f"params.yaml: tokenize.subwords.size is {settings.size}, but the training split has {characters} distinct "
            "characters.",
            f"Write a larger size, for example {max(2000, 2 * characters)}.",
        )
    model = (_fit_bpe if settings.kind == "bpe" else _fit_unigram)(token_counts, settings.size)
    model.decoder = decoders.Metaspace(replacement=START)
    return model


def _fit_bpe(token_counts: TokenCounts, size: int) -> Tokenizer:
    model = Tokenizer(models.BPE(unk_token=SPECIAL[UNKNOWN], fuse_unk=True))
    model.pre_tokenizer = pre_tokenizers.Metaspace(replacement=START)
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=SPECIAL, show_progress=False)
    model.train_from_iterator(_repeat_tokens(token_counts), trainer)
    return model


def _repeat_tokens(token_counts: TokenCounts) -> Iterator[str]:
    """Yield lines in which each token is repeated as often as it was counted: the trainer accepts no counts."""
    for token, count in token_counts:
        for done in range(0, count, BLOCK):
            yield f"{token} " * min(BLOCK, count - done)


def _fit_unigram(token_counts: TokenCounts, size: int) -> Tokenizer:
    scores = _fit_scores(token_counts, size) if token_counts else [(subword, 0.0) for subword in SPECIAL]
    model = Tokenizer(models.Unigram(scores, unk_id=UNKNOWN))
    model.pre_tokenizer = pre_tokenizers.Metaspace(replacement=START)
    return model


def _fit_scores(token_counts: TokenCounts, size: int) -> list[tuple[str, float]]:
    """Return the subwords of a unigram model and their log-probabilities, in the order of their ids."""
    from sentencepiece import SentencePieceProcessor, SentencePieceTrainer

    proto = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=(f"{token}\t{count}" for token, count in token_counts),
        input_format="tsv",
        model_writer=proto,
        model_type="unigram",
        vocab_size=size,
        hard_vocab_limit=False,
        character_coverage=1.0,
        max_sentence_length=2**30,
        normalization_rule_name="identity",  # tokens are normalised already
        split_by_unicode_script=False,
        split_by_number=False,
        pad_id=PAD,
        unk_id=UNKNOWN,
        bos_id=-1,
        eos_id=-1,
        pad_piece=SPECIAL[PAD],
        unk_piece=SPECIAL[UNKNOWN],
        num_threads=1,  # with several the order of additions, and so the sums, would vary
        minloglevel=2,
    )
    fitted = SentencePieceProcessor(model_proto=proto.getvalue())
    return [(fitted.id_to_piece(i), round(fitted.get_score(i), DIGITS)) for i in range(len(fitted))]
