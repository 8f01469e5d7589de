"""A user's folder of classes, perhaps below folders of splits, with a document in each file."""

import re
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lemma.errors import InputError
from tests.unit.data.conftest import Make

NAMES = st.text("abcåß😀 #$*-", min_size=1, max_size=6).filter(lambda name: name.strip() == name)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)


def files(*names: str) -> dict[str, bytes]:
    return {name: f"the text of {name}".encode() for name in names}


@settings(derandomize=True, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.dictionaries(NAMES, TEXTS, min_size=9, max_size=12), seed=st.integers(0, 99))
def test_every_file_is_a_document_with_its_folder_as_class(make: Make, contents: dict[str, str], seed: int) -> None:
    placed = {f"{'pn'[number % 2]}/{number} {name}.txt": text for number, (name, text) in enumerate(contents.items())}
    project = make(f"own {seed}", {name: text.encode() for name, text in placed.items()}, {"dev": 0.2, "test": 0.2})
    record = project.prepare()
    documents = Counter((row["text"], record["classes"][row["label"]]) for row in project.documents())
    # One folder serves all examples: what earlier ones wrote is still there.
    assert documents >= Counter((text.removeprefix("\ufeff"), name[0]) for name, text in placed.items())


def test_folders_of_splits_may_contain_the_classes(make: Make) -> None:
    names = [
        f"{folder}/{label}/{n}.txt" for folder in ("test", "train", "Validation") for label in "ab" for n in range(2)
    ]
    project = make("own", files(*names), "folders")
    record = project.prepare()
    numbers = {"train": 0, "Validation": 1, "test": 2}
    documents = {row["text"].removeprefix("the text of "): row for row in project.documents()}
    assert {name: (numbers[name.split("/")[0]], name.split("/")[1]) for name in names} == {
        name: (row["split"], record["classes"][row["label"]]) for name, row in documents.items()
    }


def test_dev_is_drawn_from_train_if_the_folder_has_train_and_test_only(make: Make) -> None:
    names = [f"{folder}/{label}/{n}.txt" for folder in ("train", "test") for label in "ab" for n in range(10)]
    project = make("own", files(*names), {"dev": 0.2})
    project.prepare()
    assert Counter(row["split"] for row in project.documents()) == {0: 16, 1: 4, 2: 20}


def test_hidden_files_are_ignored(make: Make) -> None:
    names = [f"{label}/{n}.txt" for label in "ab" for n in range(5)]
    project = make("own", {**files(*names), ".DS_Store": b"\xff", "a/.notes/x": b"\xff", "b/.b": b"\xff"})
    assert project.prepare()["documents"] == 10


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("readme.txt", {"dev": 0.1, "test": 0.1}),
        ("a/b/c.txt", {"dev": 0.1, "test": 0.1}),
        ("a/c.txt", "folders"),
        ("train/a/b/c.txt", "folders"),
    ],
)
def test_a_file_at_the_wrong_depth_is_named(make: Make, name: str, split: str | dict[str, float]) -> None:
    with pytest.raises(InputError, match=re.escape(f"own: {name} is at the wrong depth")) as caught:
        make("own", files(name), split).prepare()
    assert "the class, then the file" in caught.value.fix


def test_a_top_folder_that_is_no_split_is_named(make: Make) -> None:
    with pytest.raises(InputError, match="unknown split 'held', expected one of train, dev, test"):
        make("own", files("held/a/1.txt"), "folders").prepare()


def test_a_wrong_encoding_is_an_error_with_file_line_and_byte(make: Make) -> None:
    contents = {f"{label}/{n}.txt": b"one\ncaf\xe9" for label in "ab" for n in range(5)}
    with pytest.raises(InputError, match=r"own: a/0.txt, line 2: byte 0xe9 is not utf-8"):
        make("own", contents).prepare()
    project = make("own", contents, encoding="latin-1")
    project.prepare()
    assert {row["text"] for row in project.documents()} == {"one\ncafé"}


def test_an_image_is_refused_in_every_encoding(make: Make) -> None:
    contents = files(*(f"{label}/{n}.txt" for label in "ab" for n in range(5)))
    with pytest.raises(InputError, match=r"own: b/cat\.png is no text") as caught:
        make("own", {**contents, "b/cat.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"}).prepare()
    assert "latin-1" not in caught.value.fix


def test_links_are_not_followed(make: Make) -> None:
    project = make("own", files("a/1.txt", "b/1.txt"))
    (project.layout.root / "own/a/2.txt").symlink_to("/etc/hostname")
    with pytest.raises(InputError, match=r"2\.txt is a link"):
        project.prepare()


def test_the_error_for_a_missing_folder_names_key_and_path(make: Make) -> None:
    project = make("own", {})
    with pytest.raises(InputError, match=r"datasets\.own\.path: there is no folder"):
        project.prepare()


def test_a_class_without_a_document_is_named(make: Make) -> None:
    contents = files(*(f"{label}/{n}.txt" for label in "ab" for n in range(5)))
    with pytest.raises(InputError, match=r"own: empty contains no document") as caught:
        make("own", {**contents, "empty/.DS_Store": b""}).prepare()
    assert "remove the folder" in caught.value.fix
