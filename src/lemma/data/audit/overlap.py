"""Stage `overlap`: documents of a data set that stand in others of the experiment, which must not be mixed with it.

A data set that is not of the experiment is compared with none: its report must not need the others.
"""

import numpy as np
import pyarrow.compute as pc

from lemma import files
from lemma.data.audit.fingerprints import read
from lemma.layout import Layout
from lemma.params import Params

METHOD = (
    "Documents are the same if their letters and digits are, compatible forms made one (NFKC) and case folded: sets "
    "differ in case, spacing and escapes. Counted are the documents of this set, by part, that stand anywhere in the "
    "other. Documents without a letter or digit are left out."
)


def overlap(layout: Layout, dataset: str, params: Params) -> None:
    """Write `overlap.json`: how many documents of each part stand in each other data set of the experiment.

    Raises:
        InputError: the fingerprints of a data set are missing or damaged.
    """
    names = params.experiment.datasets
    parts, table = read(layout.fingerprints(dataset))
    shared: dict[str, dict[str, int]] = {}
    for other in names if dataset in names else []:
        if other != dataset:
            there = read(layout.fingerprints(other))[1].column("fingerprint")
            found = pc.is_in(table.column("fingerprint"), value_set=there)
            counts = np.bincount(table.column("split").filter(found).to_numpy(), minlength=len(parts))
            shared[other] = dict(zip(parts, counts.tolist()))
    files.write_json(layout.overlap(dataset), {"dataset": dataset, "method": METHOD, "shared": shared})
