"""What a step of training frees serves the next one: the C library is told to keep it.

glibc gives large blocks back at once, and the kernel then hands out every page of the next one anew and zeroed, which
is up to two fifths of the time of a small network.
"""

import ctypes

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # names of mallopt(3)
KEPT = 2**30  # bytes


def retain_freed_memory() -> bool:
    """Have this process keep up to a GiB that it frees; return False where the C library has no such setting."""
    try:
        change = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # macOS, musl; Windows
        return False
    return all(change(name, KEPT) == 1 for name in (TRIM_THRESHOLD, MMAP_THRESHOLD))
