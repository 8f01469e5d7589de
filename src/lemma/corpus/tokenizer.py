"""The tokenizer: text to tokens, for a whole column of texts at a time, with the kernels of Apache Arrow.

A data set that is published tokenized is split at white space. Other data sets, and raw text that a model trained on a
tokenized set is given, are split at the token boundaries of the Penn Treebank.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lemma import files, params
from lemma.corpus.documents import damaged

# Regular expressions of RE2: linear time, no look-around; \w, \d and \b are ASCII only.
LETTER = r"(?:[^\pP\pS\pZ\pC]|_)"  # letter, mark or digit; compiles far faster than [\pL\pM\pN_]
BREAK = r"<br\s*/?>"
# White space beyond that of ASCII: control characters and the spaces of Unicode.
SPACE = r"[\x00-\x08\x0e-\x1f\x7f-\xa0\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]"
LINK = rf"(?:(?i:https?://|\bwww\.).*(?:{LETTER}|[/=#&%-]))"
USER = rf"\B@{LETTER}+"
NUMBER = r"(^|\.\.+|\pL\.|[^\pL\pM\pN_.])\.?\d+(?:[.,:/]\d+)*\b"
CLITIC = r"(n['’]t|['’](?:s|re|ve|ll|d|m))"
TITLES = "mr|mrs|ms|dr|prof|st|jr|sr|gen|sen|rep|gov|capt|lt|col|sgt|rev|vs|etc|inc|ltd|corp|bros"
OPTIONS = ("lowercase", "numbers", "users", "links", "breaks")


def _boundaries(contractions: bool) -> str:
    """Return the expression for tokens that are set off by spaces: compound tokens first, then single symbols.

    An alternative that looks far ahead must match everything it read: otherwise time is quadratic in the text's length.
    """
    word = f"{LETTER}+" if contractions else rf"(?:{LETTER}|['’\[\]$])+"
    number = r"(?:<number>|\d+(?:[.,:]\d+)+)"
    more = rf"(?:[-/&@'’](?:{number}|{word}))"
    return "|".join(
        [
            LINK,
            r"(?i:\b\w+(?:[.@-]\w+){0,4}\.(?:com|org|net|edu|gov)\b)",
            rf"(?i:\b(?:[a-z](?:\.[a-z])+\b\.?|[b-hj-z]\.|(?:{TITLES})\.))",  # u.s., j., mr.
            f"<link>|(?:{number}|{word}){more}+|{number}",  # over-the-top, and/or, o'clock
            *([] if contractions else [word]),
            rf"\w*[^\x00-\x7f\pP\pS\pZ\pC]{LETTER}*",  # née: \b would see a word end after its é
            f"[#@]{LETTER}+",
            r"(?i:n['’]t\b|['’]n['’]|['’](?:s|re|ve|ll|d|m|em|n|til|tis|twas|\d\ds?)\b)",
            r"[:;=]['’]?[-o^]?[()\[\]|\\/*]+|(?i:[:;]-?[dpo]\b)|<3+",  # :) :-( :d
            r"--+|\.\.+|\*+|``|''",
            r"[\pP\pS\pC](?:[\pM\x{1f3fb}-\x{1f3ff}]|\x{200d}.)*",  # a symbol, with an emoji's modifiers and joiners
        ]
    )


@dataclass(frozen=True)
class TokenizerConfig:
    """How text is tokenized: the options of params.yaml and the kind of token boundaries.

    Attributes:
        tokenized: the text is split at white space only.
        lowercase, numbers, users, links, breaks: the options of the same names in params.yaml.
        contractions: split "don't" into "do" and "n't"; not used with `tokenized`. False if raw text must be tokenized
            like a tokenized data set that keeps "don't" whole.
    """

    tokenized: bool
    lowercase: bool
    numbers: bool
    users: bool
    links: bool
    breaks: bool
    contractions: bool = True

    @classmethod
    def from_params(cls, tokenize: params.Tokenize, tokenized: bool) -> "TokenizerConfig":
        """Return the configuration for a data set.

        Args:
            tokenize: the section of params.yaml.
            tokenized: whether the data set is published tokenized.
        """
        return cls(tokenized, **{name: getattr(tokenize, name) for name in OPTIONS})

    def for_raw_text(self) -> "TokenizerConfig":
        """Return the same configuration for text that is not tokenized yet."""
        return replace(self, tokenized=False)


@dataclass(frozen=True)
class Tokenizer:
    """The content of `tokenizer.json`: a configuration and the distinct tokens of a corpus, indexed by type id."""

    config: TokenizerConfig
    tokens: list[str]

    def to_json(self) -> dict[str, Any]:
        """Return the tokenizer as plain data, from which `from_json` restores it."""
        return {"config": asdict(self.config), "tokens": self.tokens}

    @classmethod
    def from_json(cls, value: Any) -> "Tokenizer":
        """Restore a tokenizer from the output of `to_json`.

        Raises:
            ValueError: the value has another structure.
        """
        try:
            config, tokens = TokenizerConfig(**value["config"]), value["tokens"]
        except (KeyError, TypeError) as error:
            raise ValueError(f"it is no tokenizer: {error}") from None
        if not isinstance(tokens, list) or not all(type(token) is str for token in tokens):
            raise ValueError("it is no tokenizer: tokens is not a list of strings")
        if not all(type(option) is bool for option in vars(config).values()):
            raise ValueError("it is no tokenizer: an option is neither true nor false")
        return cls(config, tokens)


def read_tokenizer(path: Path) -> Tokenizer:
    """Read a `tokenizer.json`.

    Raises:
        InputError: the file is missing or damaged.
    """
    try:
        return Tokenizer.from_json(files.read_json(path))
    except ValueError as error:
        raise damaged(path, error) from None


def tokenize_column(texts: pa.Array, config: TokenizerConfig) -> pa.ListArray:
    """Return the tokens of each text as lists of dictionary-encoded strings.

    Strings between spaces that occur several times are processed once. The texts must be shorter than 500 MB together:
    Arrow's strings end at 2 GB.
    """
    spaces = f"(?i){BREAK}|{SPACE}" if config.breaks else SPACE
    texts = pc.ascii_split_whitespace(pc.replace_substring_regex(texts, spaces, " "))
    strings = texts.values.dictionary_encode()
    tokens = _tokenize_strings(strings.dictionary, config)
    encoded = pa.ListArray.from_arrays(tokens.offsets, tokens.values.dictionary_encode())
    of_texts = encoded.take(strings.indices)
    return pa.ListArray.from_arrays(of_texts.offsets.take(texts.offsets), of_texts.values)


def _tokenize_strings(strings: pa.Array, config: TokenizerConfig) -> pa.ListArray:
    """Return the tokens of each string without white space; an empty list for an empty string."""
    strings = _normalise_unicode(strings)
    if config.lowercase:
        # Normalise once more: small h with a line below is one character, the capital letter is two.
        strings = _normalise_unicode(pc.utf8_lower(strings))
    for enabled, pattern, replacement in (
        (config.links, LINK, "<link>"),
        (config.users, USER, "@user"),
        (config.numbers, NUMBER, r"\1<number>"),
        (not config.tokenized and config.contractions, rf"(?i){CLITIC}\b", r" \1"),
        (not config.tokenized, _boundaries(config.contractions), r" \0 "),
    ):
        if enabled:
            strings = pc.replace_substring_regex(strings, pattern, replacement)
    tokens = pc.ascii_split_whitespace(strings)
    # The kernel yields an empty token for leading and for trailing spaces.
    is_token = pc.not_equal(pc.binary_length(tokens.values), 0)
    before = np.concatenate([[0], np.cumsum(is_token.to_numpy(zero_copy_only=False))]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(before[tokens.offsets.to_numpy()]), tokens.values.filter(is_token))


def _normalise_unicode(strings: pa.Array) -> pa.Array:
    """Return the strings in NFC; Arrow's own kernel returns NFD (apache/arrow issue 51225)."""
    is_unicode = pc.invert(pc.string_is_ascii(strings))
    normalised = [unicodedata.normalize("NFC", string) for string in strings.filter(is_unicode).to_pylist()]
    return pc.replace_with_mask(strings, is_unicode, pa.array(normalised, pa.string()))


def tokenize(texts: pa.Array | Sequence[str], config: TokenizerConfig) -> pa.ListArray:
    """Return the tokens of each text as lists of strings."""
    tokens = tokenize_column(texts if isinstance(texts, pa.Array) else pa.array(texts, pa.string()), config)
    return pa.ListArray.from_arrays(tokens.offsets, tokens.values.dictionary_decode())


def tokenize_text(text: str, config: TokenizerConfig) -> list[str]:
    """Return the tokens of one text."""
    tokens: list[str] = tokenize([text], config)[0].as_py()
    return tokens


def has_separate_contractions(tokens: pa.Array, counts: NDArray[np.int64]) -> bool:
    """Return whether a tokenized corpus splits contractions ("do n't") at least as often as not ("don't").

    Args:
        tokens: distinct tokens.
        counts: (tokens,) occurrences.
    """
    separate, whole = (
        int(counts[pc.match_substring_regex(tokens, rf"(?i)^{begin}{CLITIC}$").to_numpy(zero_copy_only=False)].sum())
        for begin in ("", ".+")
    )
    return separate >= whole
