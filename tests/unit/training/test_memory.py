"""Freed memory is kept."""

import ctypes
import subprocess
import sys

import pytest

from lemma.training import memory

# In a process of its own, as it is not to be undone: pages that the kernel handed out for a block allocated again.
AGAIN = """
import resource, sys
import numpy as np
from lemma.training.memory import retain_freed_memory

if sys.argv[1] == "keep":
    assert retain_freed_memory()

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

np.ones(2**24, np.uint8)
before = faults()
for _ in range(4):
    np.ones(2**24, np.uint8)
print(faults() - before)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="only glibc has this setting")
def test_a_block_that_was_freed_is_used_again_without_new_pages() -> None:
    pages = {
        how: int(subprocess.run([sys.executable, "-c", AGAIN, how], capture_output=True, check=True, text=True).stdout)
        for how in ("keep", "give back")
    }
    assert pages["keep"] < 64 < pages["give back"]


@pytest.mark.parametrize("raised", [AttributeError, OSError, TypeError])
def test_another_c_library_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch, raised: type[Exception]) -> None:
    def absent(name: None) -> object:
        raise raised

    monkeypatch.setattr(ctypes, "CDLL", absent)
    assert not memory.retain_freed_memory()
