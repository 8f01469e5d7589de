"""TREC question classification (Li & Roth 2002), the six coarse classes."""

import re
from collections.abc import Iterator
from pathlib import Path

from lemma.data.archives import member, open_zip
from lemma.data.document import Document
from lemma.errors import InputError
from lemma.params import Dataset, Prepare

FILES = {"train_5500.label": "train", "TREC_10.label": "test"}
_LINE = re.compile(r"([A-Z]+):[a-z]+ (.+)")


def trec(source: Path, _: Dataset, __: Prepare) -> Iterator[Document]:
    """Yield the questions; the files are latin-1: one training question holds the byte 0xF0."""
    with open_zip(source, str(source)) as archive:
        for name, part in FILES.items():
            for number, line in enumerate(member(archive, name, str(source)).decode("latin-1").split("\n"), start=1):
                where = f"{source}: {name}, line {number}"
                if not line:
                    continue
                found = _LINE.fullmatch(line.strip())
                if found is None:
                    raise InputError(f"{where}: not COARSE:fine question: {line[:60]!r}.", "Download the file again.")
                yield Document(found[2], found[1], part, where)
