"""Stage `audit`: equal bytes every time, no temporary files, and damaged inputs are errors."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lemma.data.audit.audit import audit
from lemma.errors import InputError
from lemma.layout import Layout
from tests.project import ROOT
from tests.unit.data.audit.corpora import Row, params, variants, write

STAGE = """
from pathlib import Path
from lemma.data.audit.audit import audit
from lemma.layout import Layout
from tests.project import ROOT
from tests.unit.data.audit.corpora import params
audit(Layout(Path({root!r})), "own", params())
"""


def outputs(layout: Layout) -> list[bytes]:
    return [layout.audit("own").read_bytes(), layout.fingerprints("own").read_bytes()]


def test_another_process_with_another_hash_seed_and_other_threads_gives_equal_bytes(tmp_path: Path) -> None:
    layout = write(tmp_path, variants(90))
    audit(layout, "own", params())
    before = outputs(layout)
    other = {"PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "3", "ARROW_NUM_THREADS": "3"}
    command = [sys.executable, "-c", STAGE.format(root=str(tmp_path))]
    subprocess.run(command, cwd=ROOT, env=os.environ | other, check=True, capture_output=True)
    assert outputs(layout) == before


def test_no_temporary_files_are_left(tmp_path: Path) -> None:
    layout = write(tmp_path, variants(30))
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    audit(layout, "own", params())
    after = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert after - before == {layout.audit("own"), layout.fingerprints("own")}


@pytest.mark.parametrize("name", ["documents", "unlabelled"])
def test_missing_files_are_told_with_the_stage_that_makes_them(tmp_path: Path, name: str) -> None:
    layout = write(tmp_path, variants(30))
    getattr(layout, name)("own").unlink()
    with pytest.raises(InputError, match=rf"{name}\.parquet does not exist") as caught:
        audit(layout, "own", params())
    assert "lemma prepare" in caught.value.fix
    assert not layout.audit("own").exists()


@pytest.mark.parametrize("name", ["documents", "unlabelled"])
def test_damaged_files_are_read_or_refused_by_name_and_leave_nothing(tmp_path: Path, name: str) -> None:
    layout = write(tmp_path, variants(12))
    path = getattr(layout, name)("own")
    good = path.read_bytes()
    refused = 0
    for place in range(0, len(good), 29):
        for content in (good[:place], good[:place] + bytes([good[place] ^ 0xFF]) + good[place + 1 :]):
            path.write_bytes(content)
            layout.audit("own").unlink(missing_ok=True)
            try:
                audit(layout, "own", params())
            except InputError as error:
                refused += 1
                assert str(path) in error.what  # noqa: PT017
                assert not layout.audit("own").exists()
    assert refused > 10


@pytest.mark.parametrize(
    ("row", "problem"), [(Row("x", 3, 0), "a label is not in the range 0 to 2"), (Row("x", 0, 3), "a split")]
)
def test_a_label_or_split_out_of_range_is_an_error(tmp_path: Path, row: Row, problem: str) -> None:
    layout = write(tmp_path, [Row("a"), row])
    with pytest.raises(InputError, match=problem):
        audit(layout, "own", params())
