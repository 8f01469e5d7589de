"""A training tells what it cost."""

import subprocess
import sys
import time

import numpy as np

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


def test_the_peak_of_memory_holds_what_was_used_and_freed_and_nothing_of_the_parent() -> None:
    code = "import numpy; from lemma.training.cost import peak_memory_mb as peak; before = peak()"
    code += "; large = numpy.ones(10**7); del large; print(before, peak())"
    held = np.ones(3 * 10**7)  # 240 MB of this process
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    before, after = map(float, printed.split())
    assert peak_memory_mb() > held.nbytes / 1e6 > before
    assert 70 < after - before < 100
