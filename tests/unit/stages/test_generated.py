"""What is generated from the table of stages: dvc.yaml, and the table of the documentation."""

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


def values(**changed: Any) -> params.Params:
    return params.check(merge(params.read(ROOT / "params.yaml"), changed), ROOT / "params.yaml")


def stages(**changed: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(dvc_yaml(values(**changed)))["stages"]
    return loaded


def test_dvc_yaml_says_that_it_is_generated_and_by_which_command() -> None:
    assert dvc_yaml(values()).startswith(HEADER)
    assert "lemma stages --write" in HEADER


def test_a_matrix_refers_to_the_lists_of_params_yaml() -> None:
    assert stages()["train"]["matrix"] == {
        "dataset": "${experiment.datasets}",
        "model": "${experiment.models}",
        "run": "${experiment.runs}",
    }


def test_an_evaluation_depends_on_the_runs_of_the_experiment_alone() -> None:
    found = stages(experiment={"models": ["nb", "cnn"], "runs": [1]}, tune={"models": []})["evaluate"]["deps"]
    assert [path for path in found if path.startswith("models/")] == [
        f"models/${{item.dataset}}/{model}/1/{name}"
        for model in ("nb", "cnn")
        for name in ("history.jsonl", "probabilities.npy")
    ]


def test_learnt_word_vectors_depend_on_their_corpora_which_are_prepared_too() -> None:
    found = stages(experiment={"datasets": ["trec"]}, vectors={"source": "learnt"})
    assert "data/imdb/documents.parquet" in found["vectors"]["deps"]
    assert sorted(found["prepare"]["matrix"]["dataset"]) == ["imdb", "trec"]
    assert found["train"]["matrix"]["dataset"] == "${experiment.datasets}"


def test_a_data_set_of_the_users_own_has_a_stage_that_depends_on_its_file() -> None:
    found = stages(experiment={"datasets": ["sst2", "reviews"]}, datasets={"reviews": OWN})
    own = next(
        entry for name, entry in found.items() if name.startswith("download") and "own/reviews.csv" in entry["deps"]
    )
    assert own["cmd"] in ("lemma download reviews", "lemma download ${item.dataset}")


def test_a_file_that_is_up_to_date_is_left_alone_and_a_difference_is_shown(tmp_path: Path) -> None:
    (tmp_path / DOCUMENT.parent).mkdir()
    (tmp_path / DOCUMENT).write_text(f"# Stages\n\n{BEGIN}\nold\n{END}\n\nmore\n")
    found = differences(tmp_path, values())
    assert "-old" in found
    assert "+stages:" in found
    assert write_generated(tmp_path, values()) == [Path("dvc.yaml"), DOCUMENT]
    assert (tmp_path / DOCUMENT).read_text() == f"# Stages\n\n{BEGIN}\n{stage_table()}{END}\n\nmore\n"
    assert write_generated(tmp_path, values()) == []
    assert differences(tmp_path, values()) == ""


def test_the_table_of_the_documentation_has_a_row_for_every_stage() -> None:
    rows = stage_table().splitlines()[2:]
    assert [row.split("|")[1].strip() for row in rows] == [*STAGES]
    assert "`lemma train DATASET MODEL RUN`" in stage_table()
    assert "--listed" not in stage_table()
