"""Typst files to PDF: data goes in as JSON, the same inputs give the same bytes.

A template reads its data by `json(bytes(sys.inputs.data))`, and the paths of its figures, by name, by
`json(bytes(sys.inputs.assets))`; both are strings of JSON, so no text of the data is ever read as markup. What no font
of Typst's shows, such as an emoji, is printed as its code point: \\U0001f600.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import typst

from lemma.errors import InputError
from lemma.files import write_bytes

# A date in the PDF that is no one's clock: 1 January 2026, UTC.
TIMESTAMP = 1767225600
# Set under PDF/UA-1, which refuses, one by one, characters that would be empty boxes.
PROBE = b"#set document(title: [probe])\n#for sign in json(bytes(sys.inputs.signs)) [#sign \\ ]"
REFUSED = re.compile(r'the text `"(.+?)"` could not be displayed')


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
            raise InputError(f"{path} does not exist.", f"Run what makes it: `snakemake --cores 2 {path}`.")
    # Typst reads nothing above its root, so the root is the folder above all that it is to read.
    files = {name: path.resolve() for name, path in assets.items()}
    root = Path(os.path.commonpath([template.resolve().parent, *(path.parent for path in files.values())]))
    inside = {name: f"/{path.relative_to(root).as_posix()}" for name, path in files.items()}
    try:
        pdf = typst.compile(
            template.resolve(),
            root=root,
            sys_inputs={
                "data": legible(json.dumps(data, allow_nan=False, ensure_ascii=False)),
                "assets": json.dumps(inside),
            },
            ignore_system_fonts=True,  # only the fonts inside Typst: the same page on every machine
            timestamp=TIMESTAMP,
        )
    except typst.TypstError as error:
        # The diagnostic quotes the line; of its own text it repeats the message.
        where = error.diagnostic.strip().partition("\n")[2]
        hints = " ".join([*error.hints, "Mend the template."])
        raise InputError(f"{template}: {error.message}.\n{where}".strip(), hints) from None
    write_bytes(out, pdf)


def legible(text: str) -> str:
    """Return JSON in whose strings the characters that Typst's fonts lack are code points."""
    signs = sorted({sign for sign in text if sign > "~"})
    try:
        typst.compile(PROBE, ignore_system_fonts=True, pdf_standards="ua-1", sys_inputs={"signs": json.dumps(signs)})
    except typst.TypstError as error:
        for found in REFUSED.findall(error.diagnostic):
            sign = chr(int(found[3:-1], 16)) if found.startswith("\\u{") else found
            text = text.replace(sign, f"\\\\u{ord(sign):04x}" if sign <= "\uffff" else f"\\\\U{ord(sign):08x}")
    return text
