"""Stage `vectors`: word vectors trained on allowed texts, read from a user's file, or none."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lemma import files
from lemma.corpus.documents import METADATA
from lemma.corpus.splits import DEV, TEST, TRAIN
from lemma.corpus.word_vectors import WordVectors, read_word_vectors
from lemma.data.audit.audit import audit
from lemma.data.embed import read_file, vectors
from lemma.errors import InputError
from lemma.layout import Layout
from tests.unit.training import tiny
from tests.unit.training.tiny import DATASET

LEARNT: dict[str, Any] = {
    "source": "learnt",
    "corpora": [DATASET],
    "embedding_dim": 6,
    "window": 3,
    "min_count": 2,
    "negative": 3,
    "sample": 0.0,
    "epochs": 5,
}


def project(folder: Path, documents: list[tiny.Document], unlabelled: list[str], **protocol: Any) -> Layout:
    layout = Layout(folder)
    tiny.write_corpus(layout, documents, protocol or None)
    about = {"dataset": DATASET, "classes": tiny.CLASSES, "protocol": protocol or {"kind": "fixed"}, "tokenized": True}
    schema = pa.schema([("text", pa.string())], metadata={METADATA: files.canonical(about).encode()})
    pq.write_table(pa.table([unlabelled], schema=schema), layout.unlabelled(DATASET))
    audit(layout, DATASET, tiny.values())
    return layout


def learnt(layout: Layout, **changed: Any) -> WordVectors:
    vectors(layout, tiny.values(vectors=LEARNT | changed))
    word_vectors = read_word_vectors(layout.vectors)
    assert word_vectors is not None
    return word_vectors


def mark(word: str, split: int, count: int = 3) -> list[tiny.Document]:
    return [tiny.Document(f"{word} film number {at} in {word}", at % 2, split) for at in range(count)]


def test_word_vectors_are_trained_on_train_and_unlabelled_texts_and_never_on_dev_or_test(tmp_path: Path) -> None:
    documents = [*tiny.documents(), *mark("seen", TRAIN), *mark("hidden", DEV), *mark("secret", TEST)]
    texts = ["Free words free.", "Secret FILM number 1 in secret", "hidden-film, number 0 in hidden"]
    word_vectors = learnt(project(tmp_path, documents, [*texts, "free as air"])).index
    assert {"seen", "free", "film"} <= word_vectors.keys()
    assert not {"hidden", "secret", "hidden-film"} & word_vectors.keys()


def test_under_folds_no_labelled_text_is_used(tmp_path: Path) -> None:
    documents = [document._replace(part=at % 3) for at, document in enumerate(tiny.documents())]
    layout = project(tmp_path, documents, ["free words", "free words"], kind="folds", folds=3, dev=0.2)
    assert learnt(layout).index.keys() == {"free", "words"}


def test_training_word_vectors_twice_gives_equal_bytes(tmp_path: Path) -> None:
    layout = project(tmp_path, tiny.documents(), [])
    word_vectors = learnt(layout)
    first = layout.vectors.read_bytes()
    assert word_vectors.matrix.shape == (len(word_vectors.index), 6)
    learnt(layout)
    assert layout.vectors.read_bytes() == first


def test_words_in_similar_contexts_have_similar_vectors(tmp_path: Path) -> None:
    texts = [f"the {noun} {verb} the red ball" for noun in ("cat", "dog") for verb in ("chased", "caught", "lost")] * 40
    texts += [f"we {verb} two cups of tea" for verb in ("drank", "made", "spilt")] * 40
    word_vectors = learnt(project(tmp_path, tiny.documents(), texts), epochs=20)
    unit = word_vectors.matrix / np.linalg.norm(word_vectors.matrix, axis=1, keepdims=True)
    cat, dog, tea = (unit[word_vectors.index[word]] for word in ("cat", "dog", "tea"))
    assert cat @ dog > cat @ tea + 0.2


def test_too_few_texts_for_any_word_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No word occurs 1000 times in the texts of tiny") as caught:
        learnt(project(tmp_path, tiny.documents(), []), min_count=1000)
    assert "vectors.min_count" in caught.value.fix


def test_without_a_source_there_are_no_word_vectors(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    vectors(layout, tiny.values(vectors={"source": None}))
    assert read_word_vectors(layout.vectors) is None


@pytest.mark.parametrize("header", ["", "2 3\n"], ids=["GloVe", "word2vec"])
def test_a_users_file_of_word_vectors_is_read(tmp_path: Path, header: str) -> None:
    path = tmp_path / "own.txt"
    path.write_text(f"{header}caf\N{LATIN SMALL LETTER E WITH ACUTE} 1 2 3\nfilm 0.5 -1 0\n", encoding="utf-8")
    words, table = read_file(path)
    assert words == ["café", "film"]
    assert table.tolist() == [[1, 2, 3], [0.5, -1, 0]]


def test_a_binary_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "own.bin"
    rows = [b"%s %s" % (word, np.array(row, np.float32).tobytes()) for word, row in ((b"a", [1, 2]), (b"b", [3, 4]))]
    path.write_bytes(b"2 2\n" + b"".join(rows))
    words, table = read_file(path)
    assert (words, table.tolist()) == (["a", "b"], [[1, 2], [3, 4]])


@pytest.mark.parametrize("content", [b"", b"a 1 2\nb 1\n", b"film one two\n", b"a nan\n", b"\xff\xfe\x00"], ids=repr)
def test_a_file_of_another_format_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "own.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match="is no file of word vectors"):
        read_file(path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist") as caught:
        read_file(tmp_path / "none.txt")
    assert "vectors.source" in caught.value.fix
