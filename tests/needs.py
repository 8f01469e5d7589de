"""What some tests need beyond Python, and how to get it.

A machine without it skips them by name. LEMMA_REQUIRE=cluster,browser makes the skip a failure: for a machine that
has promised to have it.
"""

import os
import shutil

import pytest


def require(kind: str, programs: list[str], packages: str) -> None:
    """Skip the module, or fail where LEMMA_REQUIRE names this kind, unless all programs are there."""
    missing = [name for name in programs if shutil.which(name) is None]
    if not missing:
        return
    reason = f"needs {', '.join(missing)}: apt-get install --no-install-recommends {packages}"
    if kind in os.environ.get("LEMMA_REQUIRE", "").split(","):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason, allow_module_level=True)
