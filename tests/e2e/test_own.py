"""Files of the user's own with all that real ones hold, from a csv, a jsonl and a folder to three reports."""

import csv
import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq
import pytest
import yaml
from pypdf import PdfReader

from tests.project import ROOT, SMALL, Project

PARTS = ("train", "dev", "test")
SETS = ("tickets", "posts", "letters")
# What may not be in a file's name: the folder's classes do without.
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
NASTY = (
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
    part: str


def rows(dataset: str) -> list[Row]:
    """Return documents that a class's own word tells apart, some twice, and one in two classes."""
    classes = CLASSES[dataset]
    found = [
        Row(f"{nasty} kind{at} number {part} {n}", label, part)
        for n, nasty in enumerate(NASTY)
        for part in ("train", "train", "dev", "test")
        for at, label in enumerate(classes)
    ]
    shared = f"{NASTY[0]} in two classes"
    return [*found, Row(shared, classes[0], "train"), Row(shared.upper(), classes[1], "train"), found[2 * len(classes)]]


def write(folder: Path) -> None:
    """Write the three sets."""
    with (folder / "tickets.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "message", "queue"])
        writer.writerows([n, row.text, f" {row.label} "] for n, row in enumerate(rows("tickets")))
        writer.writerows([["", "no queue", ""], ["", " \t", CLASSES["tickets"][0]]])
    with (folder / "posts.jsonl").open("w", encoding="utf-8", newline="\r\n") as stream:
        said = {"train": "Training", "dev": "VAL", "test": "Test"}
        for n, row in enumerate(rows("posts")):
            line = {"text": row.text, "label": row.label, "use": said[row.part], "more": [1, {"a": None}]}
            stream.write(json.dumps(line, ensure_ascii=bool(n % 2)) + "\n")
    for n, row in enumerate(rows("letters")):
        path = folder / "letters" / ("test" if row.part == "test" else "train") / row.label / f"{n:03} é.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(row.text.encode())
    (folder / "letters" / ".DS_Store").write_bytes(b"\xff\x00")


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A checkout with three sets of its user's own, after all their reports were made."""
    folder = tmp_path_factory.mktemp("own") / "project"
    for name in ("src", "workflow", "profiles", "resources", "reports/solutions"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in [ROOT / "Snakefile", ROOT / "params.yaml", *(ROOT / "reports").glob("*.typ")]:
        shutil.copy(path, folder / path.relative_to(ROOT))
    write(folder)
    values = yaml.safe_load((folder / "params.yaml").read_text())
    (folder / "params.yaml").write_text(yaml.safe_dump(values | {"datasets": OWN}))
    project = Project(folder)
    project.change(SMALL)
    project.change(
        {
            "experiment": {"datasets": [*SETS], "models": ["majority", "logreg"], "runs": [0]},
            "exercises": [7],
            "tokenize": {"shards": [0]},
            "learning_curve": {"train_fractions": []},
            "models": {"logreg": {"min_count": 1}},
        }
    )
    project.run("snakemake", "--cores", "2", *(f"reports/{name}/report.pdf" for name in SETS))
    return project


@pytest.mark.parametrize("dataset", SETS)
def test_every_text_and_class_is_what_was_written(reported: Project, dataset: str) -> None:
    said = reported.json(f"data/{dataset}/prepared.json")
    table = pq.read_table(reported.folder / f"data/{dataset}/documents.parquet").to_pylist()
    found = [Row(row["text"], said["classes"][row["label"]], PARTS[row["split"]]) for row in table]
    wanted = rows(dataset)
    if dataset == "letters":  # in the order of their names; a mark at the very beginning is none of the text
        wanted = [row._replace(text=row.text.removeprefix("\ufeff")) for row in wanted]
        assert sorted(row[:2] for row in found) == sorted(row[:2] for row in wanted)
        assert sorted(row for row in found if row.part == "test") == sorted(r for r in wanted if r.part == "test")
    elif dataset == "posts":
        assert found == wanted
    else:
        assert [row[:2] for row in found] == [row[:2] for row in wanted]
    assert {row.part for row in found} == {*PARTS}


def test_what_was_left_out_is_told(reported: Project) -> None:
    last = len(rows("tickets"))
    assert reported.json("data/tickets/prepared.json")["left_out"] == [
        {"reason": "no label", "documents": 1, "first": f"tickets.csv, row {last + 1}"},
        {"reason": "no text", "documents": 1, "first": f"tickets.csv, row {last + 2}"},
    ]
    for dataset in ("posts", "letters"):
        assert reported.json(f"data/{dataset}/prepared.json")["left_out"] == []


def test_the_audit_finds_what_stands_twice_and_in_two_classes(reported: Project) -> None:
    audit = reported.json("data/posts/audit.json")
    for part in PARTS:
        texts = [row.text for row in rows("posts") if row.part == part]
        assert audit["exact"]["within"][part] == len(texts) - len({*texts})
        assert audit["normalised"]["within"][part] == len(texts) - len({" ".join(t.lower().split()) for t in texts})
    assert audit["other_label"]["within train"] > 0


@pytest.mark.parametrize("dataset", SETS)
def test_a_model_learns_from_them_more_than_the_majority_tells(reported: Project, dataset: str) -> None:
    models = reported.json(f"reports/{dataset}/metrics.json")["models"]
    accuracy = {name: of["summary"]["test"]["accuracy"]["mean"] for name, of in models.items()}
    assert accuracy["logreg"] > accuracy["majority"]


@pytest.mark.parametrize("dataset", SETS)
@pytest.mark.parametrize("page", ["card", "report"])
def test_markup_in_texts_and_classes_is_printed_and_not_obeyed(reported: Project, dataset: str, page: str) -> None:
    pages = PdfReader(reported.folder / f"reports/{dataset}/{page}.pdf").pages
    assert len(pages) <= {"card": 1, "report": 5}[page]
    text = "".join(page.extract_text() for page in pages).replace("\n", "")
    written = {"tickets": '#panic("c")', "posts": "<b>y</b>", "letters": "_n_"}[dataset]
    assert written.replace(" ", "") in text.replace(" ", "").replace("“", '"').replace("”", '"')


def test_afterwards_there_is_nothing_to_do(reported: Project) -> None:
    targets = [f"reports/{name}/report.pdf" for name in SETS]
    assert "Nothing to be done" in reported.run("snakemake", "-n", "--cores", "2", *targets)
    assert not list(reported.folder.rglob("*.part"))
