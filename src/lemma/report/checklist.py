"""The checklist of the course: whether a finished report has each required element, read from the PDF itself."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lemma.errors import InputError
from lemma.files import read_json
from lemma.layout import Layout

MOST_PAGES = 5
AUTHORS = (3, 4)  # least and most


@dataclass(frozen=True)
class Page:
    """The content of a report: text without white space, targets of links, number of pages, authors, and facts.json."""

    text: str
    links: set[str]
    pages: int
    authors: list[str]
    facts: dict[str, Any]

    def says(self, *parts: str) -> bool:
        """Return whether the report contains all of these texts."""
        return all(squeeze(part) in self.text for part in parts)

    def prints(self, *numbers: Any) -> bool:
        """Return whether the report prints all of these records of numbers."""
        return self.says(*(number["text"] for number in numbers if number is not None))


def squeeze(text: str) -> str:
    """Return a text without the characters that line breaks change: white space, hyphens, zero-width characters."""
    return re.sub(r"[\s\u00ad\u200b‐-]", "", text)


def read_page(path: Path, facts: dict[str, Any]) -> Page:
    """Read a finished report.

    Raises:
        InputError: the file is missing or not a PDF.
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
        text = squeeze("".join(page.extract_text() for page in reader.pages))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist.", "Run `lemma report` first.") from None
    except PyPdfError as error:
        raise InputError(f"{path} is not a PDF: {error}.", f"Delete it and run again: `rm {path}`.") from None
    return Page(text, links, len(reader.pages), facts["authors"], facts)


def _splits(page: Page) -> list[dict[str, Any]]:
    splits: list[dict[str, Any]] = page.facts["data"]["parts"]
    return splits


def _models(page: Page) -> list[dict[str, Any]]:
    models: list[dict[str, Any]] = page.facts["models"]
    return models


REQUIRED: dict[str, Callable[[Page], bool]] = {
    f"at most {MOST_PAGES} pages": lambda page: page.pages <= MOST_PAGES,
    "three or four authors": lambda page: AUTHORS[0] <= len(page.authors) <= AUTHORS[1] and page.says(*page.authors),
    "a link to the repository": lambda page: page.facts["repository"] in page.links,
    "the task, its classes, the source": lambda page: page.says(
        "The task is", "Source:", page.facts["dataset"], *page.facts["data"]["classes"]
    ),
    "reason for the choice of the data set": lambda page: (
        page.facts["reason"] is not None and page.says(page.facts["reason"])
    ),
    "two examples with their classes": lambda page: (
        len(page.facts["data"]["examples"]) >= 2
        and page.says(*(example["text"][:40] for example in page.facts["data"]["examples"]))
    ),
    "documents per split and class": lambda page: page.prints(
        *(number for split in _splits(page) for number in (split["documents"], *split["classes"]))
    ),
    "document lengths, mean and standard deviation": lambda page: page.prints(
        *(split["length"] for split in _splits(page))
    ),
    "vocabulary size and tokens not in train": lambda page: page.prints(
        page.facts["data"]["vocabulary"], *(split["unseen"] for split in _splits(page))
    ),
    "how train, dev and test were split": lambda page: page.says("Splits:", page.facts["data"]["split_note"]),
    "duplicates": lambda page: page.says("Duplicates:"),
    "each preprocessing step, before and after": lambda page: page.says(
        *(step["step"] for step in page.facts["data"]["steps"])
    ),
    "that everything is fitted on train only": lambda page: page.says("is fitted on the training set"),
    "the methods": lambda page: page.says("Methods", *(model["name"] for model in _models(page))),
    "the majority baseline": lambda page: any(model["key"] == "majority" for model in _models(page)),
    "two linear models": lambda page: sum(model["key"] in ("nb", "logreg", "nbsvm") for model in _models(page)) >= 2,
    "an MLP, a CNN and an RNN": lambda page: {"mlp", "cnn", "rnn"} <= {model["key"] for model in _models(page)},
    "loss and update rule, with proved claims": lambda page: page.says("cross-entropy", "claims of the exercises"),
    "tuned hyperparameters and their search spaces": lambda page: (
        bool(page.facts["tuning"]["models"])
        and page.says(*(choice["options"] for search in page.facts["tuning"]["models"] for choice in search["space"]))
    ),
    "best epochs on dev": lambda page: page.prints(*(model["best_epoch"] for model in _models(page))),
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
    "comparisons decided on beforehand": lambda page: page.says("primary comparisons", "exploratory"),
    "uncertainty over runs and documents": lambda page: page.says(
        "crossed bootstrap" if page.facts["significance"]["crossed"] else "corrected resampled", "interval"
    ),
    "calibration": lambda page: page.says(page.facts["sentences"]["calibration"]),
    "accuracy by length": lambda page: page.says(page.facts["sentences"]["lengths"]),
    "the most confident mistakes": lambda page: page.says(
        *(mistake["text"][:40] for mistake in page.facts["mistakes"])
    ),
    "training cost": lambda page: page.says(page.facts["sentences"]["cost"]),
}


def check_report(layout: Layout, dataset: str) -> dict[str, bool]:
    """Return for each required element whether the finished report on a data set has it.

    Raises:
        InputError: the report is missing or cannot be read.
    """
    page = read_page(layout.pdf(dataset), read_json(layout.facts(dataset)))
    return {name: is_present(page) for name, is_present in REQUIRED.items()}
