"""What every fuzz test promises: an input gives a result or one of lemma's own errors, soon, and in little memory.

LEMMA_FUZZ is the number of inputs for each test; the default is a small sample, the same each time. The long run:
`LEMMA_FUZZ=1000 pytest tests/fuzz`.
"""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from lemma.errors import LemmaError

COUNTS: Counter[str] = Counter()  # inputs by target
SECONDS = 60  # after which an input counts as one that hangs
MEGABYTES = 1024  # that a test file may add to the process

fuzzed = settings(
    max_examples=int(os.environ.get("LEMMA_FUZZ", "60")),
    deadline=None,
    derandomize="LEMMA_FUZZ" not in os.environ,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


@contextmanager
def tried(target: str) -> Iterator[None]:
    """Count an input; let lemma's own errors pass, and make a hang fail."""

    def hang(*_: Any) -> None:
        raise AssertionError(f"{target}: no answer in {SECONDS} s")

    COUNTS[target] += 1
    before = signal.signal(signal.SIGALRM, hang)
    signal.alarm(SECONDS)
    try:
        with suppress(LemmaError):
            yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """Return bytes with a few of them turned, lost, put in or repeated."""
    held = bytearray(whole)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(len(held) - 1, 0)))
        match draw(st.sampled_from(["turn", "cut", "end", "put", "again"])):
            case "turn" if held:
                held[at] = draw(st.integers(0, 255))
            case "cut":
                del held[at : at + draw(st.integers(1, 40))]
            case "end":
                del held[at:]
            case "put":
                held[at:at] = draw(st.binary(max_size=20))
            case _:
                held[at:at] = held[at : at + draw(st.integers(1, 200))] * draw(st.integers(1, 3))
    return bytes(held)


# What a person, or a program, might write where one value is wanted.
COMMANDS = ["$(touch pwned)", "; touch pwned", "../../x", "\x00", "-1", "1e999", "=1+1", "9" * 5000]
odd = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**20, 10**400)
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(COMMANDS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
