"""The workflow is used as Snakemake users expect: from any folder, as a module, with a report and clear errors."""

import re
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from lemma.params import Models
from tests.project import ROOT, Project, merge
from tests.workflow import graphs

MODULE = """\
module lemma:
    snakefile:
        "{root}/workflow/Snakefile"
{more}

use rule * from lemma as lemma_*


rule own:
    default_target: True
    input:
        rules.lemma_all.input,
"""
SMALL = {
    "exercises": [4],
    "experiment": {"datasets": ["sample"], "models": ["majority"], "runs": [0]},
    "learning_curve": {"train_fractions": [0.5]},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A folder that holds params.yaml and nothing else."""
    project = Project(tmp_path_factory.mktemp("elsewhere"))
    values = merge(yaml.safe_load((ROOT / "params.yaml").read_text()), SMALL)
    (project.folder / "params.yaml").write_text(yaml.safe_dump(values))
    return project


def plan(folder: Path, *words: str, cwd: Path = ROOT, code: int = 0) -> str:
    """Return what a dry run in a folder prints."""
    command = ("snakemake", "-n", "--cores", "2", "--directory", str(folder), *words)
    return Project(cwd).run(*command, code=code)


def commands(printed: str) -> set[str]:
    lines = (line.removeprefix("Shell command: ").strip() for line in printed.splitlines())
    return {line.split(" > ")[0] for line in lines if line.startswith("lemma ")}


def test_directory_holds_params_and_results_while_code_and_templates_are_the_workflows(folder: Project) -> None:
    jobs = graphs.of_snakemake(ROOT, folder.folder)
    assert str(ROOT / "reports/report.typ") in jobs["lemma report sample"].inputs
    relative = {
        command: replace(job, inputs=frozenset(path.removeprefix(f"{ROOT}/") for path in job.inputs))
        for command, job in jobs.items()
    }
    assert not graphs.differences("Snakemake", relative, graphs.of_table(ROOT, folder.folder))


@pytest.mark.parametrize("snakefile", ["Snakefile", "workflow/Snakefile"])
def test_the_snakefile_can_be_named_from_elsewhere(snakefile: str, folder: Project, tmp_path: Path) -> None:
    here = commands(plan(folder.folder, "--printshellcmds"))
    assert here
    assert here == commands(plan(folder.folder, "--printshellcmds", "--snakefile", str(ROOT / snakefile), cwd=tmp_path))


def test_the_workflow_is_a_module_of_another_one(folder: Project, tmp_path: Path) -> None:
    snakefile = tmp_path / "Snakefile"
    snakefile.write_text(MODULE.format(root=ROOT, more=""))
    printed = plan(folder.folder, "--printshellcmds", "--snakefile", str(snakefile))
    assert commands(printed) == commands(plan(folder.folder, "--printshellcmds"))
    assert "rule own:" in printed


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('    prefix:\n        "lemma"\n', "accepts no `prefix`"),
        ('    replace_prefix:\n        {"reports/": "lemma/"}\n', "accepts no `prefix`"),
        ('    config:\n        {"train": 1}\n', "remove `config:`"),
    ],
)
def test_a_module_refuses_what_its_commands_do_not_see(
    more: str, message: str, folder: Project, tmp_path: Path
) -> None:
    snakefile = tmp_path / "Snakefile"
    snakefile.write_text(MODULE.format(root=ROOT, more=more))
    assert message in plan(folder.folder, "--snakefile", str(snakefile), code=1)


def test_values_on_the_command_line_are_refused(folder: Project) -> None:
    assert "--config epochs: change params.yaml instead" in plan(folder.folder, "--config", "epochs=1", code=1)


def test_a_folder_without_params_is_refused_with_the_command_that_makes_it(tmp_path: Path) -> None:
    folder = tmp_path / "{new} folder"
    folder.mkdir()
    printed = plan(folder, code=1)
    assert f"{folder} contains no params.yaml" in printed
    line = next(line for line in printed.splitlines() if line.startswith("Copy the file and edit it: "))
    subprocess.run(shlex.split(line.removeprefix("Copy the file and edit it: ")), check=True)
    assert "All results of the experiment" in plan(folder)


DATASETS = "sample, sst2"
MODELS = ", ".join(Models.model_fields)
IMPOSSIBLE = {
    "reports/nosuch/report.pdf": ("Unknown data set 'nosuch'", DATASETS),
    "data/nosuch/source.zip": ("Unknown data set 'nosuch'", DATASETS),
    "models/sample/cn/0/model.zip": ("Unknown model 'cn'. Did you mean 'cnn'?", MODELS),
    "models/sample/cnn/first/model.zip": ("Unknown run 'first'", "0, 1, 2 and so on"),
    "models/rt-polarity/cnn/10/model.zip": ("Unknown fold '10'", "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"),
    "learning_curve/sample/cnn/0.3.json": ("Unknown training fraction '0.3'", "0.5"),
    "reports/exercises/verified/12.json": ("Unknown exercise '12'", "1, 2, 3, 4, 5, 6, 7, 8, 9"),
    "data/sample/shards/7.arrow": ("Unknown shard '7'", "0"),
}


@pytest.mark.parametrize("target", IMPOSSIBLE)
def test_a_target_that_cannot_exist_is_refused_with_the_valid_names(target: str, folder: Project) -> None:
    what, valid = IMPOSSIBLE[target]
    printed = plan(folder.folder, target, code=1)
    assert what in printed
    assert f"Choose one of: {valid}" in printed


def test_targets_outside_the_experiment_are_planned(folder: Project) -> None:
    wanted = plan(folder.folder, "--printshellcmds", "models/sst2/nb/11/model.zip")
    assert "lemma train sst2 nb 11" in commands(wanted)


def test_the_catalogue_file_has_the_current_keys_and_names_only_files_that_exist() -> None:
    path = ROOT / ".snakemake-workflow-catalog.yml"
    usage = yaml.safe_load(path.read_text())["usage"]
    deployment = {"conda": False, "apptainer": False, "apptainer+conda": False, "report": True}
    assert usage["software-stack-deployment"] == deployment
    for name in re.findall(r"\b[\w-]+\.(?:lock|yaml|txt)\b", path.read_text()):
        assert (ROOT / name).exists(), name
    for name in ("workflow/Snakefile", "config/README.md", ".venv/.ok:"):  # what standardised usage needs
        assert (ROOT / name).exists() or name in (ROOT / "Makefile").read_text(), name


def test_the_workflow_is_formatted_and_passes_the_linter() -> None:
    project = Project(ROOT)
    project.run(sys.executable, "-m", "snakefmt.snakefmt", "--check", "Snakefile", "workflow")
    project.run("make", "lint-workflow")
