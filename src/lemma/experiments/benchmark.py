"""The paper `reports/benchmark.pdf`: a table of published scores and ours for each data set, and the targets.

It is computed from `reports/benchmark/*.json`, `resources/published.yaml` and `resources/targets.yaml`. An experiment
without results is listed as not run.
"""

from datetime import date
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from lemma.errors import InputError
from lemma.experiments import definition
from lemma.experiments.benchmark_costs import cost_row, sum_costs
from lemma.experiments.benchmark_results import (
    CONFIDENCE,
    MARKS,
    BenchmarkScore,
    BenchmarkScores,
    TargetVerdict,
    collect_scores,
    format_score,
    judge_target,
)
from lemma.experiments.definition import NamedExperiment
from lemma.experiments.published_results import (
    LAST_ADDITIONS,
    MEMORY,
    BenchmarkTask,
    PublishedResults,
    PublishedScore,
    Target,
    read_published,
    read_targets,
)
from lemma.experiments.results import results_path
from lemma.experiments.run import run_experiments
from lemma.files import read_json
from lemma.layout import Layout
from lemma.report import typeset
from lemma.report.model_names import NAMES
from lemma.report.numbers import MISSING, tenth
from lemma.report.prose import capitalize, join_words


def write_benchmark(root: Path, names: list[str], cores: str = "all") -> str:
    """Run experiments, typeset `reports/benchmark.pdf` from all recorded results, and return a line on it.

    Args:
        root: the folder that holds params.yaml.
        names: of experiments to run first; `all` means every experiment.
        cores: for Snakemake, a number or `all`.

    Raises:
        InputError: an experiment is unknown or invalid, or the tables or results are invalid.
        CheckError: a stage of an experiment failed.
    """
    run_experiments(root, definition.select_experiments(root, names), cores)
    facts, out = collect_facts(root), root / "reports" / "benchmark.pdf"
    typeset.compile(Layout(root).workflow / "reports" / "benchmark.typ", facts, {}, out)
    return f"{facts['summary']} {out}"


def collect_facts(root: Path) -> dict[str, Any]:
    """Return the content of the paper as JSON; every text is printed unchanged.

    Raises:
        InputError: an experiment, the tables or the results are invalid.
    """
    resources = Layout(root).workflow / "resources"
    tables, goals = (
        read_published(resources / "published.yaml"),
        read_targets(resources / "targets.yaml"),
    )
    planned = [definition.read_experiment(root, name) for name in definition.list_names(root)]
    values_by_name = {experiment.name: definition.merge_values(root, experiment) for experiment in planned}
    names = [experiment.name for experiment in planned]
    results = {name: read_json(results_path(root, name)) for name in names if results_path(root, name).exists()}
    try:
        scores = collect_scores(list(results.values()), tables)
        costs = [cost_row(item, results.get(item.name), values_by_name[item.name]) for item in planned]
        costs.append(sum_costs("all", list(results.values())))
    except (KeyError, TypeError, AttributeError) as error:
        problem = f"lack {error}" if isinstance(error, KeyError) else "are in the form of another version"
        raise InputError(
            f"The results in {root / 'reports' / 'benchmark'} {problem}.",
            "Run `lemma benchmark all`.",
        ) from None
    datasets = [
        name
        for name in tables.datasets
        if any(name in _list_datasets(item, results.get(item.name)) for item in planned)
    ]
    published = [score for score in tables.results() if score.dataset in datasets]
    places = [name for name in tables.places if name != MEMORY and any(score.place == name for score in published)]
    works = [name for name in tables.works if any(score.work == name for score in published)]
    targets = [_target_row(goal, tables, scores) for goal in goals]
    used_marks = {mark for score in scores.values() for mark in score.marks}
    not_run = [name for name in names if name not in results]
    return {
        "summary": _summarize(targets, len(planned), not_run),
        "missing": f"Not run: {join_words(not_run)}." if not_run else "",
        "datasets": [_dataset_table(name, tables, published, places, scores, not_run, planned) for name in datasets],
        "targets": targets,
        "frozen": format_day(max(goal.frozen for goal in goals)),
        "rule": format_day(LAST_ADDITIONS),
        "marks": [{"mark": mark, "text": text} for mark, text in MARKS.items() if mark in used_marks],
        "experiments": costs,
        "confidence": f"{100 * CONFIDENCE:g}",
        "places": [tables.places[name] for name in places],
        "works": [{"short": tables.works[name].short, "full": tables.works[name].full} for name in works],
    }


def _list_datasets(experiment: NamedExperiment, results: dict[str, Any] | None) -> list[str]:
    return list(results["results"]) if results else list(experiment.overrides.get("experiment.datasets", []))


def _summarize(targets: list[dict[str, Any]], planned: int, not_run: list[str]) -> str:
    """Return sentences on the experiments and on the targets, as specified beforehand and with added candidates."""

    def count_verdicts(stage: str) -> str:
        met, missed, unknown = (
            sum(row[stage]["verdict"] == word for row in targets) for word in ("yes", "no", "not run")
        )
        others = [f"{missed} missed"] * bool(missed) + [f"{unknown} not yet decided"] * bool(unknown)
        return ", ".join([f"{met} of {len(targets)} targets are reached", *others])

    experiments = f"{planned - len(not_run)} of {planned} experiments have been run."
    added = sum(row["added"] != "" for row in targets)
    later = f" With candidates added to {added} targets after results were known, {count_verdicts('final')}."
    return f"{experiments} As specified beforehand, {count_verdicts('first')}.{later if added else ''}"


