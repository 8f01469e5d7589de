"""Reader of the sentence polarity data set v1.0 (Pang and Lee, 2005)."""

from collections.abc import Iterator
from pathlib import Path

from lemma.data.readers.document import Document
from lemma.data.sources.archives import guard, open_zip, read_tar_members
from lemma.errors import InputError
from lemma.params import Dataset, Prepare

ARCHIVE = "rt-polaritydata.tar.gz"
CLASSES = {"rt-polaritydata/rt-polarity.neg": "negative", "rt-polaritydata/rt-polarity.pos": "positive"}


def read_rt_polarity(source: Path, _: Dataset, __: Prepare) -> Iterator[Document]:
    """Yield the sentences, negative ones first."""
    location = f"{source}: {ARCHIVE}"
    with open_zip(source, str(source)) as outer, guard(location, outer.open, ARCHIVE) as stream:
        contents = {name: read() for name, read in read_tar_members(stream, location) if name in CLASSES}
    for name, label in CLASSES.items():
        if name not in contents:
            raise InputError(f"{location} lacks {name}.", "This is not the published file: download it again.")
        # Split before decoding: 0x85 becomes a character that str.splitlines takes for an end of line.
        for number, line in enumerate(contents[name].split(b"\n"), start=1):
            line_location = f"{location}: {name}, line {number}"
            if text := guard(line_location, line.decode, "cp1252").strip():
                yield Document(text, label, None, line_location)
