"""Readers: from a data set's published files to documents, one at a time, in the files' own order.

A reader takes the zip that `download` wrote, the data set's settings and those of preparation. Nothing is unpacked to
disk.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from lemma.data.document import Document
from lemma.data.readers.imdb import imdb, unlabelled
from lemma.data.readers.rt_polarity import rt_polarity
from lemma.data.readers.sst import sst2, sst5
from lemma.data.readers.table import own
from lemma.data.readers.trec import trec
from lemma.data.readers.tweeteval import tweeteval
from lemma.params import Dataset, Prepare

Reader = Callable[[Path, Dataset, Prepare], Iterator[Document]]
READERS: dict[str, Reader] = {
    "imdb": imdb,
    "own": own,
    "rt_polarity": rt_polarity,
    "sst2": sst2,
    "sst5": sst5,
    "trec": trec,
    "tweeteval": tweeteval,
}
# Texts without a label that come with a set.
UNLABELLED: dict[str, Callable[[Path], Iterator[str]]] = {"imdb": unlabelled}
