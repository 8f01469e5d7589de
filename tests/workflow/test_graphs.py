"""Snakemake and DVC state one graph."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from lemma import params
from lemma.layout import Layout
from lemma.report.report import FIGURES
from lemma.stages.inputs import inputs
from tests.workflow import graphs
from tests.workflow.graphs import ROOT, Job

# The order of snakefmt.
KEYS = ["input", "output", "log", "benchmark", "priority", "threads", "resources", "params", "message", "shell"]


@pytest.fixture(scope="module")
def snakemake() -> dict[str, Job]:
    return graphs.of_snakemake()


@pytest.fixture(scope="module")
def dvc() -> dict[str, Job]:
    return graphs.of_dvc()


def test_both_engines_run_the_same_jobs_from_the_same_files_and_values(
    snakemake: dict[str, Job], dvc: dict[str, Job]
) -> None:
    found = graphs.differences(snakemake, dvc)
    assert not found, "\n" + "\n".join(found) + "\nMend dvc.yaml or workflow/rules so that they say the same."


def test_a_difference_in_anything_is_named_with_both_sides(snakemake: dict[str, Job]) -> None:
    command = next(name for name in snakemake if name.startswith("lemma train"))
    job = snakemake[command]
    other = replace(job, inputs=job.inputs - {min(job.inputs)}, outputs=frozenset({"x"}), values={"train": 0})
    found = "\n".join(graphs.differences(snakemake, {**snakemake, command: other}))
    for word in (command, "inputs", min(job.inputs), "outputs", "values"):
        assert word in found
    assert graphs.differences(snakemake, {k: v for k, v in snakemake.items() if k != command}) == [
        f"{command}: only Snakemake has it"
    ]


def test_the_graph_has_every_training_that_params_yaml_asks_for(snakemake: dict[str, Job]) -> None:
    experiment = params.load(ROOT / "params.yaml").experiment
    wanted = {
        f"lemma train {d} {m} {r}" for d in experiment.datasets for m in experiment.models for r in experiment.runs
    }
    assert wanted == {command for command in snakemake if command.startswith("lemma train")}


def test_what_the_rules_write_is_what_the_code_writes(snakemake: dict[str, Job]) -> None:
    layout = Layout(Path())
    held = params.load(ROOT / "params.yaml")
    for dataset in held.experiment.datasets:
        places = {
            f"lemma download {dataset}": [layout.source(dataset)],
            f"lemma prepare {dataset}": [
                layout.documents(dataset),
                layout.unlabelled(dataset),
                layout.prepared(dataset),
            ],
            f"lemma tokenize {dataset} 0": [layout.shard(dataset, 0)],
            f"lemma index {dataset}": [layout.tokens(dataset), layout.tokenizer(dataset)],
            f"lemma audit {dataset}": [layout.audit(dataset), layout.fingerprints(dataset)],
            f"lemma card {dataset}": [
                layout.card(dataset),
                layout.card_pdf(dataset),
                layout.figure(dataset, "lengths"),
            ],
            f"lemma overlap {dataset}": [layout.overlap(dataset)],
            f"lemma train {dataset} mlp 0": [
                layout.model(dataset, "mlp", 0),
                layout.history(dataset, "mlp", 0),
                layout.probabilities(dataset, "mlp", 0),
            ],
            f"lemma learn {dataset} mlp {held.learn.shares[0]}": [layout.learned(dataset, "mlp", held.learn.shares[0])],
            f"lemma evaluate {dataset}": [
                layout.metrics(dataset),
                layout.significance(dataset),
                layout.curves(dataset),
            ],
            f"lemma track {dataset}": [layout.tracking(dataset)],
            f"lemma report {dataset}": [
                layout.facts(dataset),
                layout.pdf(dataset),
                *(layout.figure(dataset, name) for name in FIGURES),
            ],
            "lemma verify 4": [layout.verified(4)],
            "lemma solutions": [layout.claims, layout.solutions],
        }
        for command, paths in places.items():
            assert snakemake[command].outputs == {str(path) for path in paths}, command


def test_every_rule_states_its_keys_in_one_order() -> None:
    rules = 0
    for path in sorted((ROOT / "workflow" / "rules").glob("*.smk")):
        for name, body in re.findall(r"(?ms)^rule (\w+):\n(.*?)(?=^\S|\Z)", path.read_text()):
            keys = re.findall(r"(?m)^    (\w+):", body)
            assert keys == sorted(keys, key=KEYS.index), f"{path.name}: rule {name}"
            assert {"message", "log", "benchmark", "threads", "resources"} <= set(keys), f"{path.name}: rule {name}"
            rules += 1
    assert rules == 16


def test_a_stage_checks_for_damage_all_that_its_rule_reads_of_others(snakemake: dict[str, Job]) -> None:
    held = params.load(ROOT / "params.yaml")
    made = {path for job in snakemake.values() for path in job.outputs}
    for command, job in snakemake.items():
        stage, *names = command.replace("--listed ", "").split()[1:]
        found = {str(path) for path in inputs(Layout(), held, stage, *names[:2])}
        # figures are looked for where they lie: a checkout may hold none, or those of a finished run
        assert {p for p in found if ".svg" not in p} == {p for p in job.inputs & made if ".svg" not in p}, command
