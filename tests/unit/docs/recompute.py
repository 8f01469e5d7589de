"""Every number of a report, computed again from metrics.json, significance.json and curves.json.

`python -m tests.unit.docs.recompute FOLDER` prints how many numbers of a folder of docs/examples agree. Nothing of
`lemma.report` is used: means, deviations, intervals and texts are computed by the standard library and SciPy.
"""

import json
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scipy import stats

SPLITS = ("train", "dev", "test")
MACRO = ("precision", "recall", "f1", "pr_auc")
POWER = 0.8
Pair = tuple[str, Any, Any]  # name, printed, computed


def read(folder: Path, name: str) -> Any:
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def recompute(folder: Path) -> Iterator[Pair]:
    """Yield every printed number of a folder of results with the one that is computed."""
    facts, metrics, tests, curves = (read(folder, name) for name in ("facts", "metrics", "significance", "curves"))
    yield from recompute_scores(facts, metrics)
    yield from recompute_comparisons(facts, metrics, tests)
    yield from recompute_error_analysis(facts, metrics, curves)
    yield from recompute_curves(facts, metrics, curves)
    yield from recompute_totals(facts)


def print_tenth(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}".replace("-", "−")


def primary(metric: str, scores: Any) -> Any:
    return scores["macro"]["recall"] if metric == "macro recall" else scores["accuracy"]


def recompute_scores(facts: Any, metrics: Any) -> Iterator[Pair]:
    for model in facts["models"]:
        runs = metrics["models"][model["key"]]["runs"]
        for split in SPLITS:
            wanted = {"accuracy": [run[split]["accuracy"] for run in runs]}
            wanted |= {key: [run[split]["macro"][key] for run in runs] for key in MACRO}
            for key, values in wanted.items():
                yield from _recompute_mean(f"{model['key']}.{split}.{key}", model["scores"][split][key], values)
            for name, printed in zip(facts["data"]["keys"], model["by_class"][split], strict=True):
                for key in MACRO:
                    values = [run[split]["per_class"][name][key] for run in runs]
                    yield from _recompute_mean(f"{model['key']}.{split}.{name}.{key}", printed[key], values)


def _recompute_mean(name: str, printed: Any, values: list[float | None]) -> Iterator[Pair]:
    known = [value for value in values if value is not None]
    yield name, printed["text"], print_tenth(100 * statistics.mean(known) if known else None)
    if printed["spread"] is not None:
        yield f"{name}.std", printed["spread"], print_tenth(100 * statistics.stdev(known))


def recompute_comparisons(facts: Any, metrics: Any, tests: Any) -> Iterator[Pair]:
    for family in ("primary", "exploratory"):
        rows = tests[family]
        for printed, row in zip(facts["significance"][family], rows, strict=True):
            first, second = (
                statistics.mean(primary(tests["metric"], run["test"]) for run in metrics["models"][row[side]]["runs"])
                for side in ("model", "other")
            )
            difference = first - second
            level = 1 - (1 - tests["confidence"]) / len(rows)
            critical = float(stats.t.ppf((1 + level) / 2, row["freedom"]))
            p = min(1.0, 2 * len(rows) * float(stats.t.sf(abs(difference) / row["error"], row["freedom"])))
            ends = [100 * (difference + sign * critical * row["error"]) for sign in (-1, 1)]
            name = f"{row['model']} - {row['other']}"
            text = print_tenth(100 * difference)
            yield f"{name}.difference", printed["difference"]["text"].lstrip("+"), text
            yield f"{name}.interval", printed["difference"]["interval"], " to ".join(map(print_tenth, ends))
            yield f"{name}.p", round(printed["p"]["value"], 9), round(p, 9)
            detectable = 100 * row["error"] * (critical + float(stats.norm.ppf(POWER)))
            yield f"{name}.detectable", printed["detectable"]["text"], print_tenth(detectable)
            yield f"{name}.significant", printed["significant"], p <= 1 - tests["confidence"]


