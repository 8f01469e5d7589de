"""No job of lemma pays for pandas, and whoever wants pandas still gets it."""

import subprocess
import sys

LINES = """
import sys
from lemma.corpus import documents
import numpy as np, pyarrow as pa
pa.array(np.arange(3)).to_numpy()
pa.chunked_array([[1], [2]]).to_numpy()
assert "pandas" not in sys.modules
import pandas
assert pandas.Series([1, 2]).sum() == 3
"""


def test_arrow_is_used_without_pandas_which_can_be_imported_all_the_same() -> None:
    subprocess.run([sys.executable, "-c", LINES], check=True)
