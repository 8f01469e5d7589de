"""Arrow without pandas: import this module before a process converts its first Arrow array.

At its first conversion pyarrow imports pandas to ask whether a value is a pandas object, which takes 0.2 to 0.4 s in
every job. lemma passes no pandas objects. pyarrow asks only once: if pandas cannot be imported then, it goes without.
"""

import sys
from importlib.abc import MetaPathFinder
from typing import Any

import pyarrow as pa


class _NoPandas(MetaPathFinder):
    def find_spec(self, name: str, path: Any, target: Any = None) -> None:
        if name == "pandas":
            raise ImportError(name)


def _convert_without_pandas() -> None:
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(finder)


if "pandas" not in sys.modules:
    _convert_without_pandas()
