"""Stage `card`: what a data set is and holds, on one page, and as JSON: the report's one source about the data."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lemma.corpus.documents import damaged, read_documents, read_range
from lemma.corpus.splits import SPLITS, TRAIN
from lemma.corpus.tokenizer import read_tokenizer
from lemma.corpus.tokens import Corpus, open_corpus
from lemma.errors import InputError
from lemma.files import read_json, write_bytes, write_json
from lemma.layout import Layout
from lemma.params import Params
from lemma.report import figures, typeset
from lemma.report.card_page import page, unseen
from lemma.report.duplicate_findings import findings, leaks
from lemma.report.numbers import count, plain, tenth
from lemma.report.preprocessing_examples import examples, steps
from lemma.report.split_statistics import by_place, composition

SOUGHT = 10_000  # texts of the training part that are looked through for examples, at most
CUT = 2_000  # characters of each


def card(layout: Layout, dataset: str, params: Params, templates: Path) -> dict[str, Any]:
    """Write `card.json`, `card.pdf` and its figure, and return the card.

    Args:
        templates: the folder that holds `card.typ`.

    Raises:
        InputError: a result is missing or damaged, or the template does not compile.
    """
    held = gather(layout, dataset, params.experiment.runs[0])
    drawing = layout.figure(dataset, "lengths")
    write_json(layout.card(dataset), held)
    write_bytes(drawing, figures.lengths(held["parts"], held["bin"]))
    typeset.compile(templates / "card.typ", page(held), {"lengths": drawing}, layout.card_pdf(dataset))
    return held


def gather(layout: Layout, dataset: str, run: int) -> dict[str, Any]:
    """Return the card as JSON: what the stages before wrote, and counts of the corpus by part, as run `run` sees them.

    Raises:
        InputError: a result is missing, damaged, or of other documents than the rest.
    """
    prepared, audit = read_json(layout.prepared(dataset)), read_json(layout.audit(dataset))
    corpus, how = open_corpus(layout.tokens(dataset)), read_tokenizer(layout.tokenizer(dataset)).config
    for number, name in enumerate(SPLITS):
        if not (corpus.splits(run) == number).any():
            raise damaged(layout.tokens(dataset), ValueError(f"run {run} has no {name} documents"))
    texts = _sample(layout, corpus, run)
    try:
        held = {
            **prepared,
            **composition(corpus, run),
            "counts": by_place(corpus),
            "duplicates": {
                "handling": prepared["duplicates"],
                **{place: audit["normalised"][place] for place in ("within", "across")},
            },
            "audit": audit,
            "overlap": read_json(layout.overlap(dataset))["shared"],
            "examples": examples(texts, corpus.classes),
            "steps": [*prepared["steps"], *steps(texts, how)],
        }
        held["findings"] = findings(leaks(held, layout.card(dataset).name))
        page(held)  # whatever the page needs is there
    except (KeyError, TypeError) as error:
        raise InputError(
            f"The results of '{dataset}' lack {error}.", "They are of another version: run `lemma prepare` again."
        ) from None
    return held


def _sample(layout: Layout, corpus: Corpus, run: int) -> list[tuple[str, int]]:
    """Return texts of the training part and their classes, taken evenly from first to last; long ones are cut."""
    path = layout.documents(corpus.dataset)
    _, documents = read_documents(path)
    if documents.metadata.num_rows != len(corpus):
        raise damaged(path, ValueError(f"it holds {documents.metadata.num_rows} documents, tokens.arrow {len(corpus)}"))
    train = np.flatnonzero(corpus.splits(run) == TRAIN)
    wanted = np.zeros(len(corpus), bool)
    wanted[train[:: -(-len(train) // SOUGHT)]] = True
    found: list[tuple[str, int]] = []
    start = 0
    for batch in read_range(documents, path, 0, len(corpus)):
        chosen = batch.filter(pa.array(wanted[start : start + len(batch)]))
        texts = pc.utf8_slice_codeunits(chosen.column("text"), 0, CUT)
        found += zip(texts.to_pylist(), chosen.column("label").to_pylist())
        start += len(batch)
    return found


def summary(held: dict[str, Any]) -> str:
    """Return the card in a few lines for a terminal: counts, unseen words, findings, files."""
    dataset, parts, layout = held["dataset"], held["parts"], Layout()
    head = ["", *(part["part"] for part in parts)]
    table = [
        ["documents", *(count(part["documents"]) for part in parts)],
        ["words a document", *(tenth(part["words"]["mean"]) for part in parts)],
        ["different words", *(count(part["types"]) for part in parts)],
        ["words train lacks", *(unseen(part, "unseen_tokens") for part in parts)],
    ]
    width = max(len(cell) for row in [head, *table] for cell in row[1:]) + 2
    lines = [row[0].ljust(18) + "".join(cell.rjust(width) for cell in row[1:]) for row in [head, *table]]
    classes = f"{len(held['classes'])} classes: {', '.join(plain(name, 32) for name in held['classes'][:8])}"
    return "\n".join(
        [
            f"{dataset}: {plain(held['title'], 200)}",
            classes + (", ..." if len(held["classes"]) > 8 else ""),
            *lines,
            *(f"- {sentence}" for sentence in held["findings"]),
            f"{layout.card_pdf(dataset)}, {layout.card(dataset)}",
        ]
    )
