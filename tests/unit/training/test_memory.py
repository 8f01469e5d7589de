"""Tests of the reuse of freed memory."""

import ctypes
import subprocess
import sys

import pytest

from lemma.training import memory

# Counts page faults when a block is allocated again, in a separate process, since the setting cannot be undone.
COUNT_FAULTS = """
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
def test_freed_memory_is_reused_without_page_faults() -> None:
    pages = {
        mode: int(
            subprocess.run(
                [sys.executable, "-c", COUNT_FAULTS, mode], capture_output=True, check=True, text=True
            ).stdout
        )
        for mode in ("keep", "give back")
    }
    assert pages["keep"] < 64 < pages["give back"]


@pytest.mark.parametrize("raised", [AttributeError, OSError, TypeError])
def test_without_glibc_nothing_is_changed(monkeypatch: pytest.MonkeyPatch, raised: type[Exception]) -> None:
    def absent(name: None) -> object:
        raise raised

    monkeypatch.setattr(ctypes, "CDLL", absent)
    assert not memory.retain_freed_memory()
