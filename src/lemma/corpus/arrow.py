"""Arrow without pandas: import this module before a process converts its first Arrow array.

At its first conversion pyarrow imports pandas, only to ask whether a value is of pandas; no value of lemma is. That is
0.2 to 0.4 s of every job. pyarrow asks once: where pandas could not be imported then, it goes without.
"""

import sys
from importlib.abc import MetaPathFinder
from typing import Any

import pyarrow as pa


class _NoPandas(MetaPathFinder):
    def find_spec(self, name: str, path: Any, target: Any = None) -> None:
        if name == "pandas":
            raise ImportError(name)


def _go_without_pandas() -> None:
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(finder)


if "pandas" not in sys.modules:
    _go_without_pandas()
