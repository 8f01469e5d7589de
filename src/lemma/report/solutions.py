"""Stage `lemma solutions`: claims.json, a booklet with the worked solutions, and the evidence for its claims."""

from pathlib import Path
from typing import Any

from pypdf import PdfReader

from lemma.errors import InputError
from lemma.files import read_json, write_json
from lemma.report import typeset
from lemma.report.booklet import format_booklet
from lemma.report.evidence import format_evidence

CONTRACT = ("id", "exercise", "statement", "verdict", "methods", "mutants")  # what other tools rely on
DETAILS = ("title", "heading", "part", "scope", "steps", "values")


def solutions(
    claim_files: list[Path], templates: Path, claims_out: Path, booklet_out: Path, evidence_out: Path
) -> None:
    """Merge the claims of the verified exercises into claims.json, and typeset the booklet and the evidence.

    claims.json is sorted by exercise and id; in the PDFs, the claims of an exercise keep their order. The booklet links
    each claim to its page of the evidence, which must lie in the same folder.

    Args:
        claim_files: the files that `lemma verify` wrote, one for each exercise.
        templates: the folder of `exercises.typ` and `evidence.typ`.
        claims_out: path of claims.json.
        booklet_out: path of the PDF with questions, answers and derivations.
        evidence_out: path of the PDF with methods, mutants and counter-examples.

    Raises:
        InputError: a file is missing or is not a list of claims, an id is not unique, `latex_to_typst` does not support
            a formula, or a template does not compile.
    """
    claims = [claim for path in claim_files for claim in _read_claims(path)]
    ids = [claim["id"] for claim in claims]
    for duplicate in sorted({identifier for identifier in ids if ids.count(identifier) > 1}):
        raise InputError(f"The claim {duplicate} occurs twice.", "Give each exercise once, and each claim a unique id.")
    booklet, evidence = format_booklet(claims), format_evidence(claims)
    typeset.compile(templates / "evidence.typ", evidence, {}, evidence_out)
    booklet["evidence"] = {"file": evidence_out.name, "pages": _read_pages(evidence_out)}
    typeset.compile(templates / "exercises.typ", booklet, {}, booklet_out)
    write_json(claims_out, sorted(claims, key=lambda claim: (claim["exercise"], claim["id"])))


def _read_claims(path: Path) -> list[dict[str, Any]]:
    """Return the claims in a file, or raise an InputError if one lacks a key."""
    claims, fix = read_json(path), "Run `lemma verify` for its exercise again."
    if not isinstance(claims, list):
        raise InputError(f"{path} is not a list of claims.", fix)
    for number, claim in enumerate(claims, 1):
        missing = [key for key in (*CONTRACT, *DETAILS) if not isinstance(claim, dict) or key not in claim]
        if missing:
            raise InputError(f"{path}: claim {number} has no {', '.join(missing)}.", fix)
    return claims


def _read_pages(pdf: Path) -> dict[str, int]:
    """Return the page on which each named destination of a PDF lies, from 1."""
    reader = PdfReader(pdf)
    pages = {name: reader.get_destination_page_number(place) for name, place in reader.named_destinations.items()}
    return {name: page + 1 for name, page in pages.items() if page is not None}
