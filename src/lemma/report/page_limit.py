"""The page limit of the report: the largest type size at which it has at most five pages without layout faults.

The length of a report depends on the data set: its texts, classes, models and searches. The template takes the type
size as `closeness`, 0 for the largest type; this module typesets it and inspects the pages.
"""

import re
from pathlib import Path
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.generic import DecodedStreamObject, NameObject

from lemma.report import typeset

PAGES = 5  # at most
SIZES = 5  # type sizes; the smallest is nine tenths of the largest
FOOT = 30  # points from the lower edge of the page: the footer is below
MARGIN = 46  # points from the lower edge of the page: the text is above
PATHS = re.compile(rb"(?:-?[\d.]+\s+){2,6}[mlcvy]\s")  # moves, lines and curves in the content of a page
LEAST = 0.4  # fraction of the last page that must be used


def typeset_within_limit(template: Path, data: dict[str, Any], assets: dict[str, Path], out: Path) -> None:
    """Typeset `template` to the PDF `out` in the largest type without `find_faults`, or in that with the fewest.

    Raises:
        InputError: see `typeset.compile`.
    """
    faults: list[tuple[int, int, bool]] = []

    def typeset_at(closeness: int) -> tuple[int, int, bool]:
        typeset.compile(template, {**data, "closeness": closeness}, assets, out)
        return find_faults(out)

    for closeness in range(SIZES):
        faults.append(typeset_at(closeness))
        if not any(faults[-1]):
            return
    typeset_at(faults.index(min(faults)))


def find_faults(pdf: Path) -> tuple[int, int, bool]:
    """Return the pages beyond the limit, the number of pages with text in the footer, and if the last is nearly empty.

    Text runs into the footer where a float has taken the space of a block that must not be broken.
    """
    pages = [(_baselines(page), float(page.mediabox.height)) for page in PdfReader(pdf).pages]
    (last, height), single = pages[-1], len(pages) == 1
    overfull = sum(any(line < MARGIN for line in lines) for lines, _ in pages)
    return max(0, len(pages) - PAGES), overfull, not single and min(last, default=height) > (1 - LEAST) * height


def _baselines(page: PageObject) -> list[float]:
    """Return the heights of the lines of text on a page, in points from its lower edge, without the footer."""
    lines: list[float] = []
    text = DecodedStreamObject()  # without the paths of the figures, which take most of the time to parse
    text.set_data(PATHS.sub(b"", content.get_data() if (content := page.get_contents()) is not None else b""))
    page[NameObject("/Contents")] = text

    def collect(text: str, outer: list[float], inner: list[float], *_: Any) -> None:
        if text.strip():
            lines.append(inner[5] * outer[3] + outer[5])

    page.extract_text(visitor_text=collect)
    footer = min(lines, default=0.0)
    return [line for line in lines if not (line < FOOT and abs(line - footer) < 0.5)]
