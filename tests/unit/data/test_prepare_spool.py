"""Stage `prepare` streams: memory, temporary files, and the outputs of an earlier run."""

import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lemma.data.download import download
from lemma.data.preparation import prepare as stage
from lemma.data.preparation.prepare import prepare
from lemma.data.readers import UNLABELLED
from lemma.errors import InputError
from lemma.layout import Layout
from lemma.params import Params
from tests.unit.data.conftest import VALUES, Make
from tests.unit.data.own_files import reviews, table

ROOT = Path(__file__).parents[3]


def test_temporary_files_of_a_killed_process_are_deleted(make: Make) -> None:
    project = make("a.jsonl", table(reviews(9, 9)))
    remains = project.layout.documents("own").with_name(".documents.parquet.0123.part")
    remains.parent.mkdir(parents=True)
    remains.write_bytes(b"PAR1")
    project.prepare()
    assert not remains.exists()


KILLED = """
import os, signal
from lemma.data.preparation.collector import DocumentCollector
from lemma.data.download import download
from lemma.data.preparation.prepare import prepare
from lemma.data.readers import UNLABELLED
from lemma.layout import Layout
from lemma.params import load
DocumentCollector.assign_labels = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # when all texts are in the spool
prepare(Layout(), "sample", load(Layout().params))
"""


def test_a_killed_process_leaves_no_temporary_file(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    (tmp_path / "resources").symlink_to(ROOT / "resources")
    (tmp_path / "params.yaml").symlink_to(ROOT / "params.yaml")
    download(layout, "sample", Params.model_validate(VALUES))
    done = subprocess.run([sys.executable, "-c", KILLED], cwd=tmp_path)
    assert done.returncode == -signal.SIGKILL
    assert [path.name for path in layout.documents("sample").parent.iterdir()] == ["source.zip"]


def test_unreadable_unlabelled_texts_leave_the_outputs_unchanged(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(_: Path) -> Iterator[str]:
        yield "a text"
        raise InputError("the second text is damaged")

    make("a.jsonl", table(reviews(10, 10))).prepare()
    before = {path: path.read_bytes() for path in (tmp_path / "data/own").iterdir() if path.name != "source.zip"}
    monkeypatch.setitem(UNLABELLED, "own", broken)
    with pytest.raises(InputError, match="second text"):
        make("a.jsonl", table(reviews(11, 11))).prepare()
    assert {p: p.read_bytes() for p in (tmp_path / "data/own").iterdir() if p.name != "source.zip"} == before


def test_unlabelled_texts_keep_their_order_without_empty_ones(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make("a.jsonl", table(reviews(10, 10)))
    monkeypatch.setattr(stage, "BATCH", 3)
    monkeypatch.setitem(UNLABELLED, "own", lambda _: iter(["b", " ", "a\n", "", "c", "d"]))
    assert project.prepare()["unlabelled"] == 4
    assert pq.read_table(project.layout.unlabelled("own")).to_pylist() == [{"text": t} for t in ("b", "a\n", "c", "d")]


@pytest.mark.parametrize("length", [1000, 200_000])
def test_memory_holds_a_few_blocks_of_texts(make: Make, monkeypatch: pytest.MonkeyPatch, length: int) -> None:
    monkeypatch.setattr(stage, "BATCH", 64)
    monkeypatch.setattr(stage, "CHARACTERS", 1_000_000)
    number = 30_000_000 // length
    project = make("a.jsonl", "\n".join(f'{{"text": "{n} {"x" * length}", "label": "{n % 2}"}}' for n in range(number)))
    download(project.layout, "own", project.params)
    tracemalloc.start()
    arrow = pa.total_allocated_bytes()
    prepare(project.layout, "own", project.params)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12_000_000 + 40 * number
    assert pa.total_allocated_bytes() - arrow < 1_000_000
