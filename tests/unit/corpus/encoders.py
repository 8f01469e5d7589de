"""Text encoders with whole tokens and with subwords."""

import numpy as np
from hypothesis import strategies as st

from lemma.corpus.subwords import fit_subwords
from lemma.corpus.text_encoder import TextEncoder
from lemma.corpus.tokenizer import TokenizerConfig
from lemma.params import Subwords

CONFIG = TokenizerConfig(tokenized=True, lowercase=True, numbers=False, users=True, links=True, breaks=True)
TOKENS = ["film", "films", "filming", "<unk>", "'s", "zoë"]  # of the training split
UNSEEN = ["filmy", "\N{GRINNING FACE}", "qqq"]
KINDS = ("bpe", "unigram")
TEXTS = st.lists(st.sampled_from([*TOKENS, *UNSEEN, "Zoe\u0308"]), max_size=6).map(" ".join)


def build_encoders() -> dict[str, TextEncoder]:
    """Return an encoder of whole tokens, one of BPE and one of a unigram model."""
    counts = np.array([9, 5, 3, 1, 1, 1])
    models = {
        kind: fit_subwords(TOKENS, counts, Subwords.model_validate({"kind": kind, "size": 100})) for kind in KINDS
    }
    return {"tokens": TextEncoder(CONFIG, tuple(TOKENS), None)} | {
        kind: TextEncoder(CONFIG, (), model) for kind, model in models.items()
    }


ENCODERS = build_encoders()
