"""Arrow is used without importing pandas."""

import subprocess
import sys

SCRIPT = """
import sys
from lemma.corpus import documents
import numpy as np, pyarrow as pa
pa.array(np.arange(3)).to_numpy()
pa.chunked_array([[1], [2]]).to_numpy()
assert "pandas" not in sys.modules
import pandas
assert pandas.Series([1, 2]).sum() == 3
"""


def test_arrow_does_not_import_pandas_which_can_still_be_imported() -> None:
    subprocess.run([sys.executable, "-c", SCRIPT], check=True)
