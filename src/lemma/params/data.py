"""Data sets: where their texts stand, and how they are divided."""

import codecs
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from lemma.params.section import Place, Section


class Folds(Section):
    """Cross-validation: run r holds out fold r for test, and `dev` of the rest for early stopping."""

    folds: Annotated[int, Field(ge=3, le=127)]  # a fold's number is kept in 8 bits
    dev: Annotated[float, Field(gt=0, lt=0.5)] = 0.1


class Shares(Section):
    """A stratified random division by shares of all documents."""

    dev: Annotated[float, Field(gt=0, lt=0.5)]
    test: Annotated[float, Field(gt=0, lt=0.5)]


class Column(Section):
    """A column of the file that says train, dev or test; where `dev` stands, that share of train becomes dev."""

    column: str
    dev: Annotated[float, Field(gt=0, lt=0.5)] | None = None


class Cut(Section):
    """The test part is the data's own; `dev` of its training part is cut off, by class, groups kept together."""

    dev: Annotated[float, Field(gt=0, lt=0.5)]


def _shape(split: Any) -> str:
    """Return which kind of division `split` means, so that its mistakes are told of that kind alone."""
    if isinstance(split, Section):
        return type(split).__name__
    if not isinstance(split, dict):
        return "named"
    for key, kind in (("folds", "Folds"), ("column", "Column"), ("test", "Shares")):
        if key in split:
            return kind
    return "Cut" if "dev" in split and not get_close_matches("test", map(str, split)) else "Shares"


Split = Annotated[
    Annotated[Literal["official", "folders"], Tag("named")]
    | Annotated[Folds, Tag("Folds")]
    | Annotated[Shares, Tag("Shares")]
    | Annotated[Column, Tag("Column")]
    | Annotated[Cut, Tag("Cut")],
    Discriminator(_shape),
]


# Encodings that Python has for its own texts and for names of hosts; they cannot say where a file is not of them.
FOREIGN = ("idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape")
TABLES = (".csv", ".tsv", ".jsonl", ".parquet")


class Dataset(Section):
    """A data set: how it is divided and, for the user's own, where it is and what it holds.

    `path` leads to a table, whose columns `text` and `label` are read, or to a folder with a folder a class in it, or
    with train, dev and test in it and the classes below these.
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
    def _of_files(cls, value: str) -> str:
        try:
            name = codecs.lookup(value).name
        except (LookupError, ValueError):  # of an unknown one the reader tells with the file
            return value
        if name in FOREIGN:
            raise ValueError("should be an encoding of files")
        return value

    @property
    def table(self) -> bool:
        """Whether `path` leads to a table, and not to a folder."""
        return self.path is not None and self.path.lower().endswith(TABLES)

    @model_validator(mode="after")
    def _own(self) -> "Dataset":
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
        if isinstance(self.split, Column) and not self.table:
            raise ValueError("split: column is for a table of your own")
        if isinstance(self.split, Cut) and self.table:
            raise ValueError("a table has no test part of its own; write dev and test, or column")
        return self
