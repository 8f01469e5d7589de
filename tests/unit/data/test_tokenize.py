"""Stage `tokenize`: a shard has the tokens of its documents, with the same bytes every time."""

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from lemma.corpus import documents
from lemma.corpus.documents import METADATA
from lemma.corpus.tokenizer import TokenizerConfig, tokenize_text
from lemma.data import tokenize as stage
from lemma.data.tokenize import tokenize
from lemma.errors import InputError
from lemma.layout import Layout
from tests.unit.data.shards import PARAMS, TEXTS, Work


def rows(path: Path) -> list[tuple[list[str], int, int]]:
    """Return the words, label and split of each document of a shard."""
    with pa.ipc.open_stream(path.read_bytes()) as reader:
        return [tuple(row.values()) for batch in reader for row in batch.to_pylist()]


def expected(texts: list[str]) -> list[tuple[list[str], int, int]]:
    how = TokenizerConfig.from_params(PARAMS.tokenize, tokenized=False)
    return [(tokenize_text(text, how), i % 2, i % 3) for i, text in enumerate(texts)]


@pytest.mark.parametrize("shards", [1, 2, 4, 6, 9])
def test_the_shards_contain_all_documents_in_order_each_once(shards: int, tmp_path: Path) -> None:
    work = Work.of(tmp_path, TEXTS, shards=list(range(shards)))
    work.tokenize()
    shard_rows = [rows(work.layout.shard("own", shard)) for shard in range(shards)]
    assert [row for shard in shard_rows for row in shard] == expected(TEXTS)
    assert max(map(len, shard_rows)) - min(map(len, shard_rows)) <= 1


def test_the_size_of_blocks_does_not_change_the_tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{text} {number}" for number in range(9) for text in TEXTS]
    work = Work.of(tmp_path, texts, group=7)
    for size, most in ((1, 100), (60, 100), (2**20, 1), (2**20, 4), (2**20, 100)):
        monkeypatch.setattr(documents, "BYTES", size)
        monkeypatch.setattr(documents, "ROWS", most)
        work.tokenize()
        assert rows(work.layout.shard("own", 0)) == expected(texts)
        with pa.ipc.open_stream(work.layout.shard("own", 0).read_bytes()) as reader:
            blocks = list(map(len, reader))
        assert max(blocks) <= most
        assert len(blocks) == 1 or size < 2**20 or most < len(texts)


def test_tokenizing_twice_gives_equal_bytes(tmp_path: Path) -> None:
    work = Work.of(tmp_path, TEXTS)
    work.tokenize()
    before = work.layout.shard("own", 0).read_bytes()
    work.tokenize()
    assert work.layout.shard("own", 0).read_bytes() == before


def test_another_process_with_another_hash_seed_gives_equal_bytes(tmp_path: Path) -> None:
    work = Work.of(tmp_path, TEXTS)
    work.tokenize()
    before = work.layout.shard("own", 0).read_bytes()
    own = {"path": "a.csv", "text": "text", "label": "label", "split": {"dev": 0.1, "test": 0.1}}
    values = yaml.safe_load((Path(__file__).parents[3] / "params.yaml").read_text(encoding="utf-8"))
    values["datasets"]["own"] = own
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    command = [sys.executable, "-m", "lemma", "--root", str(tmp_path), "tokenize", "own", "0"]
    subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": "1"}, check=True, capture_output=True)
    assert work.layout.shard("own", 0).read_bytes() == before


def test_a_failure_leaves_no_shard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = Work.of(tmp_path, TEXTS)
    monkeypatch.setattr(documents, "ROWS", 2)
    monkeypatch.setattr(stage, "tokenize_column", lambda texts, how: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        work.tokenize()
    assert list(work.layout.shard("own", 0).parent.iterdir()) == []


def test_the_error_for_missing_documents_names_the_stage_that_writes_them(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"documents\.parquet does not exist") as caught:
        tokenize(Layout(tmp_path), "own", 0, PARAMS)
    assert "lemma prepare" in caught.value.fix


def test_damaged_documents_are_read_or_are_an_error_that_names_them(tmp_path: Path) -> None:
    work = Work.of(tmp_path, TEXTS)
    path, shard = work.layout.documents("own"), work.layout.shard("own", 0)
    good = path.read_bytes()
    for place in range(0, len(good), 31):
        for content in (good[:place], good[:place] + bytes([good[place] ^ 0xFF]) + good[place + 1 :]):
            path.write_bytes(content)
            shard.unlink(missing_ok=True)
            try:
                work.tokenize()
            except InputError as error:
                assert str(path) in error.what  # noqa: PT017
                assert not shard.exists()
            else:
                assert len(rows(shard)) == len(TEXTS)


def test_a_parquet_file_that_lemma_did_not_write_is_an_error(tmp_path: Path) -> None:
    work = Work.of(tmp_path, TEXTS)
    path = work.layout.documents("own")
    lemmas = pq.read_table(path)
    for table, problem in (
        (lemmas.replace_schema_metadata(None), "was not written by lemma"),
        (lemmas.replace_schema_metadata({METADATA: b"{}"}), "was not written by lemma"),
        (lemmas.rename_columns(["words", "label", "split"]), "its columns are"),
    ):
        pq.write_table(table, path)
        with pytest.raises(InputError, match=problem):
            work.tokenize()
