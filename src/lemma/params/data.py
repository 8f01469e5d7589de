"""The section `datasets`: where the files of a data set are, and how it is split."""

import codecs
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from lemma.params.section import Place, Section


class Folds(Section):
    """Cross-validation: run r tests on fold r and draws the fraction `dev` of the other folds as dev split."""

    folds: Annotated[int, Field(ge=3, le=127)]  # fold numbers are stored in 8 bits
    dev: Annotated[float, Field(gt=0, lt=0.5)] = 0.1


class RandomSplit(Section):
    """Random splits, stratified by class: fractions of all documents."""

    dev: Annotated[float, Field(gt=0, lt=0.5)]
    test: Annotated[float, Field(gt=0, lt=0.5)]


class SplitColumn(Section):
    """A column of the file that names the split; `dev`: the fraction of train that becomes the dev split."""

    column: str
    dev: Annotated[float, Field(gt=0, lt=0.5)] | None = None


class DevSplit(Section):
    """The published test split; the fraction `dev` of the published training split becomes dev.

    It is drawn by class; groups of documents, such as reviews of one film, stay together.
    """

    dev: Annotated[float, Field(gt=0, lt=0.5)]


def _split_kind(split: Any) -> str:
    """Return the kind of split that is meant, so that error messages refer to this kind only."""
    if isinstance(split, Section):
        return type(split).__name__
    if not isinstance(split, dict):
        return "named"
    for key, kind in (("folds", "Folds"), ("column", "SplitColumn"), ("test", "RandomSplit")):
        if key in split:
            return kind
    return "DevSplit" if "dev" in split and not get_close_matches("test", map(str, split)) else "RandomSplit"


Split = Annotated[
    Annotated[Literal["official", "folders"], Tag("named")]
    | Annotated[Folds, Tag("Folds")]
    | Annotated[RandomSplit, Tag("RandomSplit")]
    | Annotated[SplitColumn, Tag("SplitColumn")]
    | Annotated[DevSplit, Tag("DevSplit")],
    Discriminator(_split_kind),
]


# Codecs of Python source text and of host names: they are not encodings of files.
NOT_OF_FILES = ("idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape")
TABLES = (".csv", ".tsv", ".jsonl", ".parquet")


class Dataset(Section):
    """A data set: its splits and, for the user's own data, its files.

    Attributes:
        split: how documents are assigned to train, dev and test.
        path: of the user's own data: a table (CSV, TSV, JSON lines, Parquet), or a folder with one folder for each
            class, directly or below train, dev and test.
        text: name of the table's column of texts.
        label: name of the table's column of labels.
        encoding: of text files.
        incomplete: what to do about rows without text or label.
        sha256: checksum that the table must have.
    """

    split: Split
    path: Place | None = None
    text: str | None = None
    label: str | None = None
    encoding: str = "utf-8"
    incomplete: Literal["refuse", "drop"] = "refuse"
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None

    @field_validator("encoding")
    @classmethod
    def _check_encoding(cls, value: str) -> str:
        try:
            name = codecs.lookup(value).name
        except (LookupError, ValueError):  # the reader reports an unknown encoding together with the file
            return value
        if name in NOT_OF_FILES:
            raise ValueError("should be an encoding of files")
        return value

    @property
    def table(self) -> bool:
        """Whether `path` is a table, not a folder."""
        return self.path is not None and self.path.lower().endswith(TABLES)

    @model_validator(mode="after")
    def _check_own_data(self) -> "Dataset":
        columns = [self.text, self.label]
        if self.path is None and any(columns):
            raise ValueError("a file of your own needs path, text and label")
        if self.table and not all(columns):
            raise ValueError("a file of your own needs path, text and label")
        if self.path is not None and not self.table and any(columns):
            raise ValueError(f"text and label name the columns of a table ({', '.join(TABLES)}); a folder has none")
        if self.path is not None and self.split == "official":
            raise ValueError("only catalogued sets have an official split; write folds, dev and test, or column")
        if self.split == "folders" and (self.path is None or self.table):
            raise ValueError("split: folders is for a folder of your own that holds train, dev and test")
        if isinstance(self.split, SplitColumn) and not self.table:
            raise ValueError("split: column is for a table of your own")
        if isinstance(self.split, DevSplit) and self.table:
            raise ValueError("a table has no published test split; write dev and test, or column")
        return self
