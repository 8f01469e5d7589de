"""Small prepared data sets, and what an audit must find, by comparing all pairs of texts."""

from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from lemma import files
from lemma.corpus.documents import METADATA
from lemma.data.audit.audit import audit
from lemma.layout import Layout
from lemma.params import Params
from tests.unit.data.conftest import VALUES

PARTS = ["train", "dev", "test"]


class Row(NamedTuple):
    """A text with its label and split; a label of -1 and the split 3: unlabelled."""

    text: str
    label: int = 0
    split: int = 0


def params(similarity: float = 0.8, **sections: Any) -> Params:
    return Params.model_validate(VALUES | {"audit": {"similarity": similarity}} | sections)


def write(root: Path, rows: list[Row], folds: int = 0, dataset: str = "own", block: int = 4) -> Layout:
    """Write the documents and the unlabelled texts of a data set of three classes, in several row groups."""
    layout = Layout(root)
    protocol: dict[str, Any] = {"kind": "folds", "folds": folds, "dev": 0.1} if folds else {"kind": "fixed"}
    about = {"dataset": dataset, "classes": ["a", "b", "c"], "protocol": protocol, "tokenized": False}
    metadata = {METADATA: files.canonical(about).encode()}
    fields = [("text", pa.string()), ("label", pa.int32()), ("split", pa.int8())]
    labelled = [row for row in rows if row.label >= 0]
    layout.documents(dataset).parent.mkdir(parents=True, exist_ok=True)
    columns = [[row[place] for row in labelled] for place in range(3)]
    table = pa.table(columns, schema=pa.schema(fields, metadata=metadata))
    pq.write_table(table, layout.documents(dataset), row_group_size=block)
    others = pa.table([[row.text for row in rows if row.label < 0]], schema=pa.schema(fields[:1], metadata=metadata))
    pq.write_table(others, layout.unlabelled(dataset), row_group_size=block)
    return layout


def run_audit(root: Path, rows: list[Row], folds: int = 0, similarity: float = 0.8) -> Any:
    """Return the audit of these rows."""
    layout = write(root, rows, folds)
    audit(layout, "own", params(similarity))
    return files.read_json(layout.audit("own"))


def variants(count: int) -> list[Row]:
    """Return texts of which many are nearly alike, in all splits, with labels that conflict."""
    base = [f"{' '.join(f'w{kind}x{place}' for place in range(50))} end" for kind in range(5)]
    texts = [base[n % 5].replace(f"w{n % 5}x{n % 7}", f"other{n % 11}" if n % 3 else "") for n in range(count)]
    return [Row(text, n % 3, n * 7 % 3) for n, text in enumerate(texts)] + [Row(text, -1, 3) for text in texts[::9]]


def plain(text: str) -> str:
    return " ".join(text.lower().split())


def shingle_set(text: str) -> set[tuple[str, ...]]:
    words = plain(text).split()
    return set(zip(words, words[1:], words[2:])) if len(words) >= 3 else {(word,) for word in words}


def alike(kind: str, one: str, other: str, similarity: float) -> bool:
    """Return whether two texts are copies of each other."""
    if one == other or (kind != "exact" and plain(one) == plain(other)):
        return True
    a, b = shingle_set(one), shingle_set(other)
    return kind == "near" and bool(a | b) and len(a & b) / len(a | b) >= similarity


def expected(rows: list[Row], folds: int = 0, similarity: float = 0.8) -> dict[str, Any]:
    """Return what an audit must find, by comparing every text with every other."""
    rows = sorted(rows, key=lambda row: row.label < 0)  # unlabelled texts come last
    labelled = ["all"] if folds else PARTS
    names = labelled + (["unlabelled"] if any(row.label < 0 for row in rows) else [])
    of: dict[str, list[int]] = {name: [] for name in names}
    for number, row in enumerate(rows):
        of["unlabelled" if row.label < 0 else labelled[0 if folds else row.split]].append(number)
    pairs: list[tuple[str, tuple[str, ...]]]
    pairs = [(later, (earlier,)) for earlier, later in combinations(labelled, 2)]
    if "unlabelled" in names:
        pairs += [("unlabelled", (name,)) for name in labelled] + [(name, ("unlabelled",)) for name in labelled]
    if not folds:
        pairs += [(name, ("train", "dev")) for name in names[2:]]
    result: dict[str, Any] = {"splits": {name: len(members) for name, members in of.items()}, "conflicting_labels": {}}
    for kind in ("exact", "normalised", "near"):
        copies = [[alike(kind, a.text, b.text, similarity) for b in rows] for a in rows]
        again = {
            (name, others): sum(any(copies[i][j] for other in others for j in of[other]) for i in of[name])
            for name, others in pairs
        }
        result[kind] = {
            "within": {name: sum(any(copies[i][j] for j in of[name] if j < i) for i in of[name]) for name in names},
            "across": {f"{name} in {' or '.join(others)}": count for (name, others), count in again.items()},
        }
    for name in labelled:
        labels: dict[str, set[int]] = {}
        for i in of[name]:
            labels.setdefault(plain(rows[i].text), set()).add(rows[i].label)
        result["conflicting_labels"][f"within {name}"] = sum(len(several) > 1 for several in labels.values())
    for name, others in pairs:
        if "unlabelled" not in (name, *others):
            result["conflicting_labels"][f"{name} in {' or '.join(others)}"] = sum(
                any(
                    plain(rows[i].text) == plain(rows[j].text) and rows[i].label != rows[j].label
                    for o in others
                    for j in of[o]
                )
                for i in of[name]
            )
    return result
