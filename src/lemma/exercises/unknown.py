"""The error for a symbol that a question does not know: those it knows, and the likeliest one meant."""

import re
from difflib import get_close_matches

from lemma.errors import InputError
from lemma.exercises.answer_tree import Name, formula_error, plain_name
from lemma.exercises.question import Question


def unknown(question: Question, text: str, node: Name) -> InputError:
    """Return the error for a symbol that the question does not know, with those it knows and the likeliest."""
    constants = question.constants()
    known = {each.name: each.text for each in question.known}
    known |= {word: word for word, _ in constants}
    fix = f"Known here, beside sigma, exp and ln:\n{listed(question)}"
    if node.name == "sum":
        return formula_error(text, node.at, "A sum needs its index", r"Write \sum_{k} or sum_k.")
    if _same(node, question):
        what = f"{node.text} is what is asked for"
    elif node.name in known and node.name not in {word for word, _ in constants}:
        what = f"{node.text} is not known with these indices; did you mean {known[node.name]}?"
    else:
        what = f"{node.text} is not known"
        letters = [letter for letter in node.name if letter in known]
        near = get_close_matches(node.name, known, n=1, cutoff=0.5)
        if not near and node.name.lower() != node.name:
            near = [node.name.lower()] if node.name.lower() in known else []
        if len(node.name) > 1 and len(letters) == len(node.name):
            what += f"; did you mean {'*'.join(node.name)}?"
        elif near:
            what += f"; did you mean {known[near[0]]}?"
    return formula_error(text, node.at, what, fix)


def listed(question: Question) -> str:
    """Return the symbols that a question knows, one a line."""
    rows = [(known.text, known.description) for known in question.known]
    if constants := question.constants():
        names = [f"{word}{'_' if numbers else ''}{','.join(map(str, numbers))}" for word, numbers in constants]
        rows.append((", ".join(names), "the numbers given or found before"))
    width = max(len(written) for written, _ in rows) if len(rows) > 1 else 0
    return "\n".join(f"    {written.ljust(width)}  {description}" for written, description in rows)


def _same(node: Name, question: Question) -> bool:
    """Return whether a symbol is the one that is asked for."""
    asked = re.fullmatch(r"\\?([A-Za-z]+)(?:_(\w|\{.*\}))?", question.asked)
    return bool(asked) and plain_name(asked[1]) == node.name if asked else False
