"""Stage `prepare` refuses a data set that cannot be used, and says why."""

from pathlib import Path
from typing import Any

import pytest

from lemma.data.preparation.prepare import prepare
from lemma.data.sources.catalog import CATALOG
from lemma.errors import InputError
from tests.unit.data.conftest import Make
from tests.unit.data.own_files import COLUMN, FOLDS, reviews, table, uses


def test_no_temporary_file_is_left(make: Make) -> None:
    project = make("a.jsonl", table(reviews(9, 9)))
    project.prepare()
    names = {"source.zip", "documents.parquet", "unlabelled.parquet", "prepared.json"}
    assert {path.name for path in project.layout.documents("own").parent.iterdir()} == names


REFUSED: dict[str, tuple[list[tuple[str, ...]], dict[str, Any], str]] = {
    "no document": ([], {"dev": 0.2, "test": 0.2}, "'own' is empty"),
    "one class": ([*reviews(9)], {"dev": 0.2, "test": 0.2}, "one class only: 'a'"),
    "a class too small to learn": ([*reviews(9, 1)], {"dev": 0.4, "test": 0.4}, "class 'b' has no train document"),
    "a class not in train": ([*uses(train="aa", dev="ab", test="ab")], COLUMN, "class 'b' has no train document"),
    "no train": ([*uses(dev="ab", test="ab")], COLUMN, "has no train document"),
    "no dev": ([*uses(train="ab", test="ab")], COLUMN, "has no dev document"),
    "no test": ([*uses(train="ab", dev="ab")], COLUMN, "has no test document"),
    "shares too small": ([*reviews(3, 3)], {"dev": 0.01, "test": 0.4}, "has no dev document"),
    "more folds than documents": ([*reviews(9, 3)], FOLDS, "a class has 3 documents, fewer than the 4 folds"),
    "folds without dev": ([*reviews(4, 4)], FOLDS | {"dev": 0.01}, "has no dev document in run 0"),
    "an unknown split": (
        [*uses(train="ab", **{"held out": "ab"})],
        COLUMN,
        "row 3: unknown split 'held out', expected",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_data_set_that_cannot_be_used_is_refused_before_anything_is_written(make: Make, case: str) -> None:
    rows, split, problem = REFUSED[case]
    project = make("a.jsonl", table(rows), split)
    with pytest.raises(InputError, match=problem) as caught:
        project.prepare()
    assert caught.value.fix
    assert [path.name for path in project.layout.documents("own").parent.iterdir()] == ["source.zip"]


def test_if_the_column_has_no_dev_document_the_error_suggests_to_draw_dev(make: Make) -> None:
    rows = table(uses(train="ab" * 10, test="ab"))
    with pytest.raises(InputError, match="has no dev document") as caught:
        make("a.jsonl", rows, COLUMN).prepare()
    assert "{column: use, dev: 0.1}" in caught.value.fix
    make("a.jsonl", rows, COLUMN | {"dev": 0.1}).prepare()


@pytest.mark.parametrize("split", [{"dev": 0.2, "test": 0.2}, FOLDS])
def test_a_column_with_a_class_for_each_document_is_an_error(make: Make, split: dict[str, Any]) -> None:
    rows = table([(text, text) for text, _ in reviews(5)])
    with pytest.raises(InputError, match="5 classes, each with 1 document: is 'label' the right column"):
        make("a.jsonl", rows, split).prepare()


def test_a_data_set_without_official_splits_is_an_error(make: Make) -> None:
    project = make("a.jsonl", "")
    datasets = {"sample": project.params.datasets["sample"].model_copy(update={"split": "official"})}
    with pytest.raises(InputError, match=r"datasets\.sample\.split: sample has no official split"):
        prepare(project.layout, "sample", project.params.model_copy(update={"datasets": datasets}))


def test_the_error_for_an_unknown_data_set_lists_the_known_ones(make: Make) -> None:
    project = make("a.jsonl", "")
    with pytest.raises(InputError, match=r"Unknown dataset 'owm'\. Did you mean 'own'") as caught:
        prepare(project.layout, "owm", project.params)
    assert caught.value.fix == f"Choose one of: {', '.join([*CATALOG, 'own'])}."


def test_a_failure_keeps_the_outputs_of_an_earlier_run(make: Make, tmp_path: Path) -> None:
    project = make("a.jsonl", table(reviews(10, 10)))
    project.prepare()
    before = {path: path.read_bytes() for path in (tmp_path / "data/own").iterdir() if path.name != "source.zip"}
    broken = make("a.jsonl", table(reviews(10, 10)) + "{")
    with pytest.raises(InputError, match="line 21"):
        broken.prepare()
    assert {path: path.read_bytes() for path in before} == before
