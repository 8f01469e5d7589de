"""Reader of TREC question classification (Li and Roth, 2002), with the six coarse classes."""

import re
from collections.abc import Iterator
from pathlib import Path

from lemma.data.readers.document import Document
from lemma.data.sources.archives import open_zip, read_member
from lemma.errors import InputError
from lemma.params import Dataset, Prepare

FILES = {"train_5500.label": "train", "TREC_10.label": "test"}
_LINE = re.compile(r"([A-Z]+):[a-z]+ (.+)")


def read_trec(source: Path, _: Dataset, __: Prepare) -> Iterator[Document]:
    """Yield the questions; the files are latin-1: one training question contains the byte 0xF0."""
    with open_zip(source, str(source)) as archive:
        for name, split in FILES.items():
            lines = read_member(archive, name, str(source)).decode("latin-1").split("\n")
            for number, line in enumerate(lines, start=1):
                location = f"{source}: {name}, line {number}"
                if not line:
                    continue
                match = _LINE.fullmatch(line.strip())
                if match is None:
                    raise InputError(
                        f"{location}: expected COARSE:fine question, got {line[:60]!r}.", "Download the file again."
                    )
                yield Document(match[2], match[1], split, location)
