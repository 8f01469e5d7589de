"""What a word is: Hugging Face tokenizers that part text at its words, and the way back.

A tokenizer here has no fitted part but its list of words, and every stage may bring its own list.
"""

from itertools import pairwise

import numpy as np
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import WordLevel

from lemma.data.corpus import Corpus

UNKNOWN = "[UNK]"
# English words as the Penn Treebank parts them: "don't" is do + n't, "it's" is it + 's; any other sign is a word.
WORDS = r"(?i)\w+(?=n['’]t\b)|n['’]t\b|['’](?:s|re|ve|ll|d|m)\b|\w+(?:[-.,]\w+)*|\.{2,}|[^\w\s]"


def splitter(tokenized: bool, lowercase: bool) -> Tokenizer:
    """Return a tokenizer with no words yet.

    Args:
        tokenized: words are already set apart by spaces; else English word boundaries are found.
        lowercase: fold case.
    """
    tokenizer = Tokenizer(WordLevel({UNKNOWN: 0}, unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), *([normalizers.Lowercase()] if lowercase else [])])
    tokenizer.pre_tokenizer = (
        pre_tokenizers.WhitespaceSplit()
        if tokenized
        else pre_tokenizers.Split(Regex(WORDS), behavior="removed", invert=True)
    )
    return tokenizer


def words(tokenizer: Tokenizer, text: str) -> list[str]:
    """Return the words of a text, known or not."""
    normal = tokenizer.normalizer.normalize_str(text)
    return [word for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(normal)]


def splitting(tokenizer: Tokenizer) -> str:
    """Return, as JSON, the tokenizer without its words: what a model needs that counts words itself."""
    own = Tokenizer.from_str(tokenizer.to_str())
    own.model = WordLevel({UNKNOWN: 0}, unk_token=UNKNOWN)
    return str(own.to_str())


def joined(corpus: Corpus, tokenizer: Tokenizer) -> list[str]:
    """Return every document of a corpus as its words with single spaces between them."""
    known = tokenizer.get_vocab()
    spelled = np.empty(max(known.values()) + 1, object)  # fewer words than ids where a document spells UNKNOWN out
    for word, number in known.items():
        spelled[number] = word
    found = spelled[corpus.ids]
    return [" ".join(found[a:b]) for a, b in pairwise(corpus.offsets.tolist())]
