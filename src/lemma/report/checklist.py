"""The checklist of the course: whether a finished report has each required element, read from the PDF itself."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from lemma.errors import InputError
from lemma.files import read_json
from lemma.layout import Layout
from lemma.report.numbers import MISSING, spread
from lemma.report.sentences import write_sentences

MOST_PAGES = 5
AUTHORS = (3, 4)  # least and most
MOST_CLASSES = 6  # for which scores by class are printed on all splits
SPLITS = ("test", "dev", "train")  # in the order of the tables
SCORES = ("accuracy", "precision", "recall", "f1", "pr_auc")  # in the order of the columns
Row = Sequence[Any]  # a label, then numbers or texts


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

    def prints(self, *rows: Row) -> bool:
        """Return whether the report prints these rows of a table, label and all cells, directly one after the other."""
        return squeeze("".join(map(_format_cell, chain(*rows)))) in self.text


def _format_cell(cell: Any) -> str:
    """Return a label as it is, a number with its standard deviation, and a dash for what is not defined."""
    return MISSING if cell is None else cell if isinstance(cell, str) else spread(cell)


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


def _prints_documents(page: Page) -> bool:
    splits, classes = _splits(page), page.facts["data"]["classes"]
    by_class = [[name, *(split["classes"][place] for split in splits)] for place, name in enumerate(classes)]
    return page.prints(["documents", *(split["documents"] for split in splits)], *by_class)


def _prints_settings(page: Page) -> bool:
    """Return whether each row of the table of hyperparameters is printed, with the search space and the cost."""
    searches = {search["key"]: search for search in page.facts["tuning"]["models"]}
    uneven = len({search["trials"]["text"] for search in searches.values()}) > 1
    rows: list[Row] = []
    for model in _models(page):
        search = searches.get(model["key"])
        options = {choice["key"]: f" ({choice['options']})" for choice in search["space"]} if search else {}
        settings = "; ".join(f"{s['name']} {s['value']}{options.get(s['key'], '')}" for s in model["settings"])
        trials = [search["trials"] if search else None] * uneven + [search["best"] if search else None] * bool(searches)
        cost = [model[key] for key in ("known", "parameters", "best_epoch", "seconds")]
        rows.append([model["name"], settings, *trials, *cost])
    return page.prints(*rows)


def _prints_scores(page: Page) -> bool:
    def row(model: dict[str, Any], split: str) -> Row:
        scores = model["scores"][split]
        return [model["name"], *(scores[key] for key in SCORES), scores["score"].get("interval")]

    return all(page.prints([split], *(row(model, split) for model in _models(page))) for split in SPLITS)


def _prints_class_scores(page: Page) -> bool:
    """Return whether each block of scores by class is printed; with many classes there are none on train and dev."""
    classes, keys = len(page.facts["data"]["classes"]), SCORES[1:]
    blocks = [keys] if classes <= 3 else [keys[:2], keys[2:]]

    def row(model: dict[str, Any], split: str, block: tuple[str, ...]) -> Row:
        by_class = model["by_class"][split]
        return [model["name"], *(scores[key]["text"] for key in block for scores in by_class)]

    return classes <= MOST_CLASSES and all(
        page.prints([split], *(row(model, split, block) for model in _models(page)))
        for split in SPLITS
        for block in blocks
    )


def _prints_comparisons(page: Page) -> bool:
    names = {model["key"]: model["name"] for model in _models(page)}
    tests = page.facts["significance"]

    def row(test: dict[str, Any]) -> Row:
        label = f"{names[test['model']]}−{names[test['other']]}"
        return [label, test["difference"], test["difference"]["interval"], test["p"], test["detectable"]]

    families = {"primary": "primary comparisons", "exploratory": "exploratory comparisons"}
    return all(page.prints([title], *map(row, tests[key])) for key, title in families.items() if tests[key])


def _prints_disagreement(page: Page) -> bool:
    rows = [[row["documents"], row["fraction"], row["fraction"]["interval"]] for row in page.facts["disagreement"]]
    return all(page.prints(row) for row in rows) and page.says(page.facts["sentences"]["disagreement"])


def _agrees(page: Page) -> bool:
    """Return whether the sentences are those that follow from the numbers."""
    return bool(page.facts["sentences"] == write_sentences(page.facts))


def _says_sentences(*keys: str) -> Callable[[Page], bool]:
    return lambda page: page.says(*(page.facts["sentences"][key] for key in keys))


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
        and page.says(*(f"{example['text']}→{example['label']}" for example in page.facts["data"]["examples"]))
    ),
    "documents per split and class": _prints_documents,
    "document lengths, mean and standard deviation": lambda page: page.prints(
        ["tokens per document", *(split["length"] for split in _splits(page))]
    ),
    "vocabulary size and tokens not in train": lambda page: (
        page.says(f"has {page.facts['data']['vocabulary']['text']} distinct tokens")
        and page.prints(["tokens not in train (%)", *(split["unseen"] for split in _splits(page))])
    ),
    "how train, dev and test were split": lambda page: page.says("Splits:" + page.facts["data"]["split_note"]),
    "duplicates": lambda page: page.says("Duplicates:" + page.facts["sentences"]["duplicates"]),
    "each preprocessing step, before and after": lambda page: page.says(
        *(f"{step['step']}:{step['before']}→{step['after']}" for step in page.facts["data"]["steps"])
    ),
    "that everything is fitted on train only": lambda page: page.says("is fitted on the training set"),
    "the methods": lambda page: page.says("Methods", *(model["name"] for model in _models(page))),
    "the majority baseline": lambda page: any(model["key"] == "majority" for model in _models(page)),
    "two linear models": lambda page: sum(model["key"] in ("nb", "logreg", "nbsvm") for model in _models(page)) >= 2,
    "an MLP, a CNN and an RNN": lambda page: {"mlp", "cnn", "rnn"} <= {model["key"] for model in _models(page)},
    "loss and update rule, with proved claims": lambda page: page.says("cross-entropy", "claims of the exercises"),
    "hyperparameters, best epochs on dev and cost": _prints_settings,
    "tuned hyperparameters and their search spaces": lambda page: (
        bool(page.facts["tuning"]["models"]) and _prints_settings(page)
    ),
    "train and dev loss by epoch": _says_sentences("loss"),
    "learning curves": lambda page: (
        any(len(row["points"]) > 1 for row in page.facts["learning"])
        and page.says("Learning curves", page.facts["sentences"]["learning"])
    ),
    "precision-recall curves": _says_sentences("precision_recall"),
    "scores on train, dev and test": _prints_scores,
    "scores by class on train, dev and test": _prints_class_scores,
    "the confusion matrix": lambda page: page.prints(
        *([name, *row] for name, row in zip(page.facts["data"]["classes"], page.facts["confusion"], strict=True))
    ),
    "comparisons decided on beforehand": _prints_comparisons,
    "uncertainty over runs and documents": lambda page: page.says(
        "crossed bootstrap" if page.facts["significance"]["crossed"] else "corrected resampled", "confidence interval"
    ),
    "published results": lambda page: all(
        page.prints([row["method"], row["outside"], row["cited"], row["score"]]) for row in page.facts["published"]
    ),
    "calibration": _says_sentences("calibration"),
    "error analysis by length, unseen tokens and negation": _says_sentences("lengths", "unseen_tokens", "contrast"),
    "disagreement with the best linear model": _prints_disagreement,
    "the most confident mistakes": lambda page: page.says(
        *(f"{error['text']}→{error['predicted']}({error['confidence']['text']}%)" for error in page.facts["mistakes"])
    ),
    "conclusion and limitations": lambda page: page.says(
        "Conclusion and limitations", page.facts["sentences"]["conclusion"]
    ),
    "hardware, versions, seeds and total cost": lambda page: page.says(
        "Reproducibility", *page.facts["costs"]["libraries"], page.facts["costs"]["processor"]
    ),
    "sentences that follow from the numbers": _agrees,
}


def check_report(layout: Layout, dataset: str) -> dict[str, bool]:
    """Return for each required element whether the finished report on a data set has it.

    Raises:
        InputError: the report is missing or cannot be read.
    """
    return check_page(read_page(layout.pdf(dataset), read_json(layout.facts(dataset))))


def check_page(page: Page) -> dict[str, bool]:
    """Return for each required element whether a report has it."""
    return {name: is_present(page) for name, is_present in REQUIRED.items()}
