"""Questions of a teacher, read from a YAML file; they are graded like those of the exercises."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sympy import IndexedBase, Symbol

from lemma.errors import InputError, choose
from lemma.exercises.grading.answer import parse
from lemma.exercises.grading.answer_tree import Name, symbols
from lemma.exercises.grading.functions import TooLargeError
from lemma.exercises.grading.meaning import interpret
from lemma.exercises.grading.question import KnownSymbol, Question
from lemma.exercises.grading.questions import QUESTIONS
from lemma.exercises.grading.sides import OtherLayerError, split_sides
from lemma.exercises.grading.spelling import normalize

EXAMPLE = "See the example in docs/teaching.md."


class OwnSymbol(BaseModel):
    """A symbol of a question: an output lies between 0 and 1, a net input is that of an output with a sigmoid."""

    model_config = ConfigDict(extra="forbid")
    text: str
    description: str = ""
    kind: Literal["number", "output", "net input"] = "number"
    of: str = ""


class OwnQuestion(BaseModel):
    """A question: what is asked, its symbols, the size of each index, the right answer, and hints for known slips."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)
    id: str
    statement: str
    asked: str
    answer: str
    symbols: list[OwnSymbol]
    sizes: dict[str, str] = Field(default_factory=dict)
    slips: dict[str, str] = Field(default_factory=dict)
    example: str = ""


def read_questions(path: Path) -> Mapping[str, Question]:
    """Return the questions of a YAML file by id.

    Raises:
        InputError: If the file or a question is invalid; the message names the question.
    """
    if not path.is_file():
        raise InputError(f"{path} is not a file.", EXAMPLE)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not YAML: {' '.join(str(error).split())}.", EXAMPLE) from None
    if not isinstance(content, list) or not content:
        raise InputError(f"{path} holds no list of questions.", EXAMPLE)
    questions: dict[str, Question] = {}
    for place, entry in enumerate(content, start=1):
        name = entry.get("id", place) if isinstance(entry, dict) else place
        try:
            question = build_question(OwnQuestion.model_validate(entry))
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            raise InputError(f"{path}: question {name}: {wrong}.", EXAMPLE) from None
        except (TooLargeError, OtherLayerError) as error:
            what = f"a formula is too large or of another layer {error}".rstrip()
            raise InputError(f"{path}: question {name}: {what}.", EXAMPLE) from None
        except InputError as error:
            raise InputError(f"{path}: question {name}: {error.what}", error.fix) from None
        if question.id in questions:
            raise InputError(f"{path}: two questions have the id {question.id}.", "Give each question its own id.")
        questions[question.id] = question
    return questions


def build_question(own: OwnQuestion) -> Question:
    """Return the question that a teacher describes.

    Raises:
        InputError: If a formula of it cannot be read.
    """
    sizes = {size: Symbol(size, integer=True, positive=True) for size in own.sizes.values()}
    names = {symbol.text: _parse_symbol(symbol.text) for symbol in own.symbols}
    letters = {place.letter for name in [*names.values(), *_names(own.asked)] for place in name.indices} - {""}
    if missing := sorted(letters - set(own.sizes)):
        raise InputError(f"The index {missing[0]} has no size.", f"Add it to the sizes, as in {{{missing[0]}: n}}.")
    values = {symbol.text: _value(names[symbol.text]) for symbol in own.symbols if symbol.kind != "net input"}
    known = []
    for symbol in own.symbols:
        if symbol.kind == "net input" and symbol.of not in values:
            raise choose("output", symbol.of, list(values))
        value = values[symbol.of if symbol.kind == "net input" else symbol.text]
        known.append(KnownSymbol(symbol.text, symbol.description, value, symbol.kind == "net input"))
    outputs = tuple(values[symbol.text] for symbol in own.symbols if symbol.kind == "output")
    question = Question(
        own.id,
        own.statement,
        own.asked,
        "",
        tuple(known),
        {letter: sizes[size] for letter, size in own.sizes.items()},
        outputs=outputs,
        example=own.example or own.answer,
    )
    slips = {hint: _read(question, formula) for hint, formula in own.slips.items()}
    return replace(question, stated=_read(question, own.answer), own_slips=slips)


def _read(question: Question, formula: str) -> Any:
    return interpret(question, split_sides(question, formula)[-1])


def _names(text: str) -> list[Name]:
    return list(symbols(parse(normalize(text))))


def _parse_symbol(text: str) -> Name:
    tree = parse(normalize(text))
    if not isinstance(tree, Name):
        raise InputError(f"'{text}' is not a symbol.", "Write a letter with its indices, such as w_{j,k}.")
    return tree


def _value(name: Name) -> Any:
    text = name.name + (f"^{{({name.layer})}}" if name.layer else "")
    return IndexedBase(text) if name.indices else Symbol(text)


def find_own(questions: Mapping[str, Question], identity: str) -> Question:
    """Return a question of a teacher, or of the exercises.

    Raises:
        InputError: If there is no such question; the message lists the existing ones.
    """
    known = {**QUESTIONS, **questions}
    if identity not in known:
        raise choose("question", identity, list(questions) or list(known))
    return known[identity]
