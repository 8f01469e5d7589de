"""What a training costs: seconds of the clock and of the processor, and memory."""

import resource
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """Seconds of the clock, and of the processor over all threads."""

    seconds: float
    cpu_seconds: float

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.seconds + other.seconds, self.cpu_seconds + other.cpu_seconds)

    def __truediv__(self, parts: int) -> "Cost":
        return Cost(self.seconds / parts, self.cpu_seconds / parts)

    def json(self) -> dict[str, float]:
        """Return both, to the millisecond, as a line of history holds them."""
        return {"seconds": round(self.seconds, 3), "cpu_seconds": round(self.cpu_seconds, 3)}


@dataclass(frozen=True)
class Stopwatch:
    """Runs from the moment it is made."""

    _clock: float = field(default_factory=lambda: time.monotonic())
    _processor: float = field(default_factory=lambda: time.process_time())

    def read(self) -> Cost:
        """Return what this process has spent since."""
        return Cost(time.monotonic() - self._clock, time.process_time() - self._processor)


def peak_memory_mb() -> float:
    """Return the most memory that this process has held at once, in megabytes (10^6 bytes).

    Linux hands the peak of `getrusage` on to a program that is started, so a small job would report the peak of the
    process that started it; the high-water mark of its own memory is in /proc.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        kilobytes = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
        return round(kilobytes * 1024 / 1e6, 1)
    except (OSError, StopIteration):  # no Linux
        unit = 1 if sys.platform == "darwin" else 1024  # bytes on macOS, KiB elsewhere
        return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, 1)
