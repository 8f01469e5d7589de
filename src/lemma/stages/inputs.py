"""What each stage reads of what others have written, so that a damaged file is refused before it spoils a result.

`tests/workflow` compares this with the inputs of Snakemake's rules.
"""

from pathlib import Path

from lemma.layout import Layout
from lemma.params import LEARNT, Params


def inputs(layout: Layout, params: Params, stage: str, dataset: str = "", model: str = "") -> list[Path]:
    """Return the files that a stage reads, code, templates and a user's own files aside.

    Raises:
        ValueError: no stage has this name.
    """
    chosen, runs = params.experiment.models, params.experiment.runs
    trained = [(dataset, one, run) for one in chosen for run in runs]
    tokens = [layout.tokens(dataset), layout.tokenizer(dataset)]
    training = [*tokens, layout.vectors]
    match stage:
        case "solutions":
            return [layout.verified(exercise) for exercise in params.exercises]
        case "prepare":
            return [layout.source(dataset)]
        case "tokenize":
            return [layout.documents(dataset)]
        case "index":
            return [layout.shard(dataset, shard) for shard in params.tokenize.shards]
        case "audit":
            return [layout.documents(dataset), layout.unlabelled(dataset)]
        case "overlap":
            others = params.experiment.datasets
            return [layout.fingerprints(name) for name in {dataset, *(others if dataset in others else [])}]
        case "card":
            prepared = [layout.documents(dataset), layout.unlabelled(dataset), layout.prepared(dataset)]
            return [*prepared, *tokens, layout.audit(dataset), layout.overlap(dataset)]
        case "vectors":
            return _texts(layout, params)
        case "tune":
            return training
        case "train" | "learn":
            return [*training, layout.tuned(dataset, model)]
        case "evaluate":
            ends = [path(*run) for run in trained for path in (layout.probabilities, layout.history)]
            return [layout.tokens(dataset), *ends]
        case "report":
            results = [layout.metrics(dataset), layout.significance(dataset), layout.curves(dataset), layout.claims]
            searched = [layout.tuned(dataset, one) for one in chosen]
            learned = [layout.learned(dataset, one, share) for one in chosen for share in params.learn.shares]
            models = [layout.model(*run) for run in trained]
            return [layout.card(dataset), layout.documents(dataset), *results, *models, *searched, *learned]
        case "track":
            ends = [path(*run) for run in trained for path in (layout.model, layout.history)]
            printed = [layout.card(dataset), layout.card_pdf(dataset), layout.facts(dataset), layout.pdf(dataset)]
            figures = sorted(layout.figure(dataset, "scores").parent.glob("*.svg"))
            return [layout.tokens(dataset), layout.metrics(dataset), *ends, *printed, *figures]
        case "verify" | "download":
            return []
    raise ValueError(f"no stage '{stage}'")


def _texts(layout: Layout, params: Params) -> list[Path]:
    """Return what word vectors are learnt from, and what they must not be learnt from."""
    if params.vectors.source != LEARNT:
        return []
    names = params.vectors.texts
    read = [path(name) for name in names for path in (layout.documents, layout.unlabelled)]
    return [*read, *(layout.fingerprints(name) for name in params.experiment.datasets)]
