"""What a word is: text to words, a whole column of texts at a time, with the kernels of Apache Arrow.

Where a set comes tokenized, its words are what white space parts. Elsewhere, and for a raw text that a model trained
on such a set is given, the boundaries are those of the Penn Treebank.
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

# Expressions of RE2: linear time, no look-around; \w, \d and \b know ASCII alone.
LETTER = r"(?:[^\pP\pS\pZ\pC]|_)"  # or mark or digit; said so, it is compiled far faster than as [\pL\pM\pN_]
BREAK = r"<br\s*/?>"
# What counts as white space besides that of ASCII: control characters, and the spaces of Unicode.
SPACE = r"[\x00-\x08\x0e-\x1f\x7f-\xa0\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]"
LINK = rf"(?:(?i:https?://|\bwww\.).*(?:{LETTER}|[/=#&%-]))"
USER = rf"\B@{LETTER}+"
NUMBER = r"(^|\.\.+|\pL\.|[^\pL\pM\pN_.])\.?\d+(?:[.,:/]\d+)*\b"
CLITIC = r"(n['’]t|['’](?:s|re|ve|ll|d|m))"
TITLES = "mr|mrs|ms|dr|prof|st|jr|sr|gen|sen|rep|gov|capt|lt|col|sgt|rev|vs|etc|inc|ltd|corp|bros"
OPTIONS = ("lowercase", "numbers", "users", "links", "breaks")


def _boundaries(contractions: bool) -> str:
    """Return what gets spaces around it: every sign; and before that, what stays whole in spite of its signs.

    An alternative that looks far ahead must match all that it saw, or time would grow with the square of the text.
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
            rf"\w*[^\x00-\x7f\pP\pS\pZ\pC]{LETTER}*",  # née: \b would see an end after its é
            f"[#@]{LETTER}+",
            r"(?i:n['’]t\b|['’]n['’]|['’](?:s|re|ve|ll|d|m|em|n|til|tis|twas|\d\ds?)\b)",
            r"[:;=]['’]?[-o^]?[()\[\]|\\/*]+|(?i:[:;]-?[dpo]\b)|<3+",  # :) :-( :d
            r"--+|\.\.+|\*+|``|''",
            r"[\pP\pS\pC](?:[\pM\x{1f3fb}-\x{1f3ff}]|\x{200d}.)*",  # any sign, with the marks and joiners of an emoji
        ]
    )


@dataclass(frozen=True)
class Splitting:
    """How text becomes words: the options of params.yaml, and where their boundaries are.

    `tokenized`: white space alone parts them. `contractions`: where it does not, don't is do + n't; this is so unless
    the set that a raw text is to be like comes tokenized and has don't whole.
    """

    tokenized: bool
    lowercase: bool
    numbers: bool
    users: bool
    links: bool
    breaks: bool
    contractions: bool = True

    @classmethod
    def of(cls, tokenize: params.Tokenize, tokenized: bool) -> "Splitting":
        """Return the splitting that the parameters ask for."""
        return cls(tokenized, **{name: getattr(tokenize, name) for name in OPTIONS})

    def raw(self) -> "Splitting":
        """Return the same splitting for text whose words are not yet set apart."""
        return replace(self, tokenized=False)


@dataclass(frozen=True)
class Tokenizer:
    """A splitting and the distinct words of a corpus: word number i is `words[i]`, and none of them is unknown."""

    splitting: Splitting
    words: list[str]

    def json(self) -> dict[str, Any]:
        """Return the tokenizer as JSON; `Tokenizer.of` is the way back."""
        return {"splitting": asdict(self.splitting), "words": self.words}

    @classmethod
    def of(cls, value: Any) -> "Tokenizer":
        """Return the tokenizer that `json` gave.

        Raises:
            ValueError: the value has another shape.
        """
        try:
            splitting, words = Splitting(**value["splitting"]), value["words"]
        except (KeyError, TypeError) as error:
            raise ValueError(f"it does not hold a tokenizer: {error}") from None
        if not isinstance(words, list) or not all(type(word) is str for word in words):
            raise ValueError("it does not hold a tokenizer: its words are no list of texts")
        if not all(type(option) is bool for option in vars(splitting).values()):
            raise ValueError("it does not hold a tokenizer: an option is neither true nor false")
        return cls(splitting, words)


