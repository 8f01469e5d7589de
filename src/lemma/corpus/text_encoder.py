"""The text encoder of a trained model: text to tokens, and tokens to token ids of the model's vocabulary.

The vocabulary holds whole tokens, or subwords (see `lemma.corpus.subwords`). Training and prediction encode tokens
with the same object; `lemma.corpus.vocabulary` applies it to all tokens of a corpus at once.
"""

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from tokenizers import Tokenizer

from lemma.corpus.special_tokens import FIRST, UNKNOWN
from lemma.corpus.tokenizer import TokenizerConfig, tokenize


@dataclass(frozen=True)
class TextEncoder:
    """Tokenizer configuration and vocabulary of a model.

    Attributes:
        config: how text is tokenized.
        tokens: vocabulary of whole tokens in the order of their ids, from FIRST on; empty with subwords, and in
            models of scikit-learn, which keep their own vocabulary.
        subwords: fitted subword model, or None if the vocabulary holds whole tokens.
    """

    config: TokenizerConfig
    tokens: tuple[str, ...]
    subwords: Tokenizer | None

    def to_json(self) -> str:
        """Return the encoder as JSON, from which `from_json` restores it."""
        subwords = json.loads(self.subwords.to_str()) if self.subwords is not None else None
        value = {"tokenizer": asdict(self.config), "tokens": list(self.tokens), "subwords": subwords}
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "TextEncoder":
        """Restore an encoder from the output of `to_json`.

        Raises:
            ValueError, KeyError, TypeError: the text has another structure.
        """
        value: dict[str, Any] = json.loads(text)
        subwords = _load_subwords(value["subwords"]) if value["subwords"] is not None else None
        return cls(TokenizerConfig(**value["tokenizer"]), tuple(value["tokens"]), subwords)

    @property
    def size(self) -> int:
        """Number of token ids, PAD and UNKNOWN included."""
        return len(self.tokens) + FIRST if self.subwords is None else int(self.subwords.get_vocab_size())

    def tokenize(self, texts: list[str]) -> list[list[str]]:
        """Return the tokens of each raw text."""
        tokens: list[list[str]] = tokenize(texts, self.config.for_raw_text()).to_pylist()
        return tokens

    def split_subwords(self, tokens: list[str]) -> list[str]:
        """Return the subwords of a text's tokens; the tokens themselves if the vocabulary holds whole tokens."""
        if self.subwords is None:
            return tokens
        return [subword for subwords in split_into_subwords(self.subwords, tokens) for subword in subwords]

    def encode_each(self, tokens: list[str]) -> list[list[int]]:
        """Return the token ids of each token: one for a whole token, one or more for its subwords."""
        if self.subwords is None:
            return [[self._ids.get(token, UNKNOWN)] for token in tokens]
        return encode_subwords(self.subwords, tokens)

    def encode(self, tokens: list[str]) -> list[int]:
        """Return the token ids of a text's tokens."""
        return [token_id for token_ids in self.encode_each(tokens) for token_id in token_ids]

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {token: token_id for token_id, token in enumerate(self.tokens, start=FIRST)}


def _load_subwords(value: Any) -> Tokenizer:
    try:
        return Tokenizer.from_str(json.dumps(value))
    except Exception as error:  # tokenizers raises Exception itself
        raise ValueError(error) from None


def encode_subwords(model: Tokenizer, tokens: list[str]) -> list[list[int]]:
    """Return the ids of the subwords of each token: at least one."""
    return [encoding.ids or [UNKNOWN] for encoding in model.encode_batch_fast(tokens)]


def split_into_subwords(model: Tokenizer, tokens: list[str]) -> list[list[str]]:
    """Return the subwords of each token as strings: at least one."""
    return [encoding.tokens or [token] for token, encoding in zip(tokens, model.encode_batch(tokens))]
