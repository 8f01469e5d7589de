"""Stage `overlap`: the documents of a data set that also occur in other data sets of the experiment.

Such data sets must not be mixed. A data set outside of the experiment is compared with none, so its report does not
need the others.
"""

import numpy as np
import pyarrow.compute as pc

from lemma import files
from lemma.data.audit.fingerprints import read_fingerprints
from lemma.layout import Layout
from lemma.params import Params

METHOD = (
    "Two documents are equal if they have the same letters and digits after NFKC normalisation and case folding: data "
    "sets differ in case, spacing and escapes. Counted are the documents of each split of this data set that occur "
    "anywhere in the other. Documents without a letter or digit are left out."
)


def overlap(layout: Layout, dataset: str, params: Params) -> None:
    """Write `overlap.json`: the number of documents of each split that occur in each other data set of the experiment.

    Raises:
        InputError: the fingerprints of a data set are missing or damaged.
    """
    names = params.experiment.datasets
    splits, table = read_fingerprints(layout.fingerprints(dataset))
    shared: dict[str, dict[str, int]] = {}
    for other in names if dataset in names else []:
        if other != dataset:
            _, other_table = read_fingerprints(layout.fingerprints(other))
            is_shared = pc.is_in(table.column("fingerprint"), value_set=other_table.column("fingerprint"))
            counts = np.bincount(table.column("split").filter(is_shared).to_numpy(), minlength=len(splits))
            shared[other] = dict(zip(splits, counts.tolist()))
    files.write_json(layout.overlap(dataset), {"dataset": dataset, "method": METHOD, "shared": shared})
