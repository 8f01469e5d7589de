"""Stage `vectors`: pre-trained word vectors, from which the networks start.

They are trained by skip-gram with negative sampling (Mikolov et al., 2013; gensim) on the training splits and the
unlabelled texts of the data sets in params.yaml, or read from a file of the user's own. Texts that occur in the dev or
test split of a data set of the experiment are left out.
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
from lemma.data.audit.fingerprints import read_fingerprints
from lemma.data.audit.text_hashes import hash_text, keep_alphanumeric
from lemma.errors import InputError
from lemma.layout import Layout
from lemma.params import LEARNT, Params


def vectors(layout: Layout, params: Params) -> None:
    """Write `data/vectors.arrow`.

    Raises:
        InputError: a data set to train on is not prepared, no word is frequent enough, or the user's file cannot be
            read.
    """
    source = params.vectors.source
    words: list[str]
    if source is None:
        words, matrix = [], np.zeros((0, params.vectors.embedding_dim), np.float32)
    elif source == LEARNT:
        words, matrix = _train(layout, params)
    else:
        words, matrix = read_file(layout.root / source)
    write_word_vectors(layout.vectors, words, matrix)


def _train(layout: Layout, params: Params) -> tuple[list[str], NDArray[np.float32]]:
    from gensim.models import Word2Vec

    settings = params.vectors
    layout.state.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("wb", dir=layout.state, suffix=".texts") as spool:
        _write_texts(spool, layout, params)
        spool.flush()
        model = Word2Vec(
            vector_size=settings.embedding_dim,
            window=settings.window,
            min_count=settings.min_count,
            negative=settings.negative,
            sample=settings.sample,
            epochs=settings.epochs,
            sg=1,
            seed=1,
            workers=1,  # several would update the same numbers in an order that varies
        )
        model.build_vocab(corpus_file=spool.name)
        if not len(model.wv):
            raise InputError(
                f"No word occurs {settings.min_count} times in the texts of {', '.join(settings.corpora)}.",
                "Lower vectors.min_count in params.yaml, or name larger data sets in vectors.corpora.",
            )
        model.train(
            corpus_file=spool.name,
            total_examples=model.corpus_count,
            total_words=model.corpus_total_words,
            epochs=settings.epochs,
        )
    return list(model.wv.index_to_key), model.wv.vectors


def _write_texts(stream: IO[bytes], layout: Layout, params: Params) -> None:
    """Write the texts to train on, one on each line, as tokens separated by spaces."""
    held_out = _read_held_out(layout, params.experiment.datasets)
    config = TokenizerConfig.from_params(params.tokenize, tokenized=False)
    for dataset in params.vectors.corpora:
        for texts in _read_texts(layout, dataset):
            fingerprints = pa.array([hash_text(keep_alphanumeric(text)) for text in texts.to_pylist()], pa.binary(16))
            allowed = texts.filter(pc.invert(pc.is_in(fingerprints, value_set=held_out)))
            for line in pc.binary_join(tokenize(allowed, config), " ").to_pylist():
                stream.write(line.encode() + b"\n")


def _read_texts(layout: Layout, dataset: str) -> Iterator[pa.Array]:
    """Yield the unlabelled texts of a data set and, unless it is cross-validated, those of its training split."""
    metadata, documents = read_documents(layout.documents(dataset))
    if "folds" not in metadata["protocol"]:
        for batch in read_range(documents, layout.documents(dataset), 0, documents.metadata.num_rows):
            yield batch.column("text").filter(pc.equal(batch.column("split"), TRAIN))
    _, unlabelled = read_documents(layout.unlabelled(dataset), ["text"])
    for batch in read_range(unlabelled, layout.unlabelled(dataset), 0, unlabelled.metadata.num_rows):
        yield batch.column("text")


def _read_held_out(layout: Layout, datasets: list[str]) -> pa.Array:
    """Return the fingerprints of all texts that are dev or test in some run of the experiment."""
    held_out = [pa.array([], pa.binary(16))]
    for dataset in datasets:
        splits, table = read_fingerprints(layout.fingerprints(dataset))
        is_train = pc.equal(table.column("split"), splits.index("train") if "train" in splits else -1)
        held_out += table.filter(pc.invert(is_train)).column("fingerprint").chunks
    return pa.concat_arrays(held_out)


def read_file(path: Path) -> tuple[list[str], NDArray[np.float32]]:
    """Read words and vectors, (words, embedding_dim), from a file in the format of word2vec or GloVe.

    The file is text, or binary if its name ends with .bin.

    Raises:
        InputError: the file is missing or has another format.
    """
    try:
        return _read_binary(path) if path.suffix == ".bin" else _read_text(path)
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", "Correct vectors.source in params.yaml.") from None
    except (OSError, ValueError, EOFError) as error:
        raise InputError(
            f"{path} is no file of word vectors: {' '.join(str(error).split())}.",
            "Use the format of word2vec or GloVe, a word and its numbers on each line; a binary file ends with .bin.",
        ) from None


def _read_binary(path: Path) -> tuple[list[str], NDArray[np.float32]]:
    from gensim.models import KeyedVectors

    keyed = KeyedVectors.load_word2vec_format(str(path), binary=True)
    return list(keyed.index_to_key), keyed.vectors


def _read_text(path: Path) -> tuple[list[str], NDArray[np.float32]]:
    """Read a word and its vector from each line; skip the header of word2vec and repeated words."""
    vector_of: dict[str, NDArray[np.float32]] = {}
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
            expected = len(next(iter(vector_of.values()), vector))
            if len(vector) != expected:
                raise ValueError(f"line {number} has {len(vector)} numbers, the lines before it have {expected}")
            vector_of.setdefault(word, vector)
    if not vector_of:
        raise ValueError("it is empty")
    return list(vector_of), np.stack(list(vector_of.values()))
