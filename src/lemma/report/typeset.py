"""Typesetting of Typst templates to PDF; equal inputs give equal bytes.

A template reads its data by `json(bytes(sys.inputs.data))` and the paths of its figures by
`json(bytes(sys.inputs.assets))`. Both are JSON strings, so that no text of the data is read as markup. A character that
the fonts of Typst lack, such as an emoji, is printed as its code point: \\U0001f600.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import typst

from lemma.errors import InputError
from lemma.files import write_bytes

# The date in every PDF, so that equal inputs give equal bytes: 1 January 2026, UTC.
TIMESTAMP = 1767225600
# A document in PDF/UA-1, which reports each character that the fonts lack.
PROBE = b"#set document(title: [probe])\n#for character in json(bytes(sys.inputs.characters)) [#character \\ ]"
REFUSED = re.compile(r'the text `"(.+?)"` could not be displayed')


def compile(template: Path, data: dict[str, Any], assets: dict[str, Path], out: Path) -> None:  # noqa: A001 (read as typeset.compile)
    """Typeset `template` to the PDF `out`, atomically.

    Args:
        template: path of the template.
        data: the data of the template, as values of JSON.
        assets: paths of figures by the name that the template uses.
        out: path of the PDF.

    Raises:
        InputError: the template or a figure is missing, or Typst refuses the template; its message is quoted.
    """
    for path in (template, *assets.values()):
        if not path.is_file():
            raise InputError(f"{path} does not exist.", f"Run `snakemake --cores 2 {path}`.")
    # Typst reads nothing outside its root, so the root is the common parent folder of all inputs.
    files = {name: path.resolve() for name, path in assets.items()}
    root = Path(os.path.commonpath([template.resolve().parent, *(path.parent for path in files.values())]))
    inside = {name: f"/{path.relative_to(root).as_posix()}" for name, path in files.items()}
    try:
        pdf = typst.compile(
            template.resolve(),
            root=root,
            sys_inputs={
                "data": escape_missing_glyphs(json.dumps(data, allow_nan=False, ensure_ascii=False)),
                "assets": json.dumps(inside),
            },
            ignore_system_fonts=True,  # only the fonts that come with Typst: the same page on every machine
            timestamp=TIMESTAMP,
        )
    except typst.TypstError as error:
        # The first line of the diagnostic repeats the message; the others quote the template.
        where = error.diagnostic.strip().partition("\n")[2]
        hints = " ".join([*error.hints, "Correct the template."])
        raise InputError(f"{template}: {error.message}.\n{where}".strip(), hints) from None
    write_bytes(out, pdf)


def escape_missing_glyphs(text: str) -> str:
    """Return a JSON string in which each character that the fonts of Typst lack is replaced by its code point."""
    characters = sorted({character for character in text if character > "~"})
    try:
        inputs = {"characters": json.dumps(characters)}
        typst.compile(PROBE, ignore_system_fonts=True, pdf_standards="ua-1", sys_inputs=inputs)
    except typst.TypstError as error:
        for quoted in REFUSED.findall(error.diagnostic):
            character = chr(int(quoted[3:-1], 16)) if quoted.startswith("\\u{") else quoted
            code = ord(character)
            text = text.replace(character, f"\\\\u{code:04x}" if code <= 0xFFFF else f"\\\\U{code:08x}")
    return text
