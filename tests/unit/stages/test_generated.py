"""Tests of what the table of stages generates: dvc.yaml and the table of the documentation."""

from pathlib import Path
from typing import Any

import yaml

from lemma import params
from lemma.stages.dvc_yaml import HEADER, dvc_yaml
from lemma.stages.generated import BEGIN, DOCUMENT, END, differences, stage_table, write_generated
from lemma.stages.table import STAGES
from tests.project import merge

ROOT = Path(__file__).parents[3]
OWN = {"path": "own/reviews.csv", "text": "text", "label": "label", "split": {"dev": 0.1, "test": 0.2}}


def build_values(**changed: Any) -> params.Params:
    return params.check(merge(params.read(ROOT / "params.yaml"), changed), ROOT / "params.yaml")


def build_stages(**changed: Any) -> dict[str, Any]:
    entries: dict[str, Any] = yaml.safe_load(dvc_yaml(build_values(**changed)))["stages"]
    return entries


def test_dvc_yaml_says_that_it_is_generated_and_by_which_command() -> None:
    assert dvc_yaml(build_values()).startswith(HEADER)
    assert "lemma stages --write" in HEADER


def test_a_matrix_refers_to_the_lists_of_params_yaml() -> None:
    assert build_stages()["train"]["matrix"] == {
        "dataset": "${experiment.datasets}",
        "model": "${experiment.models}",
        "run": "${experiment.runs}",
    }


def test_an_evaluation_depends_only_on_runs_of_the_experiment() -> None:
    dependencies = build_stages(experiment={"models": ["nb", "cnn"], "runs": [1]}, tune={"models": []})["evaluate"][
        "deps"
    ]
    assert [path for path in dependencies if path.startswith("models/")] == [
        f"models/${{item.dataset}}/{model}/1/{name}"
        for model in ("nb", "cnn")
        for name in ("history.jsonl", "probabilities.npy")
    ]


def test_learnt_word_vectors_depend_on_corpora_that_are_prepared_too() -> None:
    entries = build_stages(experiment={"datasets": ["trec"]}, vectors={"source": "learnt"})
    assert "data/imdb/documents.parquet" in entries["vectors"]["deps"]
    assert sorted(entries["prepare"]["matrix"]["dataset"]) == ["imdb", "trec"]
    assert entries["train"]["matrix"]["dataset"] == "${experiment.datasets}"


def test_a_users_data_set_has_a_stage_that_depends_on_its_file() -> None:
    entries = build_stages(experiment={"datasets": ["sst2", "reviews"]}, datasets={"reviews": OWN})
    download = next(
        entry for name, entry in entries.items() if name.startswith("download") and "own/reviews.csv" in entry["deps"]
    )
    assert download["cmd"] in ("lemma download reviews", "lemma download ${item.dataset}")


def test_only_outdated_files_are_written_and_differences_are_returned(tmp_path: Path) -> None:
    (tmp_path / DOCUMENT.parent).mkdir()
    (tmp_path / DOCUMENT).write_text(f"# Stages\n\n{BEGIN}\nold\n{END}\n\nmore\n")
    diff = differences(tmp_path, build_values())
    assert "-old" in diff
    assert "+stages:" in diff
    assert write_generated(tmp_path, build_values()) == [Path("dvc.yaml"), DOCUMENT]
    assert (tmp_path / DOCUMENT).read_text() == f"# Stages\n\n{BEGIN}\n{stage_table()}{END}\n\nmore\n"
    assert write_generated(tmp_path, build_values()) == []
    assert differences(tmp_path, build_values()) == ""


def test_the_table_of_the_documentation_has_a_row_for_every_stage() -> None:
    rows = stage_table().splitlines()[2:]
    assert [row.split("|")[1].strip() for row in rows] == [*STAGES]
    assert "`lemma train DATASET MODEL RUN`" in stage_table()
    assert "--listed" not in stage_table()
