"""TweetEval's sentiment task (Barbieri et al. 2020): texts and labels in parallel files, a line each."""

from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

from lemma.data.archives import guarded, member, open_zip
from lemma.data.document import Document
from lemma.errors import InputError
from lemma.params import Dataset, Prepare

FILES = {"train": "train", "val": "dev", "test": "test"}
CLASSES = ("negative", "neutral", "positive")
# Escapes that a conversion left in tweets of 2013, none in a test tweet; no other kind stands there.
ESCAPES = (("\\u2019", "\u2019"), ("\\u002c", ","))


def tweeteval(source: Path, _: Dataset, __: Prepare) -> Iterator[Document]:
    """Yield the tweets with the two literal escapes decoded. Quotes mean nothing here: many stand alone."""
    with open_zip(source, str(source)) as archive:
        for name, part in FILES.items():
            texts, labels = (_lines(archive, f"{name}_{kind}.txt", source) for kind in ("text", "labels"))
            if len(texts) != len(labels):
                raise InputError(
                    f"{source}: {name}_text.txt has {len(texts)} lines, {name}_labels.txt {len(labels)}.",
                    "These are not the published files: download them again.",
                )
            for number, (text, label) in enumerate(zip(texts, labels), start=1):
                where = f"{source}: {name}_text.txt, line {number}"
                if label not in ("0", "1", "2"):
                    raise InputError(
                        f"{where}: its label is '{label}', not 0, 1 or 2.", "Download the published files again."
                    )
                for escaped, plain in ESCAPES:
                    text = text.replace(escaped, plain)
                yield Document(text.strip(), CLASSES[int(label)], part, where)


def _lines(archive: ZipFile, name: str, source: Path) -> list[str]:
    where = f"{source}: {name}"
    lines = guarded(where, member(archive, name, str(source)).decode).split("\n")
    return lines[:-1] if not lines[-1] else lines
