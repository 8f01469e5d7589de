"""Cost of a training: wall time, CPU time and peak memory."""

import resource
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """Wall time, and CPU time over all threads, in seconds."""

    seconds: float
    cpu_seconds: float

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.seconds + other.seconds, self.cpu_seconds + other.cpu_seconds)

    def __truediv__(self, parts: int) -> "Cost":
        return Cost(self.seconds / parts, self.cpu_seconds / parts)

    def json(self) -> dict[str, float]:
        """Return both, rounded to milliseconds, as a line of the history has them."""
        return {"seconds": round(self.seconds, 3), "cpu_seconds": round(self.cpu_seconds, 3)}


@dataclass(frozen=True)
class Stopwatch:
    """Measure wall time and CPU time from its creation."""

    _clock: float = field(default_factory=lambda: time.monotonic())
    _cpu: float = field(default_factory=lambda: time.process_time())

    def read(self) -> Cost:
        """Return the cost since the creation."""
        return Cost(time.monotonic() - self._clock, time.process_time() - self._cpu)


def peak_memory_mb() -> float:
    """Return the peak memory of this process in megabytes (10^6 bytes).

    On Linux a process inherits the peak of `getrusage` from the one that started it, so a small job would report the
    peak of its parent. /proc has the peak of the process itself.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        kilobytes = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
        return round(kilobytes * 1024 / 1e6, 1)
    except (OSError, StopIteration):  # not Linux
        unit = 1 if sys.platform == "darwin" else 1024  # bytes on macOS, KiB elsewhere
        return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, 1)