def _dataset_table(
    name: str,
    tables: PublishedResults,
    published: list[PublishedScore],
    places: list[str],
    scores: BenchmarkScores,
    not_run: list[str],
    planned: list[NamedExperiment],
) -> dict[str, Any]:
    """Return the table of a data set, best score first, with the notes that its rows refer to."""
    on_dataset = [score for score in published if score.dataset == name]
    on_dataset.sort(key=lambda score: (-score.score, score.method))
    notes = list(dict.fromkeys(note for score in on_dataset for note in score.notes))  # in the order of their marks
    task = tables.datasets[name]
    rows = [_published_row(score, task, tables, places, notes) for score in on_dataset]
    rows += [_own_row(score) for score in scores.values() if score.dataset == name]
    # The majority baseline is left out of the scale, since it would compress all other scores.
    values = [value for row in rows if not row["baseline"] for value in (row["value"], row["low"], row["high"])]
    limits = [value for value in values if value is not None]
    missing = [item.name for item in planned if item.name in not_run and name in _list_datasets(item, None)]
    return {
        "key": name,
        "name": task.name,
        "title": task.title,
        "metric": capitalize(task.metric),
        "protocol": task.protocol,
        "rows": sorted(rows, key=lambda row: (-row["value"], row["ours"], row["method"])),
        "low": min(limits, default=0),
        "high": max(limits, default=100),
        "notes": [{"mark": mark, "text": tables.notes[note]} for mark, note in zip(ascii_lowercase, notes)],
        "missing": f"Not run: {join_words(missing)}." if missing else "",
    }


def _published_row(
    score: PublishedScore, task: BenchmarkTask, tables: PublishedResults, places: list[str], notes: list[str]
) -> dict[str, Any]:
    low, high = (None, None) if score.own_split else task.estimate_interval(score.score, CONFIDENCE)
    return {
        "method": score.method,
        "ours": False,
        "baseline": False,
        "verified": score.verified,
        "value": score.score,
        "score": tenth(score.score) if round(score.score, 1) == score.score else f"{score.score:.2f}",
        "spread": "",
        "low": low,
        "high": high,
        "interval": _format_interval(low, high),
        "runs": score.runs or "",
        "extra": score.extra,
        "source": tables.works[score.work].short,
        "place": str(places.index(score.place) + 1) if score.place in places else "",
        "notes": "".join(ascii_lowercase[notes.index(note)] for note in score.notes),
    }


def _own_row(score: BenchmarkScore) -> dict[str, Any]:
    """Return the row of a score of ours; the baseline is the same for other runs and has no interval."""
    is_baseline, is_random = score.model == "majority", bool(score.test["std"])
    low, high = (None, None) if is_baseline else (score.test["low"], score.test["high"])
    return {
        "method": NAMES.get(score.model, score.model),
        "ours": True,
        "baseline": is_baseline,
        "verified": True,
        "value": score.mean,
        "score": score.test["text"],
        "spread": (score.test["spread"] or "") if is_random else MISSING,
        "low": low,
        "high": high,
        "interval": _format_interval(low, high),
        "runs": score.runs,
        "extra": score.extra,
        "source": score.experiment,
        "place": "",
        "notes": score.marks,
    }


def _format_interval(low: float | None, high: float | None) -> str:
    return f"{tenth(low)}–{tenth(high)}" if low is not None and high is not None else ""


def _target_row(target: Target, tables: PublishedResults, scores: BenchmarkScores) -> dict[str, Any]:
    """Return the row of a target: the verdict as specified beforehand, and the one with the candidates added later."""
    days = list(dict.fromkeys(target.added.values()))
    added = [f"{join_words([n for n in target.added if target.added[n] == day])} ({format_day(day)})" for day in days]
    return {
        "dataset": tables.datasets[target.dataset].name,
        "name": target.name,
        "bound": f"{target.at_least:.1f}",
        "candidates": len(target.with_additions().experiments) * len(target.models),
        "frozen": format_day(target.frozen),
        "first": _describe_verdict(judge_target(target, scores), target.at_least),
        "added": join_words(added),
        "final": _describe_verdict(judge_target(target.with_additions(), scores), target.at_least),
    }


def _describe_verdict(verdict: TargetVerdict, bound: float) -> dict[str, str]:
    best = verdict.candidate
    by = f"{NAMES.get(best.model, best.model)} ({best.experiment})" if best else ""
    return {
        "reached": format_score(best.mean, bound) if best else "",
        "by": "; ".join(part for part in (by, verdict.why) if part),
        "verdict": verdict.word,
    }


def format_day(day: date) -> str:
    """Return a date as in "3 Nov 2026"."""
    return f"{day.day} {day:%b %Y}"
