"""The paper `reports/benchmark.pdf`: published results and ours in one table a data set, and the targets.

It is made from `reports/benchmark/*.json`, `resources/published.yaml` and `resources/targets.yaml` alone. An experiment
that has no results is named as not run.
"""

from pathlib import Path
from string import ascii_lowercase
from typing import Any

from lemma.errors import InputError
from lemma.experiments import definition
from lemma.experiments.benchmark_results import (
    BenchmarkScore,
    BenchmarkScores,
    collect_scores,
    format_score,
    judge_target,
)
from lemma.experiments.definition import NamedExperiment
from lemma.experiments.published_results import (
    MEMORY,
    PublishedResults,
    PublishedScore,
    Target,
    read_published,
    read_targets,
)
from lemma.experiments.results import results_path
from lemma.experiments.run import run_experiments
from lemma.experiments.score_parameters import list_changed_keys
from lemma.files import read_json
from lemma.layout import Layout
from lemma.report import typeset
from lemma.report.model_names import NAMES
from lemma.report.numbers import count, tenth
from lemma.report.prose import capitalize, join_words


def write_benchmark(root: Path, names: list[str], cores: str = "all") -> str:
    """Run experiments, typeset `reports/benchmark.pdf` from all that have been run, and return a line on it.

    Args:
        root: the folder that holds params.yaml.
        names: experiments to run before; `all`: each one; none: only typeset.
        cores: how many cores Snakemake may use, a number or `all`.

    Raises:
        InputError: an unknown experiment, or a mistake in one, in the tables or in the results.
        CheckError: a stage of an experiment failed.
    """
    run_experiments(root, definition.select_experiments(root, names), cores)
    held, out = collect_facts(root), root / "reports" / "benchmark.pdf"
    typeset.compile(Layout(root).workflow / "reports" / "benchmark.typ", held, {}, out)
    return f"{held['summary']} {out}"


def collect_facts(root: Path) -> dict[str, Any]:
    """Return the paper's content as JSON; every text of it is printed as it stands.

    Raises:
        InputError: a mistake in an experiment, in the tables or in the results.
    """
    resources = Layout(root).workflow / "resources"
    tables, goals = (
        read_published(resources / "published.yaml"),
        read_targets(resources / "targets.yaml"),
    )
    planned = [definition.read_experiment(root, name) for name in definition.list_names(root)]
    now = {it.name: definition.merge_values(root, it) for it in planned}
    held = {it.name: read_json(results_path(root, it.name)) for it in planned if results_path(root, it.name).exists()}
    try:
        found = collect_scores(list(held.values()), tables)
        costs = [_cost(it, held.get(it.name), now[it.name]) for it in planned]
        costs.append(_line("all", list(held.values())))
        levels = {
            result["metrics"]["protocol"]["confidence"] for it in held.values() for result in it["results"].values()
        }
    except (KeyError, TypeError, AttributeError) as error:
        what = f"lack {error}" if isinstance(error, KeyError) else "have another form"
        raise InputError(
            f"The results in {root / 'reports' / 'benchmark'} {what}.",
            "They are of another version: run `lemma benchmark all`.",
        ) from None
    datasets = [name for name in tables.datasets if any(name in _datasets(it, held.get(it.name)) for it in planned)]
    shown = [it for it in tables.results() if it.dataset in datasets]
    places = [name for name in tables.places if name != MEMORY and any(it.place == name for it in shown)]
    works = [name for name in tables.works if any(it.work == name for it in shown)]
    judged = [_target(goal, found) for goal in goals]
    waiting = [it.name for it in planned if it.name not in held]
    return {
        "summary": _summary(judged, len(planned), waiting),
        "missing": f"Not run: {join_words(waiting)}. No figure stands here for what was not run." if waiting else "",
        "datasets": [_dataset(name, tables, shown, places, found, waiting, planned) for name in datasets],
        "targets": judged,
        "experiments": costs,
        "confidence": join_words([f"{100 * level:g}" for level in sorted(levels)]),
        "places": [tables.places[name] for name in places],
        "works": [{"short": tables.works[name].short, "full": tables.works[name].full} for name in works],
    }


def _datasets(experiment: NamedExperiment, held: dict[str, Any] | None) -> list[str]:
    return list(held["results"]) if held else list(experiment.overrides.get("experiment.datasets", []))


def _summary(judged: list[dict[str, Any]], planned: int, waiting: list[str]) -> str:
    met, missed, waits = (sum(it["verdict"] == word for it in judged) for word in ("yes", "no", "not run"))
    done = f"{planned - len(waiting)} of {planned} experiments have been run."
    rest = [f"{missed} missed"] * bool(missed) + [f"{waits} cannot be told yet"] * bool(waits)
    return f"{done} {', '.join([f'{met} of {len(judged)} targets are reached', *rest])}."


