"""Reader of the sentiment task of TweetEval (Barbieri et al., 2020): texts and labels in parallel files."""

from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

from lemma.data.readers.document import Document
from lemma.data.sources.archives import guard, open_zip, read_member
from lemma.errors import InputError
from lemma.params import Dataset, Prepare

FILES = {"train": "train", "val": "dev", "test": "test"}
CLASSES = ("negative", "neutral", "positive")
# Escapes that a conversion left in tweets of 2013; no test tweet has one, and there are no other kinds.
ESCAPES = (("\\u2019", "\u2019"), ("\\u002c", ","))


def read_tweeteval(source: Path, _: Dataset, __: Prepare) -> Iterator[Document]:
    """Yield the tweets with the two kinds of escapes decoded. Quotation marks have no function: many are unpaired."""
    with open_zip(source, str(source)) as archive:
        for name, split in FILES.items():
            texts, labels = (_read_lines(archive, f"{name}_{kind}.txt", source) for kind in ("text", "labels"))
            if len(texts) != len(labels):
                raise InputError(
                    f"{source}: {name}_text.txt has {len(texts)} lines, {name}_labels.txt {len(labels)}.",
                    "These are not the published files: download them again.",
                )
            for number, (text, label) in enumerate(zip(texts, labels), start=1):
                location = f"{source}: {name}_text.txt, line {number}"
                if label not in ("0", "1", "2"):
                    raise InputError(
                        f"{location}: its label is '{label}', expected 0, 1 or 2.",
                        "Download the files again.",
                    )
                for escaped, character in ESCAPES:
                    text = text.replace(escaped, character)
                yield Document(text.strip(), CLASSES[int(label)], split, location)


def _read_lines(archive: ZipFile, name: str, source: Path) -> list[str]:
    location = f"{source}: {name}"
    lines = guard(location, read_member(archive, name, str(source)).decode).split("\n")
    return lines[:-1] if not lines[-1] else lines
