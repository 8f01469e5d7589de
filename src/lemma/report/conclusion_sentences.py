"""Sentences of the conclusion, the limitations and the paragraph on reproduction, generated from facts.

They repeat no claim that the comparisons do not support: an open comparison is called open, with the range of
differences that the data allow.
"""

from typing import Any

from lemma.report.model_names import NAMES
from lemma.report.numbers import reading, tenth
from lemma.report.prose import capitalize, join_words

PHRASES = {"sst2", "sst5"}  # data sets on which published work trains on labelled phrases


def describe_protocol(facts: dict[str, Any]) -> str:
    """Return how the training data differ from those of published work, for the first paragraph; empty if not."""
    if facts["dataset"] in PHRASES and facts["granularity"] == "sentences":
        return (
            "Most published work trains on all labelled phrases of the training sentences; this report trains on whole "
            "sentences only, a smaller training set, so that its scores are expected to be lower."
        )
    return ""


def describe_published(facts: dict[str, Any]) -> str:
    """Return how published results differ from ours in protocol, for the caption of their table."""
    runs = facts["runs"]
    ours = f"means over {runs['text']} runs" if runs["value"] > 1 else "scores of one run"
    parts = [f"Ours are {ours}"]
    if facts["train"]["best_epochs"] > 1 and facts["loss"]:
        parts.append(f"networks combine the checkpoints of {facts['train']['best_epochs']} epochs")
    if not facts["pretrained"]:
        parts.append("no text outside the training set is used")
    sentence = f"{join_words(parts)}; most published scores are of a single training."
    if facts["dataset"] in PHRASES:
        where = "sentences" if facts["granularity"] == "sentences" else "phrases"
        sentence += f" Ours train on {where}, published rows mostly on phrases."
    return sentence


def describe_conclusion(facts: dict[str, Any]) -> str:
    """Return what the primary comparisons show, and what they leave open."""
    names = {model["key"]: model["name"] for model in facts["models"]}
    dataset, metric = facts["dataset"], facts["data"]["metric"]
    best = max(
        (model for model in facts["models"] if model["scores"]["test"]["score"]["value"] is not None),
        key=lambda model: model["scores"]["test"]["score"]["value"],
    )
    found = []
    for row in facts["significance"]["primary"]:
        first, second = names[row["model"]], names[row["other"]]
        low, high = (tenth(row["difference"][end]) for end in ("low", "high"))
        if row["significant"]:
            found.append(
                f"{first} is {row['finding']} than {second}, by {tenth(abs(row['difference']['value']))} points"
            )
        else:
            found.append(
                f"the comparison of {first} with {second} remains open: differences from {low} to {high} points are "
                "compatible with the data"
            )
    shown = f"{capitalize('; '.join(found))}." if found else "No primary comparison has both of its sides."
    return (
        f"On {dataset}, the highest mean test {metric} is that of {best['name']}, "
        f"{reading(best['scores']['test']['score'])}. {shown} {_weigh_cost(facts, names)}".rstrip()
    )


def _weigh_cost(facts: dict[str, Any], names: dict[str, str]) -> str:
    """Return the training time of the reference model over that of the best linear model."""
    reference, linear = facts["significance"]["reference"], facts["significance"]["linear"]
    if linear in (None, reference):
        return ""
    seconds = {model["key"]: model["seconds"] for model in facts["models"]}
    return (
        f"One training of {names[reference]} takes {seconds[reference]['text']}\u00a0s, one of {names[linear]} "
        f"{seconds[linear]['text']}\u00a0s."
    )


def describe_limitations(facts: dict[str, Any]) -> list[str]:
    """Return the limitations of the results, a sentence each."""
    tests, data = facts["significance"], facts["data"]
    limits = [
        "The results hold for one data set"
        + ("." if data["folds"] else f" and one split with {tests['documents']['text']} test documents.")
    ]
    open_rows = [row for row in tests["primary"] if not row["significant"]]
    if open_rows:
        largest = max(open_rows, key=lambda row: row["detectable"]["value"])
        limits.append(
            f"A difference below about {largest['detectable']['text']} points between {NAMES[largest['model']]} and "
            f"{NAMES[largest['other']]} would probably have been missed."
        )
    searches = facts["tuning"]["models"]
    if searches:
        budgets = join_words(sorted({search["trials"]["text"] for search in searches}, key=float))
        limits.append(
            f"Hyperparameter tuning was limited to {budgets} trials for each model, and tuning, early stopping and the "
            "choice of the compared models use the same dev set, so that dev scores are optimistic."
        )
    else:
        limits.append("Hyperparameters were not tuned, so that a model may be shown below its potential.")
    if facts["runs"]["value"] == 1:
        limits.append("With one run, the variance between runs is unknown.")
    if not facts["pretrained"] and facts["loss"]:
        limits.append("Networks start from random word vectors; pre-trained vectors were not studied.")
    drop = _describe_drop(facts)
    return [*limits, drop] if drop else limits


def _describe_drop(facts: dict[str, Any]) -> str:
    """Return how far the test score of the reference lies below its dev score, if the intervals do not overlap."""
    best = next(model for model in facts["models"] if model["key"] == facts["significance"]["reference"])
    dev, test = (best["scores"][split]["score"] for split in ("dev", "test"))
    if None in (dev.get("low"), test.get("high")) or test["high"] >= dev["low"]:
        return ""
    return (
        f"The test {facts['data']['metric']} of {best['name']} is {tenth(dev['value'] - test['value'])} points below "
        "that on dev, and their intervals do not overlap: the test documents differ from those of training and dev."
    )


def describe_reproduction(facts: dict[str, Any]) -> str:
    """Return hardware, versions, seeds, number of trainings and total cost, including search and learning curves."""
    costs, models = facts["costs"], facts["models"]
    kinds = [f"{costs['final']['text']} final trainings"]
    kinds += [f"{costs['search']['text']} trials of the search"] if costs["search"]["value"] else []
    kinds += [f"{costs['fractions']['text']} on fractions of the training set"] if costs["fractions"]["value"] else []
    devices = join_words(sorted({device for model in models for device in model["devices"]}))
    threads = models[0]["threads"]
    return (
        f"In total, {costs['trainings']['text']} models were trained ({join_words(kinds)}), in "
        f"{reading(costs['total'])} of computing time. Device: {devices.upper()}, {threads} "
        f"{'thread' if threads == 1 else 'threads'} for each training; the machine that wrote this report has "
        f"{costs['cores']['text']} cores of an {costs['processor']}. Software: Python {costs['python']}, "
        f"{join_words(costs['libraries'])}. The seed of each run is a hash of data set, model and number of the run "
        f"({_list_runs(facts)}). Code, configuration and recorded results are in the repository; every number printed "
        "here can be recomputed from them."
    )


def _list_runs(facts: dict[str, Any]) -> str:
    runs = [run["run"] for run in facts["models"][0]["tests"]]
    return f"{runs[0]}–{runs[-1]}" if len(runs) > 2 else join_words([str(run) for run in runs])
