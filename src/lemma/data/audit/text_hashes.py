"""Normal forms of texts and their hashes: two texts count as duplicates if their normal forms have the same hash."""

import re
import unicodedata
from hashlib import blake2b

import pyarrow as pa

NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


def normalise(text: str) -> str:
    """Return `text` in lower case, with single spaces between words and none at the ends."""
    return " ".join(text.lower().split())


def keep_alphanumeric(text: str) -> str:
    """Return the letters and digits of `text` after NFKC normalisation and case folding; may be empty."""
    return NOT_ALPHANUMERIC.sub("", unicodedata.normalize("NFKC", text).casefold())


def hash_text(text: str) -> bytes:
    """Return a 128-bit hash (BLAKE2b): among 10^9 texts two share one with a probability below 10^-20."""
    return blake2b(text.encode(), digest_size=16).digest()


def make_hash_array(hashes: bytes | bytearray) -> pa.Array:
    """Return concatenated hashes as an Arrow array of fixed-size binary values."""
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(hashes) // 16, [None, pa.py_buffer(hashes)])
