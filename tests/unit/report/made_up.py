"""A finished project of simulated trainings that are evaluated as real ones; seeded, of the size that a test needs."""

import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lemma.corpus.documents import METADATA
from lemma.corpus.splits import SPLITS, TRAIN
from lemma.corpus.tokens import Corpus, open_corpus
from lemma.data.audit.audit import audit
from lemma.data.index import index
from lemma.data.tokenize import tokenize
from lemma.evaluation.evaluate import evaluate
from lemma.files import write_json
from lemma.layout import Layout
from lemma.params import Evaluate, Params, load
from lemma.report.card import card
from lemma.report.report import report
from lemma.tuning.search import TrialResult
from lemma.tuning.tune import search_result

ROOT = Path(__file__).parents[3]
SEVEN = ("majority", "nb", "logreg", "nbsvm", "mlp", "cnn", "rnn")
SKILL = {"majority": 0.0, "nb": 1.0, "logreg": 1.6, "nbsvm": 1.7, "mlp": 1.6, "cnn": 2.2, "rnn": 1.9}
WORD_VECTORS = {"min_count": 2, "embedding_dim": 300, "dropout": 0.5, "learning_rate": 0.001, "weight_decay": 0.01}
LINEAR = {"term_weighting": "tfidf", "ngrams": 2, "char_ngrams": 5, "min_count": 2}
SETTINGS: dict[str, dict[str, Any]] = {
    "majority": {},
    "nb": {**LINEAR, "alpha": 1.0},
    "logreg": {**LINEAR, "c": 10.0},
    "nbsvm": {**LINEAR, "alpha": 1.0, "beta": 0.25, "c": 1.0},
    "mlp": {**WORD_VECTORS, "hidden_sizes": [300], "word_dropout": 0.3},
    "cnn": {**WORD_VECTORS, "kernel_sizes": [3, 4, 5], "filters": 100, "embedding_dropout": 0.3},
    "rnn": {
        **WORD_VECTORS,
        "cell": "lstm",
        "pooling": "max",
        "hidden_size": 128,
        "num_layers": 1,
        "embedding_dropout": 0.3,
    },
}
SHARED = {"device": "auto", "threads": 1, "epochs": 30, "patience": 4, "batch_size": 50, "max_grad_norm": 5.0}
SHARED |= {"select": "score", "best_epochs": 3, "averaging": "predictions"}
PREPARED: dict[str, Any] = {
    "title": "Short reviews of films that nobody made",
    "source": "https://example.org/reviews",
    "licence": "CC0 1.0",
    "citation": "Example and Example (2020). Reviews of nothing. Proceedings of Nowhere.",
    "encoding": "utf-8",
    "metric": "accuracy",
    "granularity": "documents",
    "duplicates": "keep",
    "split_note": "divided at random by class, once, with a fixed seed",
    "unlabelled": 0,
    "left_out": [{"reason": "no text", "documents": 2, "first": "reviews.csv, row 7"}],
    "steps": [{"step": "bring back escaped brackets", "before": "-LRB- 1\\/2 -RRB-", "after": "( 1/2 )"}],
}
CLAIMS = ("4.deltas", "6.graph", "6.hidden", "6.update", "7.entries")
TEXTS = ["A film of quiet wit that trusts its viewers to the last frame.", "Two hours that feel like a week of rain."]


@dataclass(frozen=True)
class Project:
    """A finished project below `layout.root`, and what was asked of it."""

    layout: Layout
    models: list[str]
    runs: list[int]
    params: Params
    dataset: str = "made-up"

    def edit(self, path: Path, change: Callable[[Any], None]) -> None:
        """Let `change` alter the JSON in `path` in place."""
        content = json.loads(path.read_text(encoding="utf-8"))
        change(content)
        write_json(path, content)


def build(
    root: Path,
    classes: int = 2,
    models: tuple[str, ...] = ("majority", "logreg", "mlp", "cnn", "rnn"),
    runs: int = 5,
    folds: int = 0,
    demonstration: bool = True,
    searched: tuple[str, ...] = (),
) -> Project:
    """Write everything that the report stage reads."""
    rng, names = np.random.default_rng(classes), [f"class {chr(97 + index)}" for index in range(classes)]
    project = Project(Layout(root), list(models), list(range(runs)), load(ROOT / "params.yaml"))
    protocol: dict[str, Any] = {"kind": "folds", "folds": folds, "dev": 0.1} if folds else {"kind": "fixed"}
    _data(project, rng, names, protocol)
    project.edit(
        project.layout.prepared(project.dataset), lambda prepared: prepared.update(demonstration=demonstration)
    )
    card(project.layout, project.dataset, project.params, ROOT / "reports")
    corpus = open_corpus(project.layout.tokens(project.dataset))
    for model in models:
        _tuned(project, rng, model, model in searched)
        _learning_curve(project, rng, model)
        for run in range(runs):
            _trained(project, rng, corpus, model, run)
    settings = Evaluate(resamples=300, confidence=0.95, primary=[["network", "linear"], ["network", "majority"]])
    evaluate(project.layout, project.dataset, project.models, project.runs, settings)
    write_json(project.layout.claims, [_claim(name) for name in CLAIMS])
    return project


