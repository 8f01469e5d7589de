"""A training tells what it cost."""

import time

import numpy as np
import pytest

from lemma.training.cost import Cost, Stopwatch, peak_memory_mb


def test_costs_are_added_and_shared_and_told_to_the_millisecond() -> None:
    assert ((Cost(1, 2) + Cost(2, 4)) / 2).json() == {"seconds": 1.5, "cpu_seconds": 3}
    assert Cost(1 / 3, 2 / 3).json() == {"seconds": 0.333, "cpu_seconds": 0.667}


def test_the_clock_runs_while_the_processor_rests() -> None:
    stopwatch = Stopwatch()
    time.sleep(0.05)
    cost = stopwatch.read()
    assert cost.seconds >= 0.05
    assert cost.cpu_seconds < cost.seconds


def test_the_peak_of_memory_holds_what_was_used_and_freed() -> None:
    before = peak_memory_mb()
    held = np.ones(round((before + 50) * 1e6 / 8))
    del held
    assert peak_memory_mb() == pytest.approx(2 * before + 50, rel=0.5)
    assert peak_memory_mb() > before
