"""Stage `tokenize`: documents to word ids, with Hugging Face's tokenizers.

Every distinct word of the corpus gets an id, so the file is an encoding without loss; what a model knows of these
words is fitted on the training part of its run, in `training.vocabulary`.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from tokenizers.trainers import WordLevelTrainer

from lemma import files
from lemma.data.documents import METADATA, blocks, read_documents
from lemma.data.words import UNKNOWN, splitter
from lemma.layout import Layout
from lemma.params import Params

BATCH = 10_000  # documents in memory at a time


def tokenize(layout: Layout, dataset: str, params: Params) -> None:
    """Write `tokens.arrow` (tokens, label, part) and `tokenizer.json` of a data set.

    Raises:
        InputError: the documents are missing or damaged.
    """
    path = layout.documents(dataset)
    held, documents = read_documents(path)
    tokenizer = splitter(bool(held["tokenized"]), params.tokenize.lowercase)

    def texts() -> Iterator[list[str]]:
        for batch in blocks(documents, path, BATCH, ["text"]):
            yield batch.column("text").to_pylist()

    trainer = WordLevelTrainer(vocab_size=2**31 - 1, min_frequency=0, show_progress=False, special_tokens=[UNKNOWN])
    tokenizer.train_from_iterator(texts(), trainer)
    tokenizer.encode_special_tokens = True  # a document that spells UNKNOWN out is cut into words like any other
    schema = pa.schema(
        [("tokens", pa.list_(pa.int32())), ("label", pa.int32()), ("part", pa.int8())],
        metadata={METADATA: files.canonical({key: held[key] for key in ("dataset", "classes", "protocol")}).encode()},
    )
    with files.atomic(layout.tokens(dataset)) as stream, pa.ipc.new_file(stream, schema) as writer:
        for batch in blocks(documents, path, BATCH):
            encoded = [e.ids for e in tokenizer.encode_batch_fast(batch.column("text").to_pylist())]
            offsets = np.concatenate([[0], np.cumsum([len(ids) for ids in encoded])]).astype(np.int32)
            ids = np.fromiter((i for row in encoded for i in row), np.int32, count=int(offsets[-1]))
            tokens = pa.ListArray.from_arrays(pa.array(offsets), pa.array(ids))
            writer.write_batch(pa.record_batch([tokens, batch.column("label"), batch.column("part")], schema=schema))
    files.write_bytes(layout.tokenizer(dataset), tokenizer.to_str(pretty=True).encode())
