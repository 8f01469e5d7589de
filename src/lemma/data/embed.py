"""Stage `vectors`: the word vectors that the networks start from.

Learnt by skip-gram with negative sampling (Mikolov et al. 2013, in gensim) from the texts that the sets of
`vectors.texts` have in their train parts and without a label, never from one that stands in the dev or test part of a
data set of the experiment; or read from a file of the user's own.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lemma.corpus.documents import read_documents, read_range
from lemma.corpus.splits import TRAIN
from lemma.corpus.tokenizer import TokenizerConfig, tokenize
from lemma.corpus.word_vectors import write_word_vectors
from lemma.data.audit import fingerprints
from lemma.data.audit.texts import alphanumeric, digest
from lemma.errors import InputError
from lemma.layout import Layout
from lemma.params import LEARNT, Params

LONGEST = 10_000  # words that gensim takes as one text; what follows is another one


def vectors(layout: Layout, params: Params) -> None:
    """Write `data/vectors.arrow`.

    Raises:
        InputError: a data set that texts are taken from is not prepared, no word is frequent enough, or the user's
            file cannot be read.
    """
    source = params.vectors.source
    words: list[str]
    if source is None:
        words, table = [], np.zeros((0, params.vectors.dimensions), np.float32)
    elif source == LEARNT:
        words, table = _learn(layout, params)
    else:
        words, table = read_file(layout.root / source)
    write_word_vectors(layout.vectors, words, table)


def _learn(layout: Layout, params: Params) -> tuple[list[str], NDArray[np.float32]]:
    from gensim.models import Word2Vec

    how = params.vectors
    layout.state.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("wb", dir=layout.state, suffix=".texts") as spool:
        _spool(spool, layout, params)
        spool.flush()
        model = Word2Vec(
            vector_size=how.dimensions,
            window=how.window,
            min_count=how.min_count,
            negative=how.negative,
            sample=how.sample,
            epochs=how.epochs,
            sg=1,
            seed=1,
            workers=1,  # several would write each other's numbers over, another time other ones
        )
        model.build_vocab(corpus_file=spool.name)
        if not len(model.wv):
            raise InputError(
                f"No word stands {how.min_count} times in the texts of {', '.join(how.texts)}.",
                "Lower vectors.min_count in params.yaml, or name larger sets in vectors.texts.",
            )
        model.train(
            corpus_file=spool.name,
            total_examples=model.corpus_count,
            total_words=model.corpus_total_words,
            epochs=how.epochs,
        )
    return list(model.wv.index_to_key), model.wv.vectors


def _spool(stream: IO[bytes], layout: Layout, params: Params) -> None:
    """Write the texts to learn from, a line each, their words with single spaces between them."""
    hidden = _hidden(layout, params.experiment.datasets)
    how = TokenizerConfig.from_params(params.tokenize, tokenized=False)
    for dataset in params.vectors.texts:
        for texts in _texts(layout, dataset):
            prints = pa.array([digest(alphanumeric(text)) for text in texts.to_pylist()], pa.binary(16))
            kept = texts.filter(pc.invert(pc.is_in(prints, value_set=hidden)))
            for line in pc.binary_join(tokenize(kept, how), " ").to_pylist():
                stream.write(line.encode() + b"\n")


def _texts(layout: Layout, dataset: str) -> Iterator[pa.Array]:
    """Yield what a set has to learn from: its train part, unless folds make every text a test text, and the rest."""
    held, documents = read_documents(layout.documents(dataset))
    if "folds" not in held["protocol"]:
        for batch in read_range(documents, layout.documents(dataset), 0, documents.metadata.num_rows):
            yield batch.column("text").filter(pc.equal(batch.column("split"), TRAIN))
    _, others = read_documents(layout.unlabelled(dataset), ["text"])
    for batch in read_range(others, layout.unlabelled(dataset), 0, others.metadata.num_rows):
        yield batch.column("text")


def _hidden(layout: Layout, datasets: list[str]) -> pa.Array:
    """Return the fingerprints of all texts that are dev or test in some run of the experiment."""
    found = [pa.array([], pa.binary(16))]
    for dataset in datasets:
        parts, table = fingerprints.read(layout.fingerprints(dataset))
        shown = pc.equal(table.column("split"), parts.index("train") if "train" in parts else -1)
        found += table.filter(pc.invert(shown)).column("fingerprint").chunks
    return pa.concat_arrays(found)


def read_file(path: Path) -> tuple[list[str], NDArray[np.float32]]:
    """Return words and vectors, (words, dimensions), of a file in the form of word2vec, or of GloVe.

    Text, or binary where its name ends with .bin.

    Raises:
        InputError: the file is missing or has another form.
    """
    try:
        return _binary(path) if path.suffix == ".bin" else _text(path)
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", "Mend vectors.source in params.yaml.") from None
    except (OSError, ValueError, EOFError) as error:
        raise InputError(
            f"{path} holds no word vectors: {' '.join(str(error).split())}.",
            "Give a file in the form of word2vec or GloVe, one word and its numbers a line; binary ones end with .bin.",
        ) from None


def _binary(path: Path) -> tuple[list[str], NDArray[np.float32]]:
    from gensim.models import KeyedVectors

    held = KeyedVectors.load_word2vec_format(str(path), binary=True)
    return list(held.index_to_key), held.vectors


def _text(path: Path) -> tuple[list[str], NDArray[np.float32]]:
    """Read a word a line; two numbers alone, at the start, are the header of word2vec. A word met again is left out."""
    found: dict[str, NDArray[np.float32]] = {}
    with path.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, start=1):
            word, *values = line.rstrip().split(" ")
            if number == 1 and len(values) == 1:
                continue
            try:
                vector = np.array(values, np.float32)
            except ValueError:
                raise ValueError(f"line {number} is not a word and numbers") from None
            if not len(vector) or not np.isfinite(vector).all():
                raise ValueError(f"line {number} is not a word and numbers")
            if len(vector) != len(next(iter(found.values()), vector)):
                raise ValueError(f"line {number} has {len(vector)} numbers, the lines before it have another count")
            found.setdefault(word, vector)
    if not found:
        raise ValueError("it is empty")
    return list(found), np.stack(list(found.values()))
