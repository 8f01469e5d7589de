"""An experiment is params.yaml with some other values, and a folder in which the ordinary workflow runs."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lemma.errors import InputError
from lemma.experiments import definition
from lemma.experiments.run import collect_results, snakemake_environment
from lemma.params import load

Write = Callable[[str, dict[str, Any]], None]
ROOT = Path(__file__).parents[3]
VALUES = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))


def leaves(values: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{above}{key}.")
        else:
            yield above + key, value


@pytest.mark.parametrize(
    "key", ["prepare.granularty", "granularity", "models.cnn.nope", "train.epochs.most", "models..c", "", "vectors."]
)
def test_overrides_with_an_unknown_key_are_an_error_that_names_it(root: Path, write: Write, key: str) -> None:
    write("own", {key: 1, "train.epochs": 3})
    with pytest.raises(InputError) as error:
        definition.make_workspace(root, definition.read_experiment(root, "own"))
    assert f"Unknown key '{key}'" in error.value.what
    assert "own.yaml" in error.value.what
    assert error.value.what.count("Unknown key") == 1
    assert not (root / ".benchmark").exists()


def test_for_a_misspelt_key_the_error_suggests_the_most_similar_one() -> None:
    with pytest.raises(InputError, match=r"Did you mean 'prepare\.granularity'"):
        definition.apply_overrides(VALUES, {"prepare.granularty": "phrases"}, Path("own.yaml"))


def test_an_override_changes_its_own_value_and_no_other() -> None:
    before = dict(leaves(VALUES))
    for key in before:
        changed = dict(leaves(definition.apply_overrides(VALUES, {key: "changed"}, Path("own.yaml"))))
        assert changed == before | {key: "changed"}
    assert dict(leaves(VALUES)) == before


def test_an_invalid_value_is_an_error_of_the_experiments_file(root: Path, write: Write) -> None:
    write("own", {"prepare.granularity": "letters"})
    with pytest.raises(InputError, match=r"(?s)own\.yaml.*prepare\.granularity.*letters") as error:
        definition.make_workspace(root, definition.read_experiment(root, "own"))
    assert "own.yaml" in error.value.fix


def test_an_unknown_experiment_is_an_error_with_the_valid_names(root: Path) -> None:
    with pytest.raises(InputError, match=r"(?s)Unknown experiment 'trek'. Did you mean 'trec'\?.*imdb-vectors.*all"):
        definition.read_experiment(root, "trek")


@pytest.mark.parametrize("text", ["[1, 2]", "a: [", "", "1: 2"])
def test_a_file_that_is_no_mapping_of_values_is_an_error_that_names_it(root: Path, text: str) -> None:
    (root / "benchmark" / "own.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"own\.yaml"):
        definition.read_experiment(root, "own")


def test_a_folder_named_like_an_experiment_is_an_error_that_names_it(root: Path) -> None:
    (root / "benchmark" / "zz.yaml").mkdir()
    with pytest.raises(InputError, match=r"zz\.yaml cannot be read"):
        definition.read_experiment(root, "zz")


@pytest.mark.parametrize("text", [None, "a: [", "[1, 2]", "a: 1"])
def test_an_error_in_params_yaml_is_reported_for_that_file(root: Path, text: str | None) -> None:
    (root / "params.yaml").unlink()
    if text is not None:
        (root / "params.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"params\.yaml(:| does not exist| is not YAML)"):
        definition.merge_values(root, definition.read_experiment(root, "trec"))


@pytest.mark.parametrize("name", definition.list_names(ROOT))
def test_the_values_of_every_experiment_load_and_are_those_of_its_file(root: Path, name: str) -> None:
    experiment = definition.read_experiment(root, name)
    layout, params = definition.make_workspace(root, experiment)
    content = params.model_dump(mode="json", exclude_unset=True)
    assert params == load(layout.params)
    assert dict(leaves(content)) == dict(leaves(VALUES)) | experiment.overrides


def test_a_workspace_links_to_the_project_and_is_kept_when_it_exists(root: Path) -> None:
    experiment = definition.read_experiment(root, "trec")
    for _ in range(2):
        layout, _ = definition.make_workspace(root, experiment)
        links = [path for path in layout.root.rglob("*") if path.is_symlink()]
        assert {path.relative_to(layout.root).as_posix() for path in links} >= {
            *definition.SHARED,
            "reports/report.typ",
        }
        assert all(path.resolve() == (root / path.relative_to(layout.root)).resolve() for path in links)
        assert not any(path.readlink().is_absolute() for path in links)
        (layout.root / "data").mkdir(exist_ok=True)  # what Snakemake made stays
    assert (layout.root / "data").is_dir()


def test_a_wrong_link_is_replaced_and_a_file_in_its_place_is_kept(root: Path) -> None:
    experiment = definition.read_experiment(root, "trec")
    layout, _ = definition.make_workspace(root, experiment)
    snakefile = layout.root / "Snakefile"
    snakefile.unlink()
    snakefile.symlink_to("elsewhere")
    definition.make_workspace(root, experiment)
    assert snakefile.resolve() == (root / "Snakefile").resolve()
    snakefile.unlink()
    snakefile.write_text("mine")
    with pytest.raises(InputError, match="Snakefile"):
        definition.make_workspace(root, experiment)
    assert snakefile.read_text() == "mine"


def test_snakemake_plans_the_ordinary_workflow_in_a_workspace(root: Path, write: Write) -> None:
    write("own", {"experiment.datasets": ["sample"], "experiment.models": ["majority"], "experiment.runs": [0, 1]})
    layout, _ = definition.make_workspace(root, definition.read_experiment(root, "own"))
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--cores", "1", "reports/sample/metrics.json"]
    done = subprocess.run(command, cwd=layout.root, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Train majority on sample, run 1" in done.stdout + done.stderr


def test_relative_mirrors_refer_to_the_same_folders_from_a_workspace() -> None:
    places = snakemake_environment({"LEMMA_MIRROR": "here, /there,https://example.org/x", "PATH": "/bin"})
    assert places["LEMMA_MIRROR"] == f"{Path('here').absolute()},/there,https://example.org/x"
    assert places["PATH"] == f"{Path(sys.executable).parent}:/bin"
    assert "LEMMA_MIRROR" not in snakemake_environment({})


def test_costs_are_summed_over_runs_and_an_unmeasured_cpu_time_is_zero(root: Path, finished: Any) -> None:
    finished(root, "trec")
    experiment = definition.read_experiment(root, "trec")
    layout, params = definition.make_workspace(root, experiment)
    tables = layout.root / "benchmarks" / "train" / "trec" / "cnn"
    (tables / "0.tsv").write_text("s\th:m:s\tcpu_time\n0.2\t0:00:00\tNA\n")
    cost = collect_results(layout, experiment, params)["results"]["trec"]["cost"]
    assert cost["cnn"] == {"cpu_seconds": 4 * 60.25, "seconds": 4 * 90.5 + 0.2}
    assert cost["rnn"] == {"cpu_seconds": 5 * 60.25, "seconds": 5 * 90.5}
    (tables / "0.tsv").write_text("s\n")
    with pytest.raises(InputError, match=r"0\.tsv"):
        collect_results(layout, experiment, params)
    (tables / "0.tsv").unlink()
    with pytest.raises(InputError, match=r"0\.tsv does not exist"):
        collect_results(layout, experiment, params)
