"""How a trained model reads a text: words, or pieces of words, and the rows of their vectors."""

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from tokenizers import Tokenizer

from lemma.corpus.special_tokens import FIRST, UNKNOWN
from lemma.corpus.tokenizer import Splitting, split

BLOCK = 1000  # words cut at a time


@dataclass(frozen=True)
class Reading:
    """A splitting, and what was fitted: the known words in the order of their rows, or the pieces of words."""

    splitting: Splitting
    words: tuple[str, ...]
    subwords: Tokenizer | None

    def json(self) -> str:
        """Return the reading as JSON; `Reading.of` is the way back."""
        pieces = json.loads(self.subwords.to_str()) if self.subwords is not None else None
        held = {"splitting": asdict(self.splitting), "words": list(self.words), "subwords": pieces}
        return json.dumps(held, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def of(cls, text: str) -> "Reading":
        """Return the reading that `json` gave.

        Raises:
            ValueError, KeyError, TypeError: the text has another shape.
        """
        held: dict[str, Any] = json.loads(text)
        pieces = _tokenizer(held["subwords"]) if held["subwords"] is not None else None
        return cls(Splitting(**held["splitting"]), tuple(held["words"]), pieces)

    def split(self, texts: list[str]) -> list[list[str]]:
        """Return the words of texts as a person writes them."""
        found: list[list[str]] = split(texts, self.splitting.raw()).to_pylist()
        return found

    def units(self, words: list[str]) -> list[str]:
        """Return a text's words, or their pieces."""
        return words if self.subwords is None else [piece for word in cut(self.subwords, words) for piece in word]

    def rows(self, words: list[str]) -> list[int]:
        """Return the rows of a text's words, or of their pieces."""
        if self.subwords is None:
            return [self._row.get(word, UNKNOWN) for word in words]
        return [row for word in numbered(self.subwords, words) for row in word]

    @cached_property
    def _row(self) -> dict[str, int]:
        return {word: row for row, word in enumerate(self.words, start=FIRST)}


def _tokenizer(held: Any) -> Tokenizer:
    try:
        return Tokenizer.from_str(json.dumps(held))
    except Exception as error:  # tokenizers raises Exception itself
        raise ValueError(error) from None


def numbered(subwords: Tokenizer, words: list[str]) -> list[list[int]]:
    """Return the rows of each word's pieces: at least one."""
    return [encoded.ids or [UNKNOWN] for encoded in subwords.encode_batch_fast(words)]


def cut(subwords: Tokenizer, words: list[str]) -> list[list[str]]:
    """Return each word's pieces as texts: at least one."""
    return [encoded.tokens or [word] for word, encoded in zip(words, subwords.encode_batch(words))]
