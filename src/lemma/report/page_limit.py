"""The report in five pages, whatever it has to hold: its type is as large as they allow.

How much there is to print depends on the data set: texts, classes, models, what was searched. The template takes this
up by itself as far as it can, and sets type by `closeness`, 0 the largest; here is looked at what comes of it.
"""

import re
from pathlib import Path
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.generic import DecodedStreamObject, NameObject

from lemma.report import typeset

PAGES = 5  # at most
SIZES = 5  # of type: the smallest is nine tenths of the largest
FOOT = 30  # points from the page's lower edge: the foot's line stands below
MARGIN = 46  # and the text above
PATHS = re.compile(rb"(?:-?[\d.]+\s+){2,6}[mlcvy]\s")  # moves, lines and curves in a page's content
LEAST = 0.4  # of the last page that is to be used: for a few lines nobody wants to turn a page


def fit(template: Path, data: dict[str, Any], assets: dict[str, Path], out: Path) -> None:
    """Typeset `template` to the PDF `out` in the largest type that has no `faults`, or else in that which has fewest.

    Raises:
        InputError: as `typeset.compile`.
    """
    found: list[tuple[int, int, bool]] = []

    def made(closeness: int) -> tuple[int, int, bool]:
        typeset.compile(template, {**data, "closeness": closeness}, assets, out)
        return faults(out)

    for closeness in range(SIZES):
        found.append(made(closeness))
        if not any(found[-1]):
            return
    made(found.index(min(found)))


def faults(pdf: Path) -> tuple[int, int, bool]:
    """Return by how many pages a report is too long, on how many text runs into the foot, if the last is nearly empty.

    Text runs into the foot where Typst finds no room for what stays in one piece, as a float has taken it.
    """
    pages = [(_baselines(page), float(page.mediabox.height)) for page in PdfReader(pdf).pages]
    (last, height), single = pages[-1], len(pages) == 1
    beyond = sum(any(line < MARGIN for line in lines) for lines, _ in pages)
    return max(0, len(pages) - PAGES), beyond, not single and min(last, default=height) > (1 - LEAST) * height


def _baselines(page: PageObject) -> list[float]:
    """Return how high the page's lines of text stand, in points from its lower edge; the foot's is left out."""
    lines: list[float] = []
    text = DecodedStreamObject()  # without the lines and curves of the figures, which take most of the time to read
    text.set_data(PATHS.sub(b"", content.get_data() if (content := page.get_contents()) is not None else b""))
    page[NameObject("/Contents")] = text

    def seen(text: str, within: list[float], at: list[float], *_: Any) -> None:
        if text.strip():
            lines.append(at[5] * within[3] + within[5])

    page.extract_text(visitor_text=seen)
    foot = min(lines, default=0.0)
    return [line for line in lines if not (line < FOOT and abs(line - foot) < 0.5)]