def recompute_error_analysis(facts: Any, metrics: Any, curves: Any) -> Iterator[Pair]:
    reference = facts["significance"]["reference"]
    accuracy = statistics.mean(run["test"]["accuracy"] for run in metrics["models"][reference]["runs"])
    groups = {"lengths": curves["length"][reference], "unseen": curves["unseen"], "contrast": curves["contrast"]}
    folds = metrics["protocol"]["kind"] == "folds"
    for kind, rows in groups.items():
        for printed, row in zip(facts[kind], rows, strict=True):
            yield f"{kind}.{printed['name']}", printed["accuracy"]["text"], print_tenth(100 * row["accuracy"])
            interval = " to ".join(print_tenth(100 * end) for end in row["interval"])
            yield f"{kind}.{printed['name']}.interval", printed["accuracy"]["interval"], interval
        total = sum(row["documents"] for row in rows)
        if total and not folds:  # with folds, the mean over runs is not that over documents
            mean = sum(row["accuracy"] * row["documents"] for row in rows) / total
            yield f"{kind}.all", round(mean, 9), round(accuracy, 9)
    outcomes = curves["disagreement"]
    for printed, row in zip(facts["disagreement"], outcomes, strict=True):
        yield "disagreement", printed["fraction"]["text"], print_tenth(100 * row["fraction"])
        yield "disagreement.documents", printed["documents"]["value"], row["fraction"] * row["documents"]
    if outcomes:
        yield "disagreement.all", round(sum(row["fraction"] for row in outcomes), 9), 1.0
        if not folds:
            right = sum(row["fraction"] for row in outcomes if row["reference"])
            yield "disagreement.reference", round(right, 9), round(accuracy, 9)


def recompute_curves(facts: Any, metrics: Any, curves: Any) -> Iterator[Pair]:
    reference = facts["significance"]["reference"]
    for printed, row in zip(facts["confusion"], curves["confusion"][reference], strict=True):
        for number, count in zip(printed, row, strict=True):
            yield "confusion", number["text"], print_tenth(100 * count / sum(row) if sum(row) else None)
    for entry in facts["calibration"]:
        errors = curves["calibration"][entry["model"]]["ece"]
        yield f"ece.{entry['model']}", entry["ece"]["text"], print_tenth(100 * statistics.mean(errors))
    for entry in facts["loss"]:
        curve = curves["loss"][entry["model"]]
        dev = [mean for mean, n in zip(curve["dev"]["mean"], curve["n"], strict=True) if n == curve["runs"]]
        yield f"loss.{entry['model']}.lowest", entry["lowest"]["text"], f"{min(dev):.2f}"
        yield f"loss.{entry['model']}.last", entry["last"]["text"], f"{dev[-1]:.2f}"
    for entry in facts["learning"]:
        runs = metrics["models"][entry["model"]]["runs"]
        for split in ("train", "dev"):
            scores = [primary(facts["data"]["metric"], run[split]) for run in runs]
            yield (
                f"learning.{entry['model']}.{split}",
                entry["points"][-1][split]["text"],
                print_tenth(100 * statistics.mean(scores)),
            )


def recompute_totals(facts: Any) -> Iterator[Pair]:
    for split in facts["data"]["parts"]:
        total = sum(number["value"] for number in split["classes"])
        yield f"{split['part']}.documents", split["documents"]["value"], total
    costs = facts["costs"]
    trainings = sum(costs[kind]["value"] for kind in ("final", "search", "fractions"))
    yield "trainings", costs["trainings"]["value"], trainings


if __name__ == "__main__":
    pairs = list(recompute(Path(sys.argv[1])))
    wrong = [pair for pair in pairs if pair[1] != pair[2]]
    print(f"{len(pairs) - len(wrong)} of {len(pairs)} numbers agree")
    for name, printed, computed in wrong:
        print(f"{name}: printed {printed}, computed {computed}")
    sys.exit(bool(wrong))
