"""The table of stages is complete and consistent."""

from pathlib import Path

import pytest
import yaml

from lemma import params
from lemma.stages.dvc_yaml import dvc_yaml
from lemma.stages.jobs import job_of, jobs, producer_of
from lemma.stages.stage import Stage
from lemma.stages.table import LISTS, STAGES

ROOT = Path(__file__).parents[3]
VALUES = params.load(ROOT / "params.yaml")


def test_every_output_is_written_by_one_stage_which_its_path_leads_back_to() -> None:
    for job in jobs(VALUES):
        for path in job.writes:
            producer = producer_of(VALUES, path)
            assert producer is not None
            assert producer.command == job.command, path
            assert [name for name, stage in STAGES.items() if stage.match(path) is not None] == [job.stage.name]


def test_every_input_is_written_by_an_earlier_stage_or_is_part_of_the_repository() -> None:
    written: set[str] = set()
    for job in jobs(VALUES):
        for path in job.reads:
            assert path in written or (ROOT / path).exists(), f"{job.command} reads {path}"
        written |= {*job.writes}


def test_every_key_is_one_of_params_yaml_and_every_wildcard_has_a_list() -> None:
    for job in jobs(VALUES):
        assert job.values.keys() == {key.format(**job.wildcards) for key in job.stage.keys}
        assert all(value is not None or "." in key for key, value in job.values.items()), job.command
        assert {*job.stage.wildcards} <= LISTS.keys()


def test_a_stage_writes_its_metrics_images_and_plots() -> None:
    for stage in STAGES.values():
        displayed = {*stage.metrics, *stage.images, *(plot.path for plot in stage.plots)}
        assert displayed <= {*stage.writes}, stage.name


def test_a_path_with_another_number_of_folders_belongs_to_no_stage() -> None:
    assert producer_of(VALUES, "models/sst2/cnn/model.zip") is None
    assert producer_of(VALUES, "reports/a/b/metrics.json") is None


def test_a_wildcard_that_occurs_twice_in_a_path_has_one_value() -> None:
    stage = Stage("copy", "Copy a file", ("name",), writes=("copies/{name}/{name}.txt",))
    assert stage.match("copies/a/a.txt") == {"name": "a"}
    assert stage.match("copies/a/b.txt") is None


def test_braces_in_a_path_of_the_users_own_are_no_wildcards() -> None:
    values = yaml.safe_load((ROOT / "params.yaml").read_text())
    own = {"path": "{my}.csv", "text": "text", "label": "label", "split": {"dev": 0.1, "test": 0.2}}
    values["datasets"]["mine"], values["experiment"]["datasets"] = own, ["mine"]
    values["vectors"]["source"] = "{300}.txt"
    checked = params.check(values, ROOT / "params.yaml")
    assert "{my}.csv" in job_of(checked, "download", "mine").reads
    assert "{300}.txt" in job_of(checked, "vectors").reads
    stages = yaml.safe_load(dvc_yaml(checked))["stages"]
    assert "{my}.csv" in stages["download"]["deps"]
    assert "{300}.txt" in stages["vectors"]["deps"]


def test_a_job_needs_a_value_for_each_wildcard() -> None:
    with pytest.raises(ValueError, match="zip"):
        job_of(VALUES, "train", "sst2", "cnn")
