"""Stage `tokenize`: documents to word ids, with Hugging Face's tokenizers.

Every distinct word of the corpus gets an id, so the file is an encoding without loss; what a model knows of these
words is fitted on the training part of its run, in `training.vocabulary`.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import WordLevel
from tokenizers.trainers import WordLevelTrainer

from lemma import files
from lemma.data.corpus import METADATA, Corpus
from lemma.data.prepare import read_documents
from lemma.layout import Layout
from lemma.params import Params

UNKNOWN = "[UNK]"
BATCH = 10_000  # documents in memory at a time
# English words as the Penn Treebank parts them: "don't" is do + n't, "it's" is it + 's; any other sign is a word.
WORDS = r"\w+(?=n['’]t\b)|n['’]t\b|['’](?:s|re|ve|ll|d|m)\b|\w+(?:[-.,]\w+)*|\.{2,}|[^\w\s]"


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
    spelled = np.empty(tokenizer.get_vocab_size(), object)
    for word, number in tokenizer.get_vocab().items():
        spelled[number] = word
    found = spelled[corpus.ids]
    return [" ".join(found[a:b]) for a, b in pairwise(corpus.offsets.tolist())]


def tokenize(layout: Layout, dataset: str, params: Params) -> None:
    """Write `tokens.arrow` (tokens, label, part) and `tokenizer.json` of a data set.

    Raises:
        InputError: the documents are missing or damaged.
    """
    held, documents = read_documents(layout.documents(dataset))
    tokenizer = splitter(bool(held["tokenized"]), params.tokenize.lowercase)

    def texts() -> Iterator[list[str]]:
        for batch in documents.iter_batches(BATCH, columns=["text"]):
            yield batch.column("text").to_pylist()

    trainer = WordLevelTrainer(vocab_size=2**31 - 1, min_frequency=0, show_progress=False, special_tokens=[UNKNOWN])
    tokenizer.train_from_iterator(texts(), trainer)
    schema = pa.schema(
        [("tokens", pa.list_(pa.int32())), ("label", pa.int32()), ("part", pa.int8())],
        metadata={METADATA: files.canonical({key: held[key] for key in ("dataset", "classes", "protocol")}).encode()},
    )
    with files.atomic(layout.tokens(dataset)) as stream, pa.ipc.new_file(stream, schema) as writer:
        for batch in documents.iter_batches(BATCH):
            encoded = [e.ids for e in tokenizer.encode_batch_fast(batch.column("text").to_pylist())]
            offsets = np.concatenate([[0], np.cumsum([len(ids) for ids in encoded])]).astype(np.int32)
            ids = np.fromiter((i for row in encoded for i in row), np.int32, count=int(offsets[-1]))
            tokens = pa.ListArray.from_arrays(pa.array(offsets), pa.array(ids))
            writer.write_batch(pa.record_batch([tokens, batch.column("label"), batch.column("part")], schema=schema))
    files.write_bytes(layout.tokenizer(dataset), tokenizer.to_str(pretty=True).encode())
