"""Helpers of the fuzz tests: each input is timed and counted, and must give a result or an expected error.

LEMMA_FUZZ is the number of inputs of each test; without it, the tests take the same few inputs every time.
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
REQUESTED = int(os.environ.get("LEMMA_FUZZ", "0"))
DEFAULT = 100
SECONDS = 20  # of CPU time for one input
STUCK = 300  # seconds after which a process that no signal reaches is ended, with its stack traces
LONGEST = 100_000  # characters of an error
COUNTED: Counter[str] = Counter()


class Hang(BaseException):  # not an Exception, which the code under test might catch
    """An input that took too long."""


def fuzz(fraction: float = 1.0) -> settings:
    """Return the settings of a fuzz test that takes a fraction of the inputs."""
    return settings(
        max_examples=max(1, int((REQUESTED or DEFAULT) * fraction)),
        derandomize=not REQUESTED,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def survived(target: str, action: Callable[[], T]) -> T | LemmaError:
    """Return the result of `action`, or the expected error that it raises, which must have a printable message."""
    COUNTED[target] += 1
    with _watched():
        try:
            return action()
        except LemmaError as error:
            raised = error
    assert raised.what
    assert str(raised).encode("utf-8", "backslashreplace")
    assert len(str(raised)) < LONGEST, "the message is too long for a screen"
    return raised


@contextmanager
def _watched() -> Iterator[None]:
    def raise_hang(number: int, frame: FrameType | None) -> None:
        raise Hang(f"more than {SECONDS} seconds of CPU time")

    before = signal.signal(signal.SIGPROF, raise_hang)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    faulthandler.dump_traceback_later(STUCK, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def mutated(good: st.SearchStrategy[bytes], *pieces: bytes) -> st.SearchStrategy[bytes]:
    """Return valid content with some bytes changed, removed, doubled, cut off or replaced by one of `pieces`."""
    return st.builds(_mutate, good, st.randoms(use_true_random=False), st.integers(1, 6), st.just(pieces))


def _mutate(content: bytes, choice: random.Random, times: int, pieces: tuple[bytes, ...]) -> bytes:
    mutant = bytearray(content)
    for _ in range(times):
        at = choice.randrange(len(mutant) + 1)
        end = min(len(mutant), at + choice.choice((1, 1, 2, 4, 16, 100)))
        kind = choice.randrange(7 if pieces else 5)
        if kind == 0:
            mutant[at:end] = b""
        elif kind == 1:
            mutant[at:at] = mutant[at:end]
        elif kind == 2 and at < len(mutant):
            mutant[at] ^= 1 << choice.randrange(8)
        elif kind == 3:
            mutant[at:end] = bytes(choice.choice((0, 0xFF, choice.randrange(256))) for _ in range(end - at))
        elif kind == 4 and choice.random() < 0.3:
            del mutant[at:]
        elif kind >= 5:
            mutant[at : end if kind == 5 else at] = choice.choice(pieces)
    return bytes(mutant)


@cache
def any_json() -> st.SearchStrategy[Any]:
    """Return JSON values, with all kinds of numbers and texts."""
    numbers = st.integers() | st.floats() | st.sampled_from([10**30, -1, 0, 2**63, 2**31])
    leaves = st.none() | st.booleans() | numbers | st.text(max_size=8)
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    )
