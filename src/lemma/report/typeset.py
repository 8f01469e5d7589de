"""Typst files to PDF: data goes in as JSON, the same inputs give the same bytes.

A template reads its data by `json(bytes(sys.inputs.data))`, and the paths of its figures, by name, by
`json(bytes(sys.inputs.assets))`; both are strings of JSON, so no text of the data is ever read as markup.
"""

import json
import os
from pathlib import Path
from typing import Any

import typst

from lemma.errors import InputError
from lemma.files import write_bytes

# A date in the PDF that is no one's clock: 1 January 2026, UTC.
TIMESTAMP = 1767225600


def compile(template: Path, data: dict[str, Any], assets: dict[str, Path], out: Path) -> None:  # noqa: A001 (read as typeset.compile)
    """Typeset `template` to the PDF `out`, atomically.

    Args:
        data: the template's data, as JSON has it.
        assets: figures by the name under which the template asks for them; any folder.

    Raises:
        InputError: the template or a figure is missing, or Typst refuses the template; its message is quoted.
    """
    for path in (template, *assets.values()):
        if not path.is_file():
            raise InputError(f"{path} does not exist.", "Run the stage that makes it: `snakemake --cores 2`.")
    # Typst reads nothing above its root, so the root is the folder above all that it is to read.
    files = {name: path.resolve() for name, path in assets.items()}
    root = Path(os.path.commonpath([template.resolve().parent, *(path.parent for path in files.values())]))
    inside = {name: f"/{path.relative_to(root).as_posix()}" for name, path in files.items()}
    try:
        pdf = typst.compile(
            template.resolve(),
            root=root,
            sys_inputs={"data": json.dumps(data, allow_nan=False), "assets": json.dumps(inside)},
            ignore_system_fonts=True,  # only the fonts inside Typst: the same page on every machine
            timestamp=TIMESTAMP,
        )
    except typst.TypstError as error:
        # The diagnostic quotes the line; of its own text it repeats the message.
        where = error.diagnostic.strip().partition("\n")[2]
        hints = " ".join([*error.hints, "Mend the template."])
        raise InputError(f"{template}: {error.message}.\n{where}".strip(), hints) from None
    write_bytes(out, pdf)
