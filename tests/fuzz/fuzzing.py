"""What every fuzz test does with an input: time it, count it, and let nothing pass but a result or an expected error.

LEMMA_FUZZ is the number of inputs a test; with none, few inputs, always the same.
"""

import faulthandler
import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import FrameType
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from lemma.errors import LemmaError

T = TypeVar("T")
ASKED = int(os.environ.get("LEMMA_FUZZ", "0"))
FEW = 100
SECONDS = 20  # of the processor, for one input
STUCK = 300  # seconds after which what no signal reaches ends the process, with all stacks
LONGEST = 100_000  # characters of an error
COUNTED: Counter[str] = Counter()


class Hang(BaseException):  # not an Exception: the code under test must not take it for one of its own
    """An input that took too long."""


def fuzz(share: float = 1.0) -> settings:
    """Return the settings of a fuzz test that takes this share of the inputs."""
    return settings(
        max_examples=max(1, int((ASKED or FEW) * share)),
        derandomize=not ASKED,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def survived(target: str, action: Callable[[], T]) -> T | LemmaError:
    """Return what `action` returns, or the expected error it ends with, which says what happened and can be shown."""
    COUNTED[target] += 1
    with _watched():
        try:
            return action()
        except LemmaError as error:
            found = error
    assert found.what
    assert str(found).encode("utf-8", "backslashreplace")
    assert len(str(found)) < LONGEST, "no screen holds that"
    return found


@contextmanager
def _watched() -> Iterator[None]:
    def late(number: int, frame: FrameType | None) -> None:
        raise Hang(f"more than {SECONDS} seconds of the processor")

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    faulthandler.dump_traceback_later(STUCK, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def mutated(good: st.SearchStrategy[bytes], *pieces: bytes) -> st.SearchStrategy[bytes]:
    """Return good content with some bytes changed, taken out, doubled, cut off or replaced by one of `pieces`."""
    return st.builds(_mutate, good, st.randoms(use_true_random=False), st.integers(1, 6), st.just(pieces))


def _mutate(content: bytes, choice: random.Random, times: int, pieces: tuple[bytes, ...]) -> bytes:
    held = bytearray(content)
    for _ in range(times):
        at = choice.randrange(len(held) + 1)
        end = min(len(held), at + choice.choice((1, 1, 2, 4, 16, 100)))
        kind = choice.randrange(7 if pieces else 5)
        if kind == 0:
            held[at:end] = b""
        elif kind == 1:
            held[at:at] = held[at:end]
        elif kind == 2 and at < len(held):
            held[at] ^= 1 << choice.randrange(8)
        elif kind == 3:
            held[at:end] = bytes(choice.choice((0, 0xFF, choice.randrange(256))) for _ in range(end - at))
        elif kind == 4 and choice.random() < 0.3:
            del held[at:]
        elif kind >= 5:
            held[at : end if kind == 5 else at] = choice.choice(pieces)
    return bytes(held)


@cache
def any_json() -> st.SearchStrategy[Any]:
    """Return values that JSON can say, numbers and texts of every kind among them."""
    numbers = st.integers() | st.floats() | st.sampled_from([10**30, -1, 0, 2**63, 2**31])
    leaves = st.none() | st.booleans() | numbers | st.text(max_size=8)
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    )
