"""Every published score has a source, and scores that were not verified are marked."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from lemma.errors import InputError
from lemma.experiments.published_results import MEMORY, read_published
from lemma.experiments.results import results_path
from lemma.files import read_json

ROOT = Path(__file__).parents[3]
FILE, TARGETS = ROOT / "resources" / "published.yaml", ROOT / "resources" / "targets.yaml"


def test_every_published_score_has_a_publication_a_place_and_a_data_set() -> None:
    tables = read_published(FILE)
    for score in tables.results():
        assert tables.works[score.work].full
        assert tables.places[score.place]
        assert tables.datasets[score.dataset].protocol
        assert score.verified == (score.place != MEMORY)


def test_every_publication_place_and_note_is_used() -> None:
    tables, results = read_published(FILE), read_published(FILE).results()
    assert set(tables.works) == {score.work for score in results}
    assert set(tables.places) == {score.place for score in results}
    assert set(tables.notes) == {note for score in results for note in score.notes}


def test_no_published_score_is_listed_twice() -> None:
    keys = [(score.dataset, score.method, score.work) for score in read_published(FILE).results()]
    assert len(set(keys)) == len(keys)


def test_every_published_score_is_in_the_plausible_range_of_its_data_set() -> None:
    # A digit slipped in copying is seen: these are the sets' best known and their uniform baselines.
    usual = {"rt-polarity": (70, 90), "sst2": (75, 97), "sst5": (35, 60), "tweeteval": (45, 80), "trec": (80, 99)}
    for score in read_published(FILE).results():
        low, high = usual.get(score.dataset, (80, 97))
        assert low < score.score < high, score


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"work": "nobody2020"}, "nobody2020"),
        ({"place": "nowhere"}, "nowhere"),
        ({"notes": ["none such"]}, "none such"),
        ({"verified": False}, "verified"),
        ({"place": MEMORY}, "verified"),
        ({"scores": {"mnist": 99.0}}, "mnist"),
        ({"scores": {"sst2": 870}}, "870|100"),
        ({"scores": {}}, "scores"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_invalid_row_is_an_error_that_names_it(tmp_path: Path, change: dict[str, Any], named: str) -> None:
    content = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    table = next(table for table in content["tables"] if "sst2" in table["rows"][0]["scores"])
    table["rows"][0] |= change
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(InputError, match=rf"(?s)own\.yaml.*({named})"):
        read_published(tmp_path / "own.yaml")


def test_a_table_without_a_place_is_an_error(tmp_path: Path) -> None:
    content = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    del content["tables"][0]["place"]
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(InputError, match=r"(?s)tables\.0\.place"):
        read_published(tmp_path / "own.yaml")


def test_numbers_of_test_documents_are_those_of_the_recorded_results() -> None:
    for name, task in read_published(FILE).datasets.items():
        for path in results_path(ROOT, "").parent.glob(f"{name}*.json"):
            metrics = read_json(path)["results"][name]["metrics"]
            runs = [run["test"]["per_class"] for run in next(iter(metrics["models"].values()))["runs"]]
            tested = runs if metrics["protocol"]["kind"] == "folds" else runs[:1]
            sizes = [sum(classes[label]["support"] for classes in tested) for label in runs[0]]
            assert sorted(sizes) == sorted(task.documents), path
