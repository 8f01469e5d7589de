"""Tests of the measured cost of a training: time and memory."""

import subprocess
import sys
import time

import numpy as np

from lemma.training.cost import Cost, Stopwatch, peak_memory_mb


def test_costs_are_added_divided_and_rounded_to_milliseconds() -> None:
    assert ((Cost(1, 2) + Cost(2, 4)) / 2).json() == {"seconds": 1.5, "cpu_seconds": 3}
    assert Cost(1 / 3, 2 / 3).json() == {"seconds": 0.333, "cpu_seconds": 0.667}


def test_wall_time_includes_time_without_cpu_use() -> None:
    stopwatch = Stopwatch()
    time.sleep(0.05)
    cost = stopwatch.read()
    assert cost.seconds >= 0.05
    assert cost.cpu_seconds < cost.seconds


def test_peak_memory_includes_freed_memory_and_excludes_the_parent_process() -> None:
    code = "import numpy; from lemma.training.cost import peak_memory_mb as peak; before = peak()"
    code += "; large = numpy.ones(10**7); del large; print(before, peak())"
    array = np.ones(3 * 10**7)  # 240 MB of this process
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    before, after = map(float, printed.split())
    assert peak_memory_mb() > array.nbytes / 1e6 > before
    assert 70 < after - before < 100
