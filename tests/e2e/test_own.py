"""Tests of a user's own data with unusual content: a csv file, a jsonl file and a folder, up to three reports."""

import csv
import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import pytest
import yaml
from pypdf import PdfReader

from tests.project import ROOT, SMALL, Project, merge

SPLITS = ("train", "dev", "test")
SETS = ("tickets", "posts", "letters")
# Names of classes; those of a folder contain no character that file names must not contain.
CLASSES = {
    "tickets": ("to do, soon", '#panic("c")', "*$x$*"),
    "posts": ("=שלום", "<b>y</b>"),
    "letters": ("#1 ☺", "_n_"),
}
OWN = {
    "tickets": {
        "path": "tickets.csv",
        "text": "message",
        "label": "queue",
        "split": {"dev": 0.2, "test": 0.2},
        "incomplete": "drop",
    },
    "posts": {"path": "posts.jsonl", "text": "text", "label": "label", "split": {"column": "use"}},
    "letters": {"path": "letters", "split": {"dev": 0.3}},
}
HOSTILE = (
    'she said "no", twice: ""',
    "two\nlines\r\nand\ra third",
    "\ufeffa mark of the order of bytes",
    '#panic("x") #import "/etc/passwd": * #read("params.yaml")',
    "$ x^2 $ *bold* _it_ `raw` @ref <label> // and /* so on",
    "= heading\n- list\n+ item\n/ term: of it",
    "<script>alert(1)</script><br /><b>&amp;</b>",
    "👩‍👩‍👧 😀🏽 🇩🇪 ☠️",
    "שלום עולם مرحبا بالعالم \u202eturned\u202c",
    "a\x00b \x1b[31mred\x07\x08\x7f \x85 \x0b\x0c",
    "\u2028a line\u2029a paragraph\u200bno width",
    "x" * 30_000,
    "한국어 中文字 ไทย e\u0301 ﬁ 𝒳 Ａ",
    "=cmd|' /C calc'!A0 '; DROP TABLE x; -- %s {0} \\n \\u2019 ../..",
    "don't can't U.S. $3.50 100% a@b.org @user https://example.org/?q=1#2 #tag :-)",
    "...",
)


class Row(NamedTuple):
    text: str
    label: str
    split: str


def build_rows(dataset: str) -> list[Row]:
    """Build documents with a word that indicates their class, some of them duplicated, and one with two classes."""
    classes = CLASSES[dataset]
    result = [
        Row(f"{text} kind{index} number {split} {n}", label, split)
        for n, text in enumerate(HOSTILE)
        for split in ("train", "train", "dev", "test")
        for index, label in enumerate(classes)
    ]
    shared = f"{HOSTILE[0]} in two classes"
    return [
        *result,
        Row(shared, classes[0], "train"),
        Row(shared.upper(), classes[1], "train"),
        result[2 * len(classes)],
    ]