def _dataset(
    name: str,
    tables: PublishedResults,
    shown: list[PublishedScore],
    places: list[str],
    found: BenchmarkScores,
    waiting: list[str],
    planned: list[NamedExperiment],
) -> dict[str, Any]:
    """Return one data set's table, best score first, with the notes that its rows point to."""
    theirs = [it for it in shown if it.dataset == name]
    notes = [note for note in tables.notes if any(note in it.notes for it in theirs)]
    rows = [_theirs(it, tables, places, notes) for it in theirs]
    rows += [_ours(it) for it in found.values() if it.dataset == name]
    task = tables.datasets[name]
    # A baseline that knows no text would press all others to the right end.
    scale = [edge for row in rows if not row["baseline"] for edge in (row["value"], row["low"], row["high"])]
    edges = [edge for edge in scale if edge is not None]
    absent = [it.name for it in planned if it.name in waiting and name in _datasets(it, None)]
    return {
        "key": name,
        "title": task.title,
        "metric": capitalize(task.metric),
        "protocol": task.protocol,
        "rows": sorted(rows, key=lambda row: (-row["value"], row["ours"], row["method"])),
        "low": min(edges, default=0),
        "high": max(edges, default=100),
        "notes": [{"mark": mark, "text": tables.notes[note]} for mark, note in zip(ascii_lowercase, notes)],
        "missing": f"Not run: {join_words(absent)}." if absent else "",
    }


def _theirs(it: PublishedScore, tables: PublishedResults, places: list[str], notes: list[str]) -> dict[str, Any]:
    low, high = it.extremes or (None, None)
    return {
        "method": it.method,
        "ours": False,
        "baseline": False,
        "verified": it.verified,
        "value": it.score,
        "score": tenth(it.score) if round(it.score, 1) == it.score else f"{it.score:.2f}",
        "spread": "",
        "low": low,
        "high": high,
        "interval": _between(low, high),
        "runs": it.runs or "",
        "extra": it.extra,
        "source": tables.works[it.work].short,
        "place": str(places.index(it.place) + 1) if it.place in places else "",
        "notes": "".join(ascii_lowercase[notes.index(note)] for note in it.notes),
    }


def _ours(it: BenchmarkScore) -> dict[str, Any]:
    """Return the row of a result of ours; where there is no chance in a model, its runs say nothing of an interval."""
    chance = it.test["low"] != it.test["high"]
    low, high = (it.test["low"], it.test["high"]) if chance else (None, None)
    return {
        "method": NAMES.get(it.model, it.model),
        "ours": True,
        "baseline": it.model == "majority",
        "verified": True,
        "value": it.mean,
        "score": it.test["text"],
        "spread": (it.test["spread"] or "") if chance else "",
        "low": low,
        "high": high,
        "interval": _between(low, high),
        "runs": it.runs,
        "extra": it.extra,
        "source": it.experiment,
        "place": "",
        "notes": "",
    }


def _between(low: float | None, high: float | None) -> str:
    return f"{tenth(low)}–{tenth(high)}" if low is not None and high is not None else ""


def _target(goal: Target, found: BenchmarkScores) -> dict[str, Any]:
    verdict = judge_target(goal, found)
    best = verdict.candidate
    by = f"{NAMES.get(best.model, best.model)}, {best.experiment}" if best else ""
    return {
        "dataset": goal.dataset,
        "name": goal.name,
        "bound": f"{goal.at_least:.1f}",
        "reached": format_score(best.mean, goal.at_least) if best else "",
        "by": "; ".join(part for part in (by, verdict.why) if part),
        "verdict": verdict.word,
    }


def _cost(experiment: NamedExperiment, held: dict[str, Any] | None, now: dict[str, Any]) -> dict[str, Any]:
    """Return an experiment's line in the table of costs.

    Args:
        experiment: which.
        held: its results, None where it has not been run.
        now: the values of params.yaml that it would run with.
    """
    values = _values(experiment.overrides)
    if held is None:
        nothing = {"trainings": "", "cpu": "", "clock": ""}
        return {"name": experiment.name, "values": values, **nothing, "state": "not run"}
    other = list_changed_keys(held["params"], now)
    state = f"run with other {join_words(other[:2])}{' …' * (len(other) > 2)}" if other else "run"
    return _line(experiment.name, [held]) | {"values": values, "state": state}


def _line(name: str, held: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what the trainings of some experiments cost together."""
    results = [result for one in held for result in one["results"].values()]
    costs = [cost for result in results for cost in result["cost"].values()]
    runs = sum(len(entry["runs"]) for result in results for entry in result["metrics"]["models"].values())
    return {
        "name": name,
        "values": "",
        "trainings": count(runs),
        "cpu": format_duration(sum(cost["cpu_seconds"] for cost in costs)),
        "clock": format_duration(sum(cost["seconds"] for cost in costs)),
        "state": "run",
    }


def _values(overrides: dict[str, Any]) -> str:
    return "; ".join(f"{key.removeprefix('experiment.')}: {_text(value)}" for key, value in overrides.items())


def _text(value: Any) -> str:
    if not isinstance(value, list):
        return "none" if value is None else str(value)
    if not value:
        return "none"
    if len(value) > 2 and all(isinstance(it, int) for it in value) and value == [*range(value[0], value[-1] + 1)]:
        return f"{value[0]}–{value[-1]}"
    return ", ".join(map(str, value))


def format_duration(seconds: float) -> str:
    """Return a time for a table: seconds below a minute, minutes below an hour, then hours and minutes."""
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