def read_tokenizer(path: Path) -> Tokenizer:
    """Return the tokenizer in a `tokenizer.json`.

    Raises:
        InputError: the file is missing or damaged.
    """
    try:
        return Tokenizer.of(files.read_json(path))
    except ValueError as error:
        raise damaged(path, error) from None


def encode(texts: pa.Array, how: Splitting) -> pa.ListArray:
    """Return the words of each text, a list for each, dictionary-encoded.

    Nearly all the work is done once for what stands several times between spaces. The texts may hold some 500 MB
    together: Arrow's strings end at 2 GB.
    """
    spaces = f"(?i){BREAK}|{SPACE}" if how.breaks else SPACE
    texts = pc.ascii_split_whitespace(pc.replace_substring_regex(texts, spaces, " "))
    strings = texts.values.dictionary_encode()
    words = _parted(strings.dictionary, how)
    numbered = pa.ListArray.from_arrays(words.offsets, words.values.dictionary_encode())
    found = numbered.take(strings.indices)
    return pa.ListArray.from_arrays(found.offsets.take(texts.offsets), found.values)


def _parted(strings: pa.Array, how: Splitting) -> pa.ListArray:
    """Return the words of each string that holds no space, none for an empty one."""
    strings = _composed(strings)
    if how.lowercase:
        strings = _composed(pc.utf8_lower(strings))  # again: h with a line below is one letter, its capital is two
    for wanted, pattern, replacement in (
        (how.links, LINK, "<link>"),
        (how.users, USER, "@user"),
        (how.numbers, NUMBER, r"\1<number>"),
        (not how.tokenized and how.contractions, rf"(?i){CLITIC}\b", r" \1"),
        (not how.tokenized, _boundaries(how.contractions), r" \0 "),
    ):
        if wanted:
            strings = pc.replace_substring_regex(strings, pattern, replacement)
    words = pc.ascii_split_whitespace(strings)
    # Where spaces stand at an end, the kernel finds an empty word there.
    written = pc.not_equal(pc.binary_length(words.values), 0)
    before = np.concatenate([[0], np.cumsum(written.to_numpy(zero_copy_only=False))]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(before[words.offsets.to_numpy()]), words.values.filter(written))


def _composed(strings: pa.Array) -> pa.Array:
    """Return the strings in NFC, which Arrow's own kernel decomposes (apache/arrow issue 51225)."""
    others = pc.invert(pc.string_is_ascii(strings))
    composed = [unicodedata.normalize("NFC", string) for string in strings.filter(others).to_pylist()]
    return pc.replace_with_mask(strings, others, pa.array(composed, pa.string()))


def split(texts: pa.Array | Sequence[str], how: Splitting) -> pa.ListArray:
    """Return the words of each text: a list of strings for each."""
    found = encode(texts if isinstance(texts, pa.Array) else pa.array(texts, pa.string()), how)
    return pa.ListArray.from_arrays(found.offsets, found.values.dictionary_decode())


def apart(words: pa.Array, counts: NDArray[np.int64]) -> bool:
    """Return whether these words, so often met, hold contractions set apart, as in do n't, or whole, as in don't."""
    own, whole = (
        int(counts[pc.match_substring_regex(words, rf"(?i)^{begin}{CLITIC}$").to_numpy(zero_copy_only=False)].sum())
        for begin in ("", ".+")
    )
    return own >= whole


def words(text: str, how: Splitting) -> list[str]:
    """Return the words of one text."""
    found: list[str] = split([text], how)[0].as_py()
    return found
