"""A data set of a few texts that goes through `tokenize` and `index`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lemma import files, params
from lemma.corpus.documents import METADATA
from lemma.corpus.tokenizer import Tokenizer, read_tokenizer
from lemma.corpus.tokens import Corpus, open_corpus
from lemma.data.index import index
from lemma.data.tokenize import tokenize
from lemma.layout import Layout
from lemma.params import Params

PARAMS = params.load(Path(__file__).parents[3] / "params.yaml")
TEXTS = ["A film I don't like.", "", "Worth it, a film!", "a a a b", "Zoë's (naïve) café", "b a"]


@dataclass(frozen=True)
class Work:
    """A folder with `documents.parquet` of the data set `own` in it, worked on with some tokenize parameters."""

    layout: Layout
    params: Params

    @classmethod
    def of(cls, root: Path, texts: list[str], *, tokenized: bool = False, group: int = 3, **options: Any) -> "Work":
        """Write these texts as `prepare` does, `group` of them a row group."""
        about = {"dataset": "own", "classes": ["n", "p"], "protocol": {"kind": "fixed"}, "tokenized": tokenized}
        fields = [("text", pa.string()), ("label", pa.int32()), ("split", pa.int8())]
        schema = pa.schema(fields, metadata={METADATA: files.canonical(about).encode()})
        columns = [texts, [i % 2 for i in range(len(texts))], [i % 3 for i in range(len(texts))]]
        Layout(root).documents("own").parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns, schema=schema), Layout(root).documents("own"), row_group_size=group)
        return cls(Layout(root), PARAMS).with_options(**options)

    def with_options(self, **options: Any) -> "Work":
        tokenize = self.params.tokenize.model_copy(update=options)
        return Work(self.layout, self.params.model_copy(update={"tokenize": tokenize}))

    def tokenize(self) -> None:
        for shard in self.params.tokenize.shards:
            tokenize(self.layout, "own", shard, self.params)

    def run(self) -> tuple[Corpus, Tokenizer]:
        self.tokenize()
        index(self.layout, "own", self.params)
        return open_corpus(self.layout.tokens("own")), read_tokenizer(self.layout.tokenizer("own"))

    def outputs(self) -> list[bytes]:
        return [self.layout.tokens("own").read_bytes(), self.layout.tokenizer("own").read_bytes()]


def spelled(corpus: Corpus, tokenizer: Tokenizer) -> list[list[str]]:
    """Return every document as its words."""
    return [
        [tokenizer.tokens[i] for i in ids[corpus.offsets[d] - corpus.offsets[start] :][: corpus.lengths[d]]]
        for start, stop, ids in corpus.blocks(2)
        for d in range(start, stop)
    ]