def _data(project: Project, rng: np.random.Generator, names: list[str], protocol: dict[str, Any]) -> None:
    """Write 400 documents and the results of prepare, tokenize, index and audit; a few are duplicates."""
    size, layout, dataset = 400, project.layout, project.dataset
    texts = [" ".join(f"word{n % 900}" for n in rng.zipf(1.3, rng.integers(4, 40))) for _ in range(size)]
    if "folds" in protocol:
        parts = np.arange(size) // len(names) % protocol["folds"]
    else:
        parts = rng.choice(3, size, p=[0.6, 0.1, 0.3])
    train, test = np.flatnonzero(parts == 0), np.flatnonzero(parts == 2)
    for place in range(0, 8, 2):
        texts[train[place]] = f"{TEXTS[place % 4 // 2]} Room {place}"
    texts[train[1]] = texts[train[3]] = texts[train[5]]
    texts[test[0]] = texts[train[7]]
    texts[test[1]] = texts[train[7]].upper()
    about = {"dataset": dataset, "classes": names, "protocol": protocol, "tokenized": False}
    metadata = {METADATA: json.dumps(about).encode()}
    layout.documents(dataset).parent.mkdir(parents=True)
    schema = pa.schema([("text", pa.string()), ("label", pa.int32()), ("split", pa.int8())], metadata=metadata)
    labels = np.arange(size) % len(names)
    pq.write_table(
        pa.table([texts, labels.astype(np.int32), parts.astype(np.int8)], schema=schema), layout.documents(dataset)
    )
    pq.write_table(
        pa.table([[]], schema=pa.schema([("text", pa.string())], metadata=metadata)), layout.unlabelled(dataset)
    )
    write_json(layout.prepared(dataset), {**about, **PREPARED, "documents": size, "read": size + 2})
    tokenize(layout, dataset, 0, project.params)
    index(layout, dataset, project.params)
    audit(layout, dataset, project.params)
    overlap = {"twin": dict.fromkeys(["all"] if "folds" in protocol else SPLITS, 3)}
    write_json(layout.overlap(dataset), {"dataset": dataset, "method": "letters and digits", "shared": overlap})


def _tuned(project: Project, rng: np.random.Generator, model: str, searched: bool) -> None:
    """Write the results of a search: eight trials, one stopped early; or no search."""
    space = getattr(project.params.tune.space, model).model_dump(exclude_none=True)
    chosen = {name: choice[0] if isinstance(choice, list) else choice["low"] for name, choice in space.items()}
    scores: Any = 0.6 + 0.1 * SKILL[model] * rng.random(8) if searched else []
    states = ["pruned", *["complete"] * 7]
    trials = [TrialResult(n, chosen, float(s), state, 3, 1.0, []) for n, (s, state) in enumerate(zip(scores, states))]
    write_json(project.layout.tuned(project.dataset, model), search_result(project.dataset, model, searched, trials))


def _learning_curve(project: Project, rng: np.random.Generator, model: str) -> None:
    """Write the points of a learning curve: scores rise with the number of documents and are higher on train."""
    for fraction in project.params.learning_curve.train_fractions:
        reached = 0.5 + SKILL[model] * fraction / 10
        runs = [
            {
                "run": run,
                "documents": round(200 * fraction),
                "train": reached + 0.1,
                "dev": reached + rng.normal(0, 0.01),
                "seconds": 3.0,
            }
            for run in project.runs
        ]
        point = {
            "dataset": project.dataset,
            "model": model,
            "train_fraction": fraction,
            "metric": "accuracy",
            "runs": runs,
        }
        write_json(project.layout.learning_curve(project.dataset, model, fraction), point)


def _trained(project: Project, rng: np.random.Generator, corpus: Corpus, model: str, run: int) -> None:
    """Write the results of a training; the probability of the label rises with the skill of the model."""
    neural, best = model in ("mlp", "cnn", "rnn"), int(rng.integers(3, 6))
    lift = np.where(corpus.splits(run) == TRAIN, 1.5, 1.0) * SKILL[model]
    noise = rng.normal(0, 1 if SKILL[model] else 0, (len(corpus), len(corpus.classes)))
    logits = np.eye(len(corpus.classes))[corpus.labels] * lift[:, None] + noise
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    epochs = np.arange(1, best + 5 if neural else 2)
    dev = 0.5 + 0.02 * np.abs(epochs - best)
    lines = [
        {
            "epoch": int(epoch),
            "train_loss": 0.7 * 0.8**epoch,
            "dev_loss": float(loss),
            "dev_accuracy": 0.8,
            "best": True,
        }
        | {"seconds": 1.0, "time": 1.7e9}
        for epoch, loss in zip(epochs, dev)
    ]
    settings = {
        "device": "cpu",
        "threads": 1,
        "parameters": 2_500_000 if neural else 20_000,
        "vocabulary": 8_000,
        "best_epoch": best if neural else 1,
        "epochs": len(epochs),
        "seconds": float(rng.uniform(20, 30)) if neural else 0.4,
        "settings": SETTINGS[model],
        "train": SHARED,
    }
    project.layout.run(project.dataset, model, run).mkdir(parents=True)
    with zipfile.ZipFile(project.layout.model(project.dataset, model, run), "w") as archive:
        archive.writestr("settings.json", json.dumps(settings))
    np.save(project.layout.probabilities(project.dataset, model, run), probabilities.astype(np.float32))
    history = "".join(json.dumps(line) + "\n" for line in lines)
    project.layout.history(project.dataset, model, run).write_text(history, encoding="utf-8")


def _claim(identifier: str) -> dict[str, Any]:
    return {"id": identifier, "verdict": "proved", "mutants": {"tried": 9, "refuted": 9, "equivalent": 0}}


def finish(project: Project) -> Project:
    """Run the report stage on a project and return it."""
    report(project.layout, project.dataset, project.models, project.runs, project.params, ROOT / "reports")
    return project
