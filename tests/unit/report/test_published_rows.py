"""The published rows beside ours: verified publications only, each with its kind of outside data."""

from pathlib import Path

from lemma.report.published_rows import MOST, read_published_rows
from tests.unit.report.made_up import ROOT

FILE = """works:
  a: {short: Able (2001), full: One.}
  b: {short: Baker & Cole (2002), full: Two.}
  c: {short: some-code, full: "Code of someone."}
tables:
  - work: a
    verified: true
    rows:
      - {method: first, scores: {x: 81.0}}
      - {method: second, scores: {x: 82.0, y: 50.55}}
      - {method: vectors, extra: GloVe, scores: {x: 85.0}}
      - {method: other, work: b, extra: "?", scores: {x: 84}}
      - {method: code, work: c, scores: {x: 99.0}}
  - {work: b, verified: false, rows: [{method: memory, scores: {x: 90.0}}]}
"""


def test_the_best_verified_score_of_each_work_and_kind_of_data_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "published.yaml"
    path.write_text(FILE, encoding="utf-8")
    rows = read_published_rows(path, "x")
    assert [(row["method"], row["outside"], row["cited"], row["score"]) for row in rows] == [
        ("vectors", "GloVe", "Able, 2001", "85.0"),
        ("other", "not stated", "Baker & Cole, 2002", "84.0"),
        ("second", "none", "Able, 2001", "82.0"),
    ]
    assert [row["score"] for row in read_published_rows(path, "y")] == ["50.55"]
    assert read_published_rows(path, "z") == []


def test_the_table_of_the_repository_can_be_read() -> None:
    path = ROOT / "resources" / "published.yaml"
    assert 0 < len(read_published_rows(path, "sst2")) <= MOST
    assert read_published_rows(path, "sample") == []
