"""Programs that a test needs and pip does not install; without them, its module is skipped.

LEMMA_REQUIRE is a comma-separated list of kinds of tests that must not be skipped. CI sets it, so that a missing
program is a failure.
"""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def require(kind: str, remedy: str, *programs: str | Path) -> None:
    """Skip the calling module, or fail where LEMMA_REQUIRE names `kind`, if any of `programs` is missing."""
    missing = [str(program) for program in programs if shutil.which(program) is None]
    if missing:
        refuse(kind, f"{' and '.join(missing)} not found; {remedy}")


def refuse(kind: str, reason: str) -> NoReturn:
    """Skip for `reason`, or fail where LEMMA_REQUIRE names `kind`."""
    if kind in os.environ.get("LEMMA_REQUIRE", "").split(","):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason, allow_module_level=True)
