"""Stage `tokenize`: an encoding without loss, the same bytes every time."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from lemma import files
from lemma.data import tokenize as stage
from lemma.data.corpus import Corpus, open_corpus
from lemma.data.documents import METADATA
from lemma.data.tokenize import tokenize
from lemma.data.words import UNKNOWN, joined, splitter, words
from lemma.errors import InputError
from lemma.layout import Layout
from lemma.params import Params
from tests.unit.data.conftest import VALUES

PARAMS = Params.model_validate(VALUES)
RAW = Params.model_validate(VALUES | {"tokenize": {"lowercase": False}})
TEXTS = ["A film I don't like.", "", "Worth it, a film!", "a a a b", "Zoë's (naïve) café", "b a"]
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def write(layout: Layout, held: list[str], tokenized: bool = False, block: int = 3) -> None:
    """Write a `documents.parquet` of these texts, as `prepare` does, in several row groups."""
    about = {"dataset": "own", "classes": ["n", "p"], "protocol": {"kind": "fixed"}, "tokenized": tokenized}
    fields = [("text", pa.string()), ("label", pa.int32()), ("part", pa.int8())]
    schema = pa.schema(fields, metadata={METADATA: files.canonical(about).encode()})
    labels, parts = [i % 2 for i in range(len(held))], [i % 3 for i in range(len(held))]
    layout.documents("own").parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table([held, labels, parts], schema=schema), layout.documents("own"), row_group_size=block)


def run(layout: Layout, params: Params = PARAMS) -> tuple[Corpus, Tokenizer]:
    tokenize(layout, "own", params)
    return open_corpus(layout.tokens("own")), Tokenizer.from_file(str(layout.tokenizer("own")))


def outputs(layout: Layout) -> list[bytes]:
    return [layout.tokens("own").read_bytes(), layout.tokenizer("own").read_bytes()]


@pytest.mark.parametrize("tokenized", [True, False])
@pytest.mark.parametrize("params", [PARAMS, RAW], ids=["lower", "raw"])
@settings(derandomize=True, deadline=None, max_examples=15)
@given(held=st.lists(texts, min_size=1, max_size=6))
@example(held=[f"the word {UNKNOWN} itself", f"glued{UNKNOWN}on", "[unk] [PAD]", "\x1c\x85\u200b"])
def test_the_ids_of_any_texts_give_their_words_back(tokenized: bool, params: Params, held: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write(Layout(Path(folder)), held, tokenized)
        corpus, tokenizer = run(Layout(Path(folder)), params)
        own = splitter(tokenized, params.tokenize.lowercase)
        assert joined(corpus, tokenizer) == [" ".join(words(own, text)) for text in held]
        assert corpus.lengths.tolist() == [len(words(own, text)) for text in held]


def test_labels_parts_and_what_the_documents_said_of_themselves_are_kept(tmp_path: Path) -> None:
    write(Layout(tmp_path), TEXTS)
    corpus, _ = run(Layout(tmp_path))
    assert (corpus.labels.tolist(), corpus.part.tolist()) == ([0, 1] * 3, [0, 1, 2] * 2)
    assert (corpus.dataset, corpus.classes, corpus.protocol) == ("own", ["n", "p"], {"kind": "fixed"})


def test_an_empty_document_is_an_empty_row(tmp_path: Path) -> None:
    write(Layout(tmp_path), TEXTS)
    assert run(Layout(tmp_path))[0].lengths.tolist() == [7, 0, 6, 4, 6, 2]


def test_every_distinct_word_has_its_own_id_and_no_word_is_unknown(tmp_path: Path) -> None:
    write(Layout(tmp_path), TEXTS)
    corpus, tokenizer = run(Layout(tmp_path))
    own = splitter(tokenized=False, lowercase=True)
    distinct = {word for text in TEXTS for word in words(own, text)}
    assert len(set(corpus.ids.tolist())) == len(distinct)
    assert set(tokenizer.get_vocab()) == distinct | {UNKNOWN}
    assert tokenizer.token_to_id(UNKNOWN) not in corpus.ids


def test_the_size_of_the_blocks_changes_nothing_but_the_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(Layout(tmp_path), TEXTS)
    once, named = run(Layout(tmp_path))
    for size in (1, 2, 4):
        monkeypatch.setattr(stage, "BATCH", size)
        again, renamed = run(Layout(tmp_path))
        for field in ("ids", "offsets", "labels", "part"):
            assert getattr(again, field).tolist() == getattr(once, field).tolist()
        assert renamed.to_str() == named.to_str()


def test_tokenizing_twice_gives_equal_bytes(tmp_path: Path) -> None:
    write(Layout(tmp_path), TEXTS)
    run(Layout(tmp_path))
    before = outputs(Layout(tmp_path))
    run(Layout(tmp_path))
    assert outputs(Layout(tmp_path)) == before


def test_another_process_with_another_hash_seed_gives_equal_bytes(tmp_path: Path) -> None:
    write(Layout(tmp_path), TEXTS)
    run(Layout(tmp_path))
    before = outputs(Layout(tmp_path))
    own = {"path": "a.csv", "text": "text", "label": "label", "split": {"dev": 0.1, "test": 0.1}}
    values = VALUES | {"datasets": VALUES["datasets"] | {"own": own}}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    command = [sys.executable, "-m", "lemma", "--root", str(tmp_path), "tokenize", "own"]
    subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": "1"}, check=True, capture_output=True)
    assert outputs(Layout(tmp_path)) == before


def test_missing_documents_are_told_with_the_stage_that_makes_them(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"documents\.parquet does not exist") as caught:
        tokenize(Layout(tmp_path), "own", PARAMS)
    assert "lemma prepare" in caught.value.fix


def test_damaged_documents_are_read_or_refused_by_name_and_leave_nothing(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    write(layout, TEXTS)
    good = layout.documents("own").read_bytes()
    for place in range(0, len(good), 31):
        for content in (good[:place], good[:place] + bytes([good[place] ^ 0xFF]) + good[place + 1 :]):
            layout.documents("own").write_bytes(content)
            layout.tokens("own").unlink(missing_ok=True)
            try:
                tokenize(layout, "own", PARAMS)
            except InputError as error:
                assert str(layout.documents("own")) in error.what  # noqa: PT017
                assert not layout.tokens("own").exists()


def test_a_parquet_file_of_anothers_making_is_not_taken_for_documents(tmp_path: Path) -> None:
    path = Layout(tmp_path).documents("own")
    write(Layout(tmp_path), TEXTS)
    lemmas = pq.read_table(path)
    for table, problem in (
        (lemmas.replace_schema_metadata(None), "was not written by lemma"),
        (lemmas.replace_schema_metadata({METADATA: b"{}"}), "was not written by lemma"),
        (lemmas.rename_columns(["words", "label", "part"]), "its columns are"),
    ):
        pq.write_table(table, path)
        with pytest.raises(InputError, match=problem):
            tokenize(Layout(tmp_path), "own", PARAMS)
