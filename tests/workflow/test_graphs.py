"""Snakemake's rules and dvc.yaml state the graph of the table of stages, for every kind of experiment."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from lemma import params
from lemma.errors import InputError
from lemma.stages.generated import COMMAND, differences, require_dvc_yaml, write_generated
from lemma.stages.table import STAGES
from tests.project import Project, checkout, merge
from tests.workflow import graphs
from tests.workflow.graphs import ROOT, Job

# The order of snakefmt.
KEYS = [
    "input",
    "output",
    "log",
    "benchmark",
    "priority",
    "localrule",
    "threads",
    "resources",
    "params",
    "message",
    "shell",
]
OWN = {"reviews": {"path": "own/reviews.csv", "text": "text", "label": "label", "split": {"dev": 0.1, "test": 0.2}}}
EXPERIMENTS: dict[str, dict[str, Any]] = {
    "committed": {},
    "learnt vectors": {"experiment": {"datasets": ["trec"]}, "vectors": {"source": "learnt"}},
    "vectors of a file": {"vectors": {"source": "own/vectors.txt"}},
    "no learning curve": {"learning_curve": {"train_fractions": []}},
    "folds": {"experiment": {"datasets": ["rt-polarity"], "runs": list(range(10))}},
    "two shards": {"tokenize": {"shards": [0, 1]}},
    "own data": {"experiment": {"datasets": ["sst2", "reviews"]}, "datasets": OWN},
    "narrowed": {"experiment": {"models": ["logreg", "cnn"], "runs": [3]}, "exercises": [4], "tune": {"models": []}},
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A checkout without results, with files of the user's own."""
    folder = checkout(tmp_path_factory.mktemp("checkout") / "project", {}).folder
    (folder / "own").mkdir()
    (folder / "own/reviews.csv").write_text("text,label\n")
    (folder / "own/vectors.txt").write_text("")
    return Project(folder)


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_both_engines_run_the_jobs_of_the_table_from_the_same_files_and_values(
    experiment: str, project: Project
) -> None:
    shutil.copy(ROOT / "params.yaml", project.folder)
    project.change(EXPERIMENTS[experiment])
    write_generated(project.folder, params.load(project.folder / "params.yaml"))
    expected = graphs.of_table(project.folder)
    lines = graphs.differences("Snakemake", graphs.of_snakemake(project.folder), expected)
    lines += graphs.differences("DVC", graphs.of_dvc(project.folder), expected)
    assert not lines, "\n" + "\n".join(lines) + "\nChange workflow/rules, or src/lemma/stages/table.py."


def test_the_committed_files_are_what_the_table_and_params_yaml_generate() -> None:
    lines = differences(ROOT, params.load(ROOT / "params.yaml"))
    assert not lines, f"{lines}\nRun `{COMMAND}`."


def test_a_difference_in_anything_is_named_with_both_sides() -> None:
    expected = graphs.of_table()
    command = next(name for name in expected if name.startswith("lemma train"))
    job = expected[command]
    other = replace(job, inputs=job.inputs - {min(job.inputs)}, outputs=frozenset({"x"}), values={"train": 0})
    lines = "\n".join(graphs.differences("DVC", {**expected, command: other}, expected))
    for word in (command, "inputs", min(job.inputs), "outputs", "values"):
        assert word in lines
    assert graphs.differences("DVC", {k: v for k, v in expected.items() if k != command}, expected) == [
        f"{command}: DVC lacks it"
    ]


def test_dvc_refuses_to_run_the_stages_of_another_experiment(tmp_path: Path) -> None:
    values = params.load(ROOT / "params.yaml")
    write_generated(tmp_path, values)
    require_dvc_yaml(tmp_path, values)
    raw = merge(params.read(ROOT / "params.yaml"), {"experiment": {"runs": [0]}})
    with pytest.raises(InputError, match="another experiment"):
        require_dvc_yaml(tmp_path, params.check(raw, ROOT / "params.yaml"))


def test_stages_of_the_users_own_may_stand_beside_the_generated_ones(tmp_path: Path) -> None:
    values = params.load(ROOT / "params.yaml")
    write_generated(tmp_path, values)
    with (tmp_path / "dvc.yaml").open("a") as stream:
        stream.write("\n  own:\n    cmd: echo\n")
    require_dvc_yaml(tmp_path, values)


def test_a_search_does_not_depend_on_the_other_models_to_be_tuned() -> None:
    jobs: dict[str, Job] = graphs.of_table()
    searches = {command: job for command, job in jobs.items() if job.command.split()[1] == "tune"}
    assert searches
    for command, job in searches.items():
        assert set(job.values["tune.models"]) <= {command.split()[-1]}


def test_every_rule_states_its_keys_in_one_order_and_has_a_stage() -> None:
    rules = []
    for path in sorted((ROOT / "workflow" / "rules").glob("*.smk")):
        for name, body in re.findall(r"(?ms)^rule (\w+):\n(.*?)(?=^\S|\Z)", path.read_text()):
            keys = re.findall(r"(?m)^    (\w+):", body)
            assert keys == sorted(keys, key=KEYS.index), f"{path.name}: rule {name}"
            assert {"message", "log", "benchmark", "threads", "resources"} <= set(keys), f"{path.name}: rule {name}"
            rules.append(name)
    assert sorted(rules) == sorted(STAGES)


def test_the_profiles_group_stages_that_exist_alike_on_both_clusters() -> None:
    groups = []
    for profile in ("slurm", "kubernetes"):
        config = yaml.safe_load((ROOT / "profiles" / profile / "config.yaml").read_text())
        groups.append(dict(line.split("=") for line in config["groups"]))
        assert groups[-1].keys() <= STAGES.keys()
    assert groups[0] == groups[1]


def test_git_ignores_every_output_of_every_stage(project: Project) -> None:
    paths = [path for job in graphs.of_table().values() for path in job.outputs]
    command = ["git", "check-ignore", "--stdin"]
    ignored = subprocess.run(
        command, cwd=project.folder, input="\n".join(paths), capture_output=True, text=True, check=True
    )
    assert sorted(ignored.stdout.split()) == sorted(paths)
