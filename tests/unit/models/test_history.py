"""Tests of reading `history.jsonl`."""

import json
from pathlib import Path

import pytest

from lemma.errors import InputError
from lemma.models.metadata.history import read_history

FIX = "Run `lemma train tiny cnn 0`."


def test_a_history_is_returned_epoch_by_epoch(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text(
        '{"epoch": 1, "train_loss": 0.7, "dev_loss": 1, "seconds": 3}\n'
        '{"epoch": 2, "train_loss": 0.5, "dev_loss": 0.6}\n'
    )
    assert read_history(path, FIX) == [
        {"epoch": 1, "train_loss": 0.7, "dev_loss": 1, "seconds": 3},
        {"epoch": 2, "train_loss": 0.5, "dev_loss": 0.6},
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"epoch": 2, "train_loss": 0.', "line 2: not an epoch"),
        ('{"epoch": 2, "train_loss": 0.5}', "line 2: not an epoch .*dev_loss"),
        ("[2]", "line 2: not an epoch"),
        ('{"epoch": 2, "train_loss": null, "dev_loss": 1}', "line 2: not an epoch"),
        ('{"epoch": 1, "train_loss": 1, "dev_loss": 1}', "line 2: epoch 1 is not a new"),
        ('{"epoch": "2", "train_loss": 1, "dev_loss": 1}', "line 2: epoch '2' is not a new whole number"),
        ('{"epoch": 2, "train_loss": NaN, "dev_loss": 1}', "line 2: losses .* are not finite"),
    ],
)
def test_an_invalid_line_of_a_history_is_refused_with_file_and_number(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text(json.dumps({"epoch": 1, "train_loss": 1, "dev_loss": 1}) + "\n" + line)
    with pytest.raises(InputError, match=problem) as caught:
        read_history(path, FIX)
    assert str(path) in caught.value.what


def test_an_empty_history_is_refused(tmp_path: Path) -> None:
    (tmp_path / "history.jsonl").touch()
    with pytest.raises(InputError, match="is empty"):
        read_history(tmp_path / "history.jsonl", FIX)


def test_a_missing_history_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.jsonl cannot be read: No such file"):
        read_history(tmp_path / "none.jsonl", FIX)
