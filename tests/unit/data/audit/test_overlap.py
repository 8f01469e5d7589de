"""Stage `overlap`: documents that data sets share, whatever their spelling."""

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lemma import files
from lemma.data.audit.audit import audit
from lemma.data.audit.overlap import overlap
from lemma.data.audit.text_hashes import keep_alphanumeric
from lemma.errors import InputError
from lemma.layout import Layout
from lemma.params import Params
from tests.unit.data.audit.corpora import PARTS, Row, params, write
from tests.unit.data.conftest import VALUES


def of(names: list[str]) -> Params:
    return params(
        experiment=VALUES["experiment"] | {"datasets": names}, datasets={n: {"split": "official"} for n in names}
    )


def shared(root: Path, sets: dict[str, list[Row]], folds: tuple[str, ...] = ()) -> Any:
    """Return what overlap finds in each of these data sets."""
    for name, rows in sets.items():
        audit(write(root, rows, 3 if name in folds else 0, dataset=name), name, params())
    for name in sets:
        overlap(Layout(root), name, of(list(sets)))
    return {name: files.read_json(Layout(root).overlap(name))["shared"] for name in sets}


spellings = st.sampled_from(
    ["Ab c", "ab-c", "ABC", "a bd", "½ x", "1/2 X", "Straße", "STRASSE", "", "?!", "É", "é", "e"]
)
documents = st.lists(st.builds(Row, spellings, st.just(0), st.integers(0, 2)), min_size=1, max_size=6)


@settings(derandomize=True, max_examples=40)
@given(sets=st.fixed_dictionaries({"one": documents, "two": documents, "three": documents}))
def test_all_counts_agree_with_comparing_letters_and_digits(
    tmp_path_factory: pytest.TempPathFactory, sets: dict[str, list[Row]]
) -> None:
    result = shared(tmp_path_factory.mktemp("sets"), sets)
    for a, b in permutations(sets, 2):
        in_other = {keep_alphanumeric(row.text) for row in sets[b]} - {""}
        counts = [
            sum(keep_alphanumeric(row.text) in in_other for row in sets[a] if row.split == split) for split in range(3)
        ]
        assert result[a][b] == dict(zip(PARTS, counts))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It 's a film .", "its a FILM"),
        ("-LRB- no -RRB-", "lrb no rrb"),
        ("9 ½ weeks", "9 1/2 weeks"),
        ("Straße", "STRASSE"),
        ("ﬁlm", "film"),
        ("cafe\u0301", "café"),
        ("snake_case", "snakecase"),
    ],
)
def test_case_spaces_punctuation_and_compatible_forms_are_ignored(one: str, other: str) -> None:
    assert keep_alphanumeric(one) == keep_alphanumeric(other) != ""


@pytest.mark.parametrize(("one", "other"), [("cafe", "café"), ("1 2", "1 3"), ("в", "b")])
def test_letters_and_digits_are_compared(one: str, other: str) -> None:
    assert keep_alphanumeric(one) != keep_alphanumeric(other)


def test_documents_without_a_letter_or_digit_are_left_out(tmp_path: Path) -> None:
    result = shared(tmp_path, {"one": [Row("?!"), Row("a", 0, 2)], "two": [Row("…"), Row("A.", 1, 1)]})
    assert result["one"]["two"] == {"train": 0, "dev": 0, "test": 1}
    assert result["two"]["one"] == {"train": 0, "dev": 1, "test": 0}


def test_a_cross_validated_data_set_is_one_split_and_unlabelled_texts_are_not_counted(tmp_path: Path) -> None:
    sets = {"one": [Row("a", 0, 1), Row("b", 1, 2), Row("A", 0, 0)], "two": [Row("a", 0, 2), Row("b", -1, 3)]}
    result = shared(tmp_path, sets, folds=("one",))
    assert result == {"one": {"two": {"all": 2}}, "two": {"one": {"train": 0, "dev": 0, "test": 1}}}


def test_a_single_data_set_has_no_overlap(tmp_path: Path) -> None:
    assert shared(tmp_path, {"one": [Row("a")]}) == {"one": {}}


def test_a_data_set_outside_of_the_experiment_is_compared_with_none(tmp_path: Path) -> None:
    layout = write(tmp_path, [Row("a")], dataset="one")
    audit(layout, "one", params())
    overlap(layout, "one", of(["two", "three"]))
    assert files.read_json(layout.overlap("one"))["shared"] == {}


def test_the_error_for_missing_fingerprints_names_the_stage_that_writes_them(tmp_path: Path) -> None:
    shared(tmp_path, {"one": [Row("a")], "two": [Row("a")]})
    Layout(tmp_path).fingerprints("two").unlink()
    with pytest.raises(InputError, match=r"two\.arrow does not exist") as caught:
        overlap(Layout(tmp_path), "one", of(["one", "two"]))
    assert "lemma audit" in caught.value.fix


def test_damaged_fingerprints_are_read_or_are_an_error_that_names_them(tmp_path: Path) -> None:
    shared(tmp_path, {"one": [Row("a")], "two": [Row("a"), Row("b", 1, 2)]})
    path = Layout(tmp_path).fingerprints("two")
    good = path.read_bytes()
    refused = 0
    for place in range(0, len(good), 5):
        for content in (good[:place], good[:place] + bytes([good[place] ^ 0xFF]) + good[place + 1 :]):
            path.write_bytes(content)
            Layout(tmp_path).overlap("one").unlink(missing_ok=True)
            try:
                overlap(Layout(tmp_path), "one", of(["one", "two"]))
            except InputError as error:
                refused += 1
                assert str(path) in error.what  # noqa: PT017
                assert not Layout(tmp_path).overlap("one").exists()
    assert refused > 100
