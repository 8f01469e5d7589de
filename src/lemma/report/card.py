"""Stage `lemma card DATASET`: the data card of a data set, as JSON and on one page.

The report takes all that it says about the data from card.json.
"""

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
from lemma.report.card_page import format_card, format_unseen
from lemma.report.datasheet import read_datasheet
from lemma.report.duplicate_findings import count_duplicates, write_findings
from lemma.report.numbers import count, plain, tenth
from lemma.report.preprocessing_examples import select_examples, show_steps
from lemma.report.split_statistics import compute_statistics, count_documents

SAMPLE = 10_000  # training documents that are searched for examples, at most
MAX_CHARACTERS = 2_000  # of each


def card(layout: Layout, dataset: str, params: Params, templates: Path) -> dict[str, Any]:
    """Write card.json, the figure of document lengths and card.pdf, and return the content of card.json.

    Args:
        layout: paths of the project.
        dataset: name of the data set.
        params: of these the first run, whose splits are described.
        templates: folder of `card.typ`.

    Raises:
        InputError: a result is missing or damaged, or the template does not compile.
    """
    settings = params.datasets.get(dataset)
    catalogued = None if settings is not None and settings.path else dataset
    datasheet = read_datasheet(layout.workflow / "resources" / "datasheets.yaml", catalogued)
    content = gather_card(layout, dataset, params.experiment.runs[0], datasheet)
    figure = layout.figure(dataset, "lengths")
    write_json(layout.card(dataset), content)
    write_bytes(figure, figures.draw_lengths(content["parts"], content["bin"]))
    typeset.compile(templates / "card.typ", format_card(content), {"lengths": figure}, layout.card_pdf(dataset))
    return content


def gather_card(layout: Layout, dataset: str, run: int, datasheet: dict[str, str]) -> dict[str, Any]:
    """Return the content of card.json: results of earlier stages, statistics of the splits of a run, and examples.

    Args:
        layout: paths of the project.
        dataset: name of the data set.
        run: the run whose splits are described.
        datasheet: data statement, see `read_datasheet`.

    Raises:
        InputError: a result is missing or damaged, or the results are of different documents.
    """
    prepared, audit = read_json(layout.prepared(dataset)), read_json(layout.audit(dataset))
    corpus, config = open_corpus(layout.tokens(dataset)), read_tokenizer(layout.tokenizer(dataset)).config
    for number, name in enumerate(SPLITS):
        if not (corpus.splits(run) == number).any():
            raise damaged(layout.tokens(dataset), ValueError(f"run {run} has no {name} documents"))
    texts = _sample_texts(layout, corpus, run)
    try:
        content = {
            **prepared,
            **compute_statistics(corpus, run),
            "datasheet": datasheet,
            "counts": count_documents(corpus),
            "duplicates": {
                "handling": prepared["duplicates"],
                **{place: audit["normalised"][place] for place in ("within", "across")},
            },
            "audit": audit,
            "overlap": read_json(layout.overlap(dataset))["shared"],
            "examples": select_examples(texts, corpus.classes),
            "steps": [*prepared["steps"], *show_steps(texts, config)],
        }
        content["findings"] = write_findings(count_duplicates(content, layout.card(dataset).name))
        format_card(content)  # fails if a key is missing
    except (KeyError, TypeError) as error:
        raise InputError(
            f"The results of '{dataset}' lack {error}.", "They are of another version: run `lemma prepare` again."
        ) from None
    return content


def _sample_texts(layout: Layout, corpus: Corpus, run: int) -> list[tuple[str, int]]:
    """Return evenly spaced documents of the training set, cut to `MAX_CHARACTERS`, with their classes."""
    path = layout.documents(corpus.dataset)
    _, documents = read_documents(path)
    if documents.metadata.num_rows != len(corpus):
        raise damaged(path, ValueError(f"it holds {documents.metadata.num_rows} documents, tokens.arrow {len(corpus)}"))
    train = np.flatnonzero(corpus.splits(run) == TRAIN)
    sampled = np.zeros(len(corpus), bool)
    sampled[train[:: -(-len(train) // SAMPLE)]] = True
    texts: list[tuple[str, int]] = []
    start = 0
    for batch in read_range(documents, path, 0, len(corpus)):
        chosen = batch.filter(pa.array(sampled[start : start + len(batch)]))
        cut = pc.utf8_slice_codeunits(chosen.column("text"), 0, MAX_CHARACTERS)
        texts += zip(cut.to_pylist(), chosen.column("label").to_pylist())
        start += len(batch)
    return texts


def summarize_card(card: dict[str, Any]) -> str:
    """Return a card in a few lines for the terminal: counts, tokens not in train, findings and paths."""
    dataset, splits, layout = card["dataset"], card["parts"], Layout()
    rows = [
        ["", *(split["part"] for split in splits)],
        ["documents", *(count(split["documents"]) for split in splits)],
        ["tokens per document", *(tenth(split["words"]["mean"]) for split in splits)],
        ["distinct tokens", *(count(split["types"]) for split in splits)],
        ["tokens not in train", *(format_unseen(split, "unseen_tokens") for split in splits)],
    ]
    width = max(len(cell) for row in rows for cell in row[1:]) + 2
    lines = [row[0].ljust(20) + "".join(cell.rjust(width) for cell in row[1:]) for row in rows]
    classes = f"{len(card['classes'])} classes: {', '.join(plain(name, 32) for name in card['classes'][:8])}"
    return "\n".join(
        [
            f"{dataset}: {plain(card['title'], 200)}",
            classes + (", ..." if len(card["classes"]) > 8 else ""),
            *lines,
            *(f"- {sentence}" for sentence in card["findings"]),
            f"{layout.card_pdf(dataset)}, {layout.card(dataset)}",
        ]
    )
