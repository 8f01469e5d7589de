"""The error for an unknown symbol in an answer: the known symbols, and the one that was probably meant."""

from difflib import get_close_matches
from typing import Any

from lemma.errors import InputError
from lemma.exercises.grading.answer import parse
from lemma.exercises.grading.answer_tree import Name, formula_error
from lemma.exercises.grading.question import Question


def unknown_symbol(question: Question, text: str, node: Name) -> InputError:
    """Return the error for a symbol that the question does not define, with the defined symbols and a suggestion."""
    constants = question.constants()
    known = {symbol.parsed.name: symbol.text for symbol in question.known}
    known |= {word: word for word, _ in constants}
    fix = f"The symbols of this question, in addition to sigma, exp and ln:\n{list_symbols(question)}"
    if node.name == "sum":
        return formula_error(text, node.at, "The sum has no index", r"Write \sum_{k} or sum_k.")
    asked = parse(question.asked)
    if isinstance(asked, Name) and asked.name == node.name:
        what = f"{node.text} is what is asked for"
    elif node.name in known and node.name not in {word for word, _ in constants}:
        what = f"{node.text} is not defined with these indices; did you mean {known[node.name]}?"
    else:
        what = f"{node.text} is not defined"
        letters = [letter for letter in node.name if letter in known]
        near = get_close_matches(node.name, [name for name in known if len(name) > 1], n=1, cutoff=0.5)
        if not near and node.name.lower() != node.name:
            near = [node.name.lower()] if node.name.lower() in known else []
        if len(node.name) > 1 and len(letters) == len(node.name):
            what += f"; did you mean {'*'.join(node.name)}?"
        elif near:
            what += f"; did you mean {known[near[0]]}?"
    return formula_error(text, node.at, what, fix)


def describe_question(question: Question) -> dict[str, Any]:
    """Return the id, statement, symbols and example of a question."""
    constants = [_write_constant(word, numbers) for word, numbers in question.constants()]
    symbols = [{"text": known.text, "description": known.description} for known in question.known]
    symbols += [{"text": ", ".join(constants), "description": "given numbers and earlier results"}] if constants else []
    return {
        "id": question.id,
        "statement": question.title,
        "asked": question.asked,
        "symbols": symbols,
        "example": question.example or _give_example(question),
    }


def _give_example(question: Question) -> str:
    """Return a formula that shows the notation and is not the answer."""
    if not question.known:
        return "w_{13} x_1 - 0.5"
    terms = []
    for known in [known for known in question.known if not known.is_diagonal][:2]:
        bound = [place.letter for place in known.parsed.indices if place.letter not in question.free]
        terms.append("".join(rf"\sum_{letter} " for letter in dict.fromkeys(bound)) + known.text)
    return " - ".join(["1", *terms])


def _write_constant(word: str, numbers: tuple[int, ...]) -> str:
    return f"{word}{'_' if numbers else ''}{','.join(map(str, numbers))}"


def list_symbols(question: Question) -> str:
    """Return the symbols that a question defines, one per line."""
    rows = [(known.text, known.description) for known in question.known]
    if constants := question.constants():
        names = [_write_constant(word, numbers) for word, numbers in constants]
        rows.append((", ".join(names), "given numbers and earlier results"))
    width = max(len(written) for written, _ in rows) if len(rows) > 1 else 0
    return "\n".join(f"    {written.ljust(width)}  {description}" for written, description in rows)
