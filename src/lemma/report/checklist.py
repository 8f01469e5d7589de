"""Does a finished report hold all that the course asks for? Read from the PDF itself, not from what made it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lemma.errors import InputError
from lemma.files import read_json
from lemma.layout import Layout

MOST_PAGES = 5
GROUP = (3, 4)  # authors


@dataclass(frozen=True)
class Page:
    """A report as a reader finds it: text without white space, addresses of its links, pages, authors."""

    text: str
    links: set[str]
    pages: int
    authors: list[str]
    facts: dict[str, Any]

    def says(self, *parts: str) -> bool:
        """Whether all of these texts stand in it."""
        return all(squeezed(part) in self.text for part in parts)

    def prints(self, *numbers: Any) -> bool:
        """Whether all of these records of numbers are printed."""
        return self.says(*(number["text"] for number in numbers if number is not None))


def squeezed(text: str) -> str:
    """Return a text without what a line break adds or takes: white space, hyphens, marks of no width."""
    return re.sub(r"[\s\u00ad\u200b‐-]", "", text)


def read(path: Path, facts: dict[str, Any]) -> Page:
    """Return a finished report.

    Raises:
        InputError: there is none, or it is no PDF.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(path)
        links = {
            str(action["/URI"])
            for page in reader.pages
            for note in page.annotations or []
            if "/URI" in (action := note.get_object().get("/A", {}))
        }
        text = squeezed("".join(page.extract_text() for page in reader.pages))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", "Make it first: `lemma report`.") from None
    except PyPdfError as error:
        raise InputError(f"{path} is no PDF: {error}.", f"Delete it and make it again: `rm {path}`.") from None
    return Page(text, links, len(reader.pages), facts["authors"], facts)


def _parts(page: Page) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = page.facts["data"]["parts"]
    return parts


def _models(page: Page) -> list[dict[str, Any]]:
    models: list[dict[str, Any]] = page.facts["models"]
    return models


ASKED: dict[str, Callable[[Page], bool]] = {
    f"at most {MOST_PAGES} pages": lambda page: page.pages <= MOST_PAGES,
    "the names of a group of three or four": lambda page: (
        GROUP[0] <= len(page.authors) <= GROUP[1] and page.says(*page.authors)
    ),
    "a link to the repository": lambda page: page.facts["repository"] in page.links,
    "the task, its classes, the source": lambda page: page.says(
        "The task is", "Source:", page.facts["dataset"], *page.facts["data"]["classes"]
    ),
    "why this set": lambda page: page.facts["reason"] is not None and page.says(page.facts["reason"]),
    "two example inputs with their outputs": lambda page: (
        len(page.facts["data"]["examples"]) >= 2
        and page.says(*(example["text"][:40] for example in page.facts["data"]["examples"]))
    ),
    "documents per part and class": lambda page: page.prints(
        *(number for part in _parts(page) for number in (part["documents"], *part["classes"]))
    ),
    "length of documents, mean and spread": lambda page: page.prints(*(part["length"] for part in _parts(page))),
    "size of the vocabulary, unseen words": lambda page: page.prints(
        page.facts["data"]["vocabulary"], *(part["unseen"] for part in _parts(page))
    ),
    "how train, dev and test were made": lambda page: page.says("Parts:", page.facts["data"]["split_note"]),
    "what stands twice": lambda page: page.says("What stands twice"),
    "each step of preprocessing, before and after": lambda page: page.says(
        *(step["step"] for step in page.facts["data"]["steps"])
    ),
    "that all is fitted on train alone": lambda page: page.says("is fitted on the training part"),
    "the methods": lambda page: page.says("Methods", *(model["name"] for model in _models(page))),
    "the majority baseline": lambda page: any(model["key"] == "majority" for model in _models(page)),
    "two linear models": lambda page: sum(model["key"] in ("nb", "logreg", "nbsvm") for model in _models(page)) >= 2,
    "an MLP, a CNN and an RNN": lambda page: {"mlp", "cnn", "rnn"} <= {model["key"] for model in _models(page)},
    "loss and update, tied to proved claims": lambda page: page.says("cross-entropy", "claims of the exercises"),
    "what was tuned, in what space, how often": lambda page: (
        bool(page.facts["tuning"]["models"])
        and page.says(*(choice["options"] for search in page.facts["tuning"]["models"] for choice in search["space"]))
    ),
    "epochs chosen on dev": lambda page: page.prints(*(model["best_epoch"] for model in _models(page))),
    "train and dev loss by epoch": lambda page: page.says(page.facts["sentences"]["loss"]),
    "learning curves": lambda page: (
        any(len(row["points"]) > 1 for row in page.facts["learning"])
        and page.says("Learning curves", page.facts["sentences"]["learning"])
    ),
    "precision-recall curves": lambda page: page.says(page.facts["sentences"]["precision_recall"]),
    "scores on train, dev and test": lambda page: page.prints(
        *(number for model in _models(page) for part in model["scores"].values() for number in part.values())
    ),
    "scores by class on train, dev and test": lambda page: page.prints(
        *(
            scores[key]
            for model in _models(page)
            for part in model["by_class"].values()
            for scores in part
            for key in scores
        )
    ),
    "the confusion matrix": lambda page: page.prints(*(n for row in page.facts["confusion"] for n in row)),
    "significance over documents, corrected": lambda page: page.says("bootstrap", "Holm", "interval"),
    "significance over runs": lambda page: page.says(page.facts["sentences"]["dominance"]),
    "calibration": lambda page: page.says(page.facts["sentences"]["calibration"]),
    "score by length": lambda page: page.says(page.facts["sentences"]["lengths"]),
    "the surest mistakes": lambda page: page.says(*(one["text"][:40] for one in page.facts["mistakes"])),
    "what it cost": lambda page: page.says(page.facts["sentences"]["cost"]),
}


def checklist(layout: Layout, dataset: str) -> dict[str, bool]:
    """Return for each thing that the course asks for whether the finished report on a data set holds it.

    Raises:
        InputError: there is no report, or it cannot be read.
    """
    page = read(layout.pdf(dataset), read_json(layout.facts(dataset)))
    return {name: held(page) for name, held in ASKED.items()}