def write_data_sets(folder: Path) -> None:
    """Write the three data sets."""
    with (folder / "tickets.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "message", "queue"])
        writer.writerows([n, row.text, f" {row.label} "] for n, row in enumerate(build_rows("tickets")))
        writer.writerows([["", "no queue", ""], ["", " \t", CLASSES["tickets"][0]]])
    with (folder / "posts.jsonl").open("w", encoding="utf-8", newline="\r\n") as stream:
        split_names = {"train": "Training", "dev": "VAL", "test": "Test"}
        for n, row in enumerate(build_rows("posts")):
            line = {"text": row.text, "label": row.label, "use": split_names[row.split], "more": [1, {"a": None}]}
            stream.write(json.dumps(line, ensure_ascii=bool(n % 2)) + "\n")
    for n, row in enumerate(build_rows("letters")):
        path = folder / "letters" / ("test" if row.split == "test" else "train") / row.label / f"{n:03} é.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(row.text.encode())
    (folder / "letters" / ".DS_Store").write_bytes(b"\xff\x00")


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A checkout with three data sets of its user, and all their reports."""
    folder = tmp_path_factory.mktemp("own") / "project"
    for name in ("src", "workflow", "profiles", "resources", "reports/solutions"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in [ROOT / "Snakefile", ROOT / "params.yaml", *(ROOT / "reports").glob("*.typ")]:
        shutil.copy(path, folder / path.relative_to(ROOT))
    write_data_sets(folder)
    values = yaml.safe_load((folder / "params.yaml").read_text())
    (folder / "params.yaml").write_text(yaml.safe_dump(values | {"datasets": OWN}))
    project = Project(folder)
    experiment: dict[str, Any] = {
        "experiment": {"datasets": [*SETS], "models": ["majority", "logreg"], "runs": [0]},
        "exercises": [7],
        "tokenize": {"shards": [0]},
        "learning_curve": {"train_fractions": []},
        "models": {"logreg": {"min_count": 1}},
    }
    project.change(merge(SMALL, experiment))
    project.run("snakemake", "--cores", "2", *(f"reports/{name}/report.pdf" for name in SETS))
    return project


@pytest.mark.parametrize("dataset", SETS)
def test_texts_and_classes_are_prepared_unchanged(reported: Project, dataset: str) -> None:
    description = reported.json(f"data/{dataset}/prepared.json")
    table = pq.read_table(reported.folder / f"data/{dataset}/documents.parquet").to_pylist()
    prepared = [Row(row["text"], description["classes"][row["label"]], SPLITS[row["split"]]) for row in table]
    expected = build_rows(dataset)
    if dataset == "letters":  # in the order of file names; a byte order mark at the start is not part of a text
        expected = [row._replace(text=row.text.removeprefix("\ufeff")) for row in expected]
        assert sorted(row[:2] for row in prepared) == sorted(row[:2] for row in expected)
        assert sorted(row for row in prepared if row.split == "test") == sorted(
            r for r in expected if r.split == "test"
        )
    elif dataset == "posts":
        assert prepared == expected
    else:
        assert [row[:2] for row in prepared] == [row[:2] for row in expected]
    assert {row.split for row in prepared} == {*SPLITS}


def test_dropped_documents_are_reported(reported: Project) -> None:
    last = len(build_rows("tickets"))
    assert reported.json("data/tickets/prepared.json")["left_out"] == [
        {"reason": "no label", "documents": 1, "first": f"tickets.csv, row {last + 1}"},
        {"reason": "no text", "documents": 1, "first": f"tickets.csv, row {last + 2}"},
    ]
    for dataset in ("posts", "letters"):
        assert reported.json(f"data/{dataset}/prepared.json")["left_out"] == []


def test_the_audit_counts_duplicates_and_conflicting_labels(reported: Project) -> None:
    audit = reported.json("data/posts/audit.json")
    for split in SPLITS:
        texts = [row.text for row in build_rows("posts") if row.split == split]
        assert audit["exact"]["within"][split] == len(texts) - len({*texts})
        assert audit["normalised"]["within"][split] == len(texts) - len({" ".join(t.lower().split()) for t in texts})
    assert audit["conflicting_labels"]["within train"] > 0


@pytest.mark.parametrize("dataset", SETS)
def test_logistic_regression_beats_the_majority_baseline(reported: Project, dataset: str) -> None:
    models = reported.json(f"reports/{dataset}/metrics.json")["models"]
    accuracy = {name: scores["summary"]["test"]["accuracy"]["mean"] for name, scores in models.items()}
    assert accuracy["logreg"] > accuracy["majority"]


@pytest.mark.parametrize("dataset", SETS)
@pytest.mark.parametrize("page", ["card", "report"])
def test_markup_in_texts_and_classes_is_printed_literally(reported: Project, dataset: str, page: str) -> None:
    pages = PdfReader(reported.folder / f"reports/{dataset}/{page}.pdf").pages
    assert len(pages) <= {"card": 1, "report": 5}[page]
    text = "".join(page.extract_text() for page in pages).replace("\n", "")
    class_name = {"tickets": '#panic("c")', "posts": "<b>y</b>", "letters": "_n_"}[dataset]
    assert class_name.replace(" ", "") in text.replace(" ", "").replace("“", '"').replace("”", '"')


def test_afterwards_the_project_is_up_to_date(reported: Project) -> None:
    targets = [f"reports/{name}/report.pdf" for name in SETS]
    assert "Nothing to be done" in reported.run("snakemake", "-n", "--cores", "2", *targets)
    assert not list(reported.folder.rglob("*.part"))
