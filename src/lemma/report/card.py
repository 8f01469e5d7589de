"""Stage `card`: what a data set is and holds, on one page, and as JSON: the report's one source about the data."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lemma.data.corpus import Corpus, open_corpus
from lemma.data.documents import blocks, read_documents
from lemma.data.splits import TRAIN
from lemma.data.words import read_tokenizer
from lemma.files import read_json, write_bytes, write_json
from lemma.layout import Layout
from lemma.params import Params
from lemma.report import figures, typeset
from lemma.report.composition import by_place, composition
from lemma.report.leaks import leaks
from lemma.report.numbers import count, plain, tenth
from lemma.report.preprocessing import examples, steps

BLOCK = 4096  # documents at a time


def card(layout: Layout, dataset: str, params: Params, templates: Path) -> dict[str, Any]:
    """Write `card.json` and `card.pdf` of a data set, and return the card.

    Args:
        templates: the folder that holds `card.typ`.

    Raises:
        InputError: a result is missing or damaged, or the template does not compile.
    """
    prepared, audit = read_json(layout.prepared(dataset)), read_json(layout.audit(dataset))
    corpus, tokenizer = open_corpus(layout.tokens(dataset)), read_tokenizer(layout.tokenizer(dataset))
    run = params.experiment.runs[0]
    held = {
        **prepared,
        "counts": by_place(corpus),
        **composition(corpus, run),
        "duplicates": {
            "handling": prepared["duplicates"],
            **{place: audit["normalised"][place] for place in ("within", "across")},
        },
        "audit": audit,
        "overlap": read_json(layout.overlap(dataset))["shared"],
        "examples": examples(_train(layout, corpus, run), corpus.classes),
        "steps": [*prepared["steps"], *steps(_train(layout, corpus, run), tokenizer.splitting)],
    }
    held["findings"] = leaks(held)
    write_json(layout.card(dataset), held)
    drawing = layout.figure(dataset, "lengths")
    write_bytes(drawing, figures.lengths(held["parts"], held["bin"]))
    typeset.compile(templates / "card.typ", page(held), {"lengths": drawing}, layout.card_pdf(dataset))
    return held


def _train(layout: Layout, corpus: Corpus, run: int) -> Iterator[tuple[list[str], NDArray[np.int32]]]:
    """Yield texts and labels of the training part, block by block."""
    path = layout.documents(corpus.dataset)
    _, documents = read_documents(path)
    train = corpus.parts(run) == TRAIN
    start = 0
    for batch in blocks(documents, path, BLOCK, ["text", "label"]):
        chosen = train[start : start + len(batch)]
        start += len(batch)
        yield batch.column("text").filter(pa.array(chosen)).to_pylist(), batch.column("label").to_numpy()[chosen]


def page(held: dict[str, Any]) -> dict[str, Any]:
    """Return what the page prints: every number as text, every text of the data as one printable line."""
    folds = held["protocol"].get("folds")
    parts = held["parts"]
    left_out = [f"{count(row['documents'])} left out: {row['reason']}" for row in held["left_out"]]
    about = [
        ("source", held["source"]),
        ("licence", held["licence"]),
        ("cite", held["citation"]),
        ("encoding", held["encoding"]),
        ("unit", held["granularity"]),
        ("metric", held["metric"]),
        ("division", held["split_note"] + (f"; {folds} folds, shown is run {held['run']}" if folds else "")),
        ("read", "; ".join([f"{count(held['read'])} documents", *left_out])),
        ("without label", f"{count(held['unlabelled'])} documents" if held["unlabelled"] else "none"),
    ]
    return {
        "dataset": held["dataset"],
        "title": plain(held["title"], 200),
        "about": [{"key": key, "value": plain(value, 260)} for key, value in about],
        "parts": [part["part"] for part in parts],
        "rows": [
            ["documents", *(count(part["documents"]) for part in parts)],
            *(
                [plain(name, 40), *(_with_share(part["classes"][at], part["documents"]) for part in parts)]
                for at, name in list(enumerate(held["classes"]))[:MOST]
            ),
            *([["and more classes", *[str(len(held["classes"]) - MOST)] * 3]] if len(held["classes"]) > MOST else []),
        ],
        "words": [
            ["words a document", *(f"{tenth(p['words']['mean'])} ± {tenth(p['words']['std'])}" for p in parts)],
            ["median, 95 %, longest", *(_spread(part["words"]) for part in parts)],
            ["words in all", *(count(part["tokens"]) for part in parts)],
            ["different words", *(count(part["types"]) for part in parts)],
            ["words that train lacks", *("–" if p["part"] == "train" else _percent(p["unseen_tokens"]) for p in parts)],
            ["of the different ones", *("–" if p["part"] == "train" else _percent(p["unseen_types"]) for p in parts)],
        ],
        "findings": [plain(sentence, 240) for sentence in held["findings"]],
        "method": plain(held["audit"]["method"], 900),
        "twins": [
            {"kind": twin["kind"], **{side: _side(twin[side]) for side in ("first", "second")}}
            for twin in held["audit"]["examples"][:2]
        ],
        "examples": [{"label": plain(e["label"], 40), "text": plain(e["text"], 170)} for e in held["examples"]],
        "steps": [{key: plain(str(step[key]), 130) for key in ("step", "before", "after")} for step in held["steps"]],
    }


MOST = 12  # classes that the page has room for


def _side(side: dict[str, str]) -> dict[str, str]:
    return {key: plain(str(side.get(key) or "none"), 120 if key == "text" else 40) for key in ("part", "label", "text")}


def _with_share(some: int, size: int) -> str:
    return f"{count(some)} ({tenth(100 * some / size)} %)" if size else count(some)


def _spread(words: dict[str, float]) -> str:
    return " / ".join(count(words[key]) for key in ("median", "p95", "max"))


def _percent(share: float | None) -> str:
    return f"{tenth(100 * share)} %" if share is not None else "–"


def summary(held: dict[str, Any]) -> str:
    """Return the card in a few lines for a terminal."""
    parts = "  ".join(f"{part['part']} {count(part['documents'])}" for part in held["parts"])
    unseen = ", ".join(f"{_percent(part['unseen_tokens'])} of {part['part']}" for part in held["parts"][1:])
    lines = [
        f"{held['dataset']}: {plain(held['title'], 200)}",
        f"{parts}  in {len(held['classes'])} classes, {tenth(held['words']['mean'])} words a document",
        f"{count(held['vocabulary'])} different words in train, which lacks {unseen}",
        *(plain(sentence, 400) for sentence in held["findings"]),
    ]
    return "\n".join(lines)
