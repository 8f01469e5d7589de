"""Stage `overlap`: documents that stand in several data sets of the experiment, which must not be mixed."""

from itertools import permutations

import numpy as np
import pyarrow.compute as pc

from lemma import files
from lemma.data.audit.fingerprints import read
from lemma.layout import Layout
from lemma.params import Params

METHOD = (
    "Documents are the same if their letters and digits are, compatible forms made one (NFKC) and case folded: sets "
    "differ in case, spacing and escapes. Counted are the documents of the first set, by part, that stand anywhere in "
    "the second. Documents without a letter or digit are left out."
)


def overlap(layout: Layout, params: Params) -> None:
    """Write `overlap.json`: for each two data sets, how many documents of each part of the one stand in the other.

    Raises:
        InputError: the fingerprints of a data set are missing or damaged.
    """
    names = params.experiment.datasets
    tables = {name: read(layout.fingerprints(name)) for name in names}
    shared: dict[str, dict[str, dict[str, int]]] = {name: {} for name in names}
    for one, other in permutations(names, 2):
        parts, table = tables[one]
        found = pc.is_in(table.column("fingerprint"), value_set=tables[other][1].column("fingerprint"))
        counts = np.bincount(table.column("part").filter(found).to_numpy(), minlength=len(parts))
        shared[one][other] = dict(zip(parts, counts.tolist()))
    files.write_json(layout.overlap, {"method": METHOD, "datasets": names, "shared": shared})
