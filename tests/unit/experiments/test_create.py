"""An experiment from the command line is written to a file once, and then read from it."""

from pathlib import Path

import pytest
import yaml

from lemma.errors import InputError
from lemma.experiments.create import read_or_create
from lemma.experiments.definition import NamedExperiment, list_names

OWN = [
    "experiment.models=[cnn]",
    "models.cnn.dropout=0.3",
    "models.cnn.kernel_sizes=[2, 3]",
    "vectors.source=null",
    "tune.models=[]",
]
VALUES = {
    "experiment.models": ["cnn"],
    "models.cnn.dropout": 0.3,
    "models.cnn.kernel_sizes": [2, 3],
    "vectors.source": None,
    "tune.models": [],
}


def test_the_file_of_a_new_experiment_has_its_values_below_the_note(root: Path) -> None:
    note = "Less dropout,\nsince train and dev are close. " + 20 * "And so on. "
    (experiment,) = read_or_create(root, ["low"], OWN, note)
    assert experiment == NamedExperiment("low", VALUES, " ".join(note.split()))
    path = root / "benchmark" / "low.yaml"
    assert yaml.safe_load(path.read_text()) == VALUES
    assert all(len(line) <= 120 for line in path.read_text().splitlines())


def test_the_same_name_with_the_same_values_is_the_same_experiment(root: Path) -> None:
    first = read_or_create(root, ["low"], OWN, "Less.")
    before = (root / "benchmark" / "low.yaml").read_bytes()
    assert read_or_create(root, ["low"], OWN[::-1]) == read_or_create(root, ["low"], [], "Less.") == first
    assert read_or_create(root, ["low"], []) == first
    assert (root / "benchmark" / "low.yaml").read_bytes() == before


def test_an_existing_name_with_other_values_is_an_error_that_names_the_differences(root: Path) -> None:
    read_or_create(root, ["low"], OWN, "Less.")
    with pytest.raises(InputError) as error:
        read_or_create(root, ["low"], [*OWN[:1], "models.cnn.dropout=0.1", *OWN[2:], "train.epochs=3"])
    assert "low.yaml exists" in error.value.what
    assert "models.cnn.dropout is 0.3 in the file and 0.1 here" in error.value.what
    assert "train.epochs is not set in the file and 3 here" in error.value.what
    assert "kernel_sizes" not in error.value.what
    assert "another name" in error.value.fix
    with pytest.raises(InputError, match=r"another note: Less\.\n"):
        read_or_create(root, ["low"], OWN, "More.")


@pytest.mark.parametrize("assignment", ["models.cnn.dropout", "=3", "a=", "train.epochs=[", "train.epochs=3\udcff"])
def test_an_invalid_assignment_is_an_error_and_nothing_is_written(root: Path, assignment: str) -> None:
    before = list_names(root)
    with pytest.raises(InputError, match="--set"):
        read_or_create(root, ["own"], [assignment])
    assert list_names(root) == before


@pytest.mark.parametrize(
    ("assignments", "message"),
    [
        (["models.cnn.dropuot=0.3"], "Did you mean 'models.cnn.dropout'"),
        (["train.epochs=many"], "train.epochs: .*many"),
        (["train.epochs=3", "train.epochs=4"], "given twice"),
    ],
)
def test_an_invalid_value_is_an_error_and_nothing_is_written(root: Path, assignments: list[str], message: str) -> None:
    before = list_names(root)
    with pytest.raises(InputError, match=f"(?s)--set.*{message}"):
        read_or_create(root, ["own"], assignments)
    assert list_names(root) == before


@pytest.mark.parametrize(
    ("models", "rest"), [("[cnn, mlp, nb]", "[mlp]"), ("[cnn]", "[]"), (None, "[logreg, nbsvm, mlp, rnn]")]
)
@pytest.mark.parametrize("assignment", ["models.cnn.dropout=0.3", "SECTION"])
def test_a_value_that_a_search_would_replace_is_an_error_that_names_the_other_tuned_models(
    root: Path, models: str | None, rest: str, assignment: str
) -> None:
    before = list_names(root)
    section = yaml.safe_load((root / "params.yaml").read_text())["models"]["cnn"] | {"dropout": 0.3}
    assignments = [assignment.replace("SECTION", f"models.cnn={section}")]
    assignments += [f"experiment.models={models}"] if models else []
    with pytest.raises(InputError, match=r"models\.cnn\.dropout.*tune\.models names cnn") as error:
        read_or_create(root, ["own"], assignments)
    assert f'Add `--set "tune.models={rest}"`' in error.value.fix
    assert list_names(root) == before
    assert read_or_create(root, ["own"], [*assignments, f"tune.models={rest}"])


def test_a_value_of_a_model_that_is_not_trained_or_not_tuned_is_accepted(root: Path) -> None:
    assert read_or_create(root, ["own"], ["models.cnn.dropout=0.3", "experiment.models=[mlp]"])
    assert read_or_create(root, ["bayes"], ["models.nb.alpha=0.3"])


@pytest.mark.parametrize(("number", "written"), [("1e-4", "1.0e-4"), ("2.5e3", "2.5e+3"), ("1E4", "1.0e+4")])
def test_for_a_number_that_yaml_reads_as_text_the_error_says_how_to_write_it(
    root: Path, number: str, written: str
) -> None:
    with pytest.raises(InputError, match=r"models\.nb\.alpha") as error:
        read_or_create(root, ["own"], [f"models.nb.alpha={number}"])
    assert f"YAML reads {number} as text: write {written}." in error.value.fix
    assert "Mend" not in error.value.fix
    assert yaml.safe_load(written) == float(number)


@pytest.mark.parametrize("name", ["all", "a b", "../up", "", ".", "params.yaml", 65 * "a", "-x"])
def test_an_invalid_file_name_is_an_error(root: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot name an experiment"):
        read_or_create(root, [name], ["train.epochs=3"])


def test_values_are_for_exactly_one_experiment(root: Path) -> None:
    with pytest.raises(InputError, match="need exactly one experiment, not 2"):
        read_or_create(root, ["low", "high"], OWN)
    with pytest.raises(InputError, match="no experiment 'low'"):
        read_or_create(root, ["low"], [], "Less.")
    with pytest.raises(InputError, match="Unknown experiment 'low'"):
        read_or_create(root, ["low"], [])


def test_all_means_every_experiment(root: Path) -> None:
    assert [it.name for it in read_or_create(root, ["all"], [])] == list_names(root)
    assert read_or_create(root, ["trec"], [])[0].note.startswith("Random word vectors")
