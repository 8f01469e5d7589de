"""The data statement of a data set: who wrote, collected and annotated it, from `resources/datasheets.yaml`.

Bender and Friedman (2018) and Gebru et al. (2021) say why a data set needs one.
"""

from pathlib import Path

import yaml

NOT_STATED = "not stated"


def read_datasheet(path: Path, dataset: str | None) -> dict[str, str]:
    """Return the data statement of a data set: texts by the names of the fields, "not stated" where nothing is known.

    Args:
        path: of datasheets.yaml.
        dataset: name of a catalogued data set; None for a user's own.
    """
    content = yaml.safe_load(path.read_text())
    known = content.get(dataset, {})
    return {title: known.get(field, NOT_STATED) for field, title in content["fields"].items()}
