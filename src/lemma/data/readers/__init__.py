"""Readers: from the published files of a data set to documents, one at a time, in the order of the files.

A reader gets the zip that `download` wrote, the settings of the data set and those of `prepare`. Nothing is unpacked to
disk.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from lemma.data.readers.document import Document
from lemma.data.readers.imdb import read_imdb, read_unlabelled
from lemma.data.readers.rt_polarity import read_rt_polarity
from lemma.data.readers.sst import read_sst2, read_sst5
from lemma.data.readers.table import read_own
from lemma.data.readers.trec import read_trec
from lemma.data.readers.tweeteval import read_tweeteval
from lemma.params import Dataset, Prepare

Reader = Callable[[Path, Dataset, Prepare], Iterator[Document]]
READERS: dict[str, Reader] = {
    "imdb": read_imdb,
    "own": read_own,
    "rt_polarity": read_rt_polarity,
    "sst2": read_sst2,
    "sst5": read_sst5,
    "trec": read_trec,
    "tweeteval": read_tweeteval,
}
# Readers of the texts without a label that come with a data set.
UNLABELLED: dict[str, Callable[[Path], Iterator[str]]] = {"imdb": read_unlabelled}
