"""Questions whose answer is a formula: the correct answer, and the symbols that an answer may use.

The correct answer is a formula of an exercise, whose module is imported when it is needed. The arrays of a question are
independent of each other: a net input is expressed by its output, s = ln(o / (1 - o)). Therefore o and sigma(s) are the
same expression in every proof, and an output lies between 0 and 1.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from importlib import import_module
from typing import Any, cast

import sympy
from sympy import Indexed, IndexedBase, Symbol

from lemma.exercises.algebra.symbols import eta, index, o, s
from lemma.exercises.calculus.functions import logistic, sigma
from lemma.exercises.grading.answer import parse
from lemma.exercises.grading.answer_tree import Name, symbols
from lemma.exercises.proof.space import Space

OUTPUT, TARGET = Symbol(r"\varphi"), Symbol("t")  # of a single neuron
_SCALARS = {r"\varphi": OUTPUT, "o": OUTPUT, "t": TARGET, r"\eta": eta}


def logit(output: Any) -> Any:
    """Return the net input of a sigmoid with the given output."""
    return sympy.log(output / (1 - output))


def artanh(output: Any) -> Any:
    """Return the net input of a tanh with the given output."""
    return sympy.log((1 + output) / (1 - output)) / 2


@dataclass(frozen=True)
class KnownSymbol:
    """A symbol that an answer may use.

    Attributes:
        text: Notation in LaTeX, with the letters of its indices.
        description: What it stands for.
        value: An array, a number, or a function that returns the expression for given indices.
        is_net_input: Whether it is the net input of the output `value`.
        layer: The layer that may be written with it.
        inverse: The inverse of the activation function, which gives a net input.
        is_diagonal: Whether it is the diagonal of a matrix, which is written without indices.
    """

    text: str
    description: str
    value: Any
    is_net_input: bool = False
    layer: str = ""
    is_diagonal: bool = False
    inverse: Callable[[Any], Any] = logit

    @cached_property
    def parsed(self) -> Name:
        """Return the symbol as it is parsed in an answer."""
        return cast(Name, parse(self.text))

    def entry(self, *places: Any) -> Any:
        """Return the expression for given indices."""
        if isinstance(self.value, IndexedBase):
            value = self.value[places]
        else:
            value = self.value if isinstance(self.value, Symbol) else self.value(*places)
        return self.inverse(value) if self.is_net_input else value


@dataclass(frozen=True)
class Question:
    r"""What is asked for, and which symbols an answer may use.

    Attributes:
        id: Identifier that `lemma check` takes.
        title: What is asked for, in words.
        asked: What is asked for, in LaTeX; its indices are free.
        source: Module of an exercise and name of the correct answer, such as ex7.ENTRY.
        known: Symbols that an answer may use.
        ranges: Size of each index.
        claim: Id of the claim that states the answer, if it is not that of the question.
        read: Returns the correct answer from what is found there.
        allows_vectors: Whether `o` may be written for `o_i`.
        net_input: The weighted sum of the neuron, and the expression that replaces it.
        phi: Symbols that make `\phi(...)` a function if its argument has one of them; if none, it always is.
        constants: Returns the numbers known by name and indices.
        aliases: Other notations of what is asked, which may stand on the left side.
        layers: Layers that may be written on the left side.
        alternatives: Other correct answers, by the assumption that makes them correct.
        size_letters: Other letters for sizes.
        index_letters: Other letters for free indices.
        stated: The correct answer of a teacher's own question.
        outputs: Its arrays whose values lie between 0 and 1.
        scalars: Its numbers that are no known symbols but constants.
        own_slips: Formulas of a teacher for known mistakes, by hint.
        example: An answer that shows the notation, in LaTeX.
        perturbed: Returns the numbers and the correct answer for other given numbers, to tell a formula from a value.
    """

    id: str
    title: str
    asked: str
    source: str
    known: tuple[KnownSymbol, ...] = ()
    ranges: Mapping[str, Symbol] = field(default_factory=dict)
    claim: str = ""
    read: Callable[[Any], Any] = lambda subject: subject
    allows_vectors: bool = False
    net_input: tuple[Any, Any] | None = None
    phi: frozenset[str] = frozenset()
    constants: Callable[[], Mapping[tuple[str, tuple[int, ...]], Any]] = dict
    aliases: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    alternatives: Callable[[], Mapping[str, Any]] = dict
    size_letters: Mapping[str, Symbol] = field(default_factory=dict)
    index_letters: Mapping[str, str] = field(default_factory=dict)
    stated: Any = None
    outputs: tuple[Any, ...] = ()
    scalars: tuple[Symbol, ...] = ()
    own_slips: Mapping[str, Any] = field(default_factory=dict)
    example: str = ""
    perturbed: Callable[[frozenset[Fraction]], list[list[tuple[Mapping[Any, Any], Any]]]] | None = None

    @property
    def has_net_input(self) -> bool:
        """Return whether the product of the vectors w and x is the net input s."""
        return self.net_input is not None

    @cached_property
    def free(self) -> Mapping[str, Symbol]:
        """Return the size of each free index."""
        places = [place.letter for name in symbols(parse(self.asked)) for place in name.indices]
        return {letter: self.ranges[letter] for letter in places if letter}

    @cached_property
    def sums(self) -> Mapping[str, Symbol]:
        """Return the size over which a sum without bounds runs, by the letter of its index."""
        return {letter: size for letter, size in self.ranges.items() if letter not in self.free}

    @cached_property
    def sizes(self) -> Mapping[str, Symbol]:
        """Return the sizes that may bound a sum, by their letter."""
        own = {size.name: size for size in (self.sums or self.free).values()}
        return {**self.size_letters, **own}

    @cached_property
    def space(self) -> Space:
        """Return the arrays and scalars of which the known symbols consist, and the free indices."""
        entries = [known.entry(*self.axes(known)) for known in self.known]
        outputs = [*self.outputs, *(known.value for known in self.known if known.is_net_input)]
        return Space(
            {entry.base: entry.indices for whole in entries for entry in sorted(whole.atoms(Indexed), key=str)},
            {index(letter): size for letter, size in self.free.items()},
            tuple(dict.fromkeys(entry for entry in (*entries, *self.scalars) if isinstance(entry, Symbol))),
            tuple(dict.fromkeys(outputs)),
        )

    def axes(self, known: KnownSymbol) -> tuple[Symbol, ...]:
        """Return the sizes of the indices of a symbol."""
        return tuple(self.ranges[place.letter] for place in known.parsed.indices)

    def load_stated(self) -> Any:
        """Return the correct answer as the exercise states it."""
        if self.stated is not None:
            return self.stated
        module, _, name = self.source.rpartition(".")
        return self.read(getattr(import_module(f"lemma.exercises.{module}"), name))

    def answer(self) -> Any:
        """Return the correct answer in the symbols of the question."""
        return self._answer

    @cached_property
    def _answer(self) -> Any:
        return self.in_symbols(self.load_stated())

    def in_symbols(self, formula: Any) -> Any:
        """Return a formula of the exercise in the symbols of the question."""
        return formula if self.stated is not None else in_question_symbols(formula)


def in_question_symbols(formula: Any) -> Any:
    """Return a formula in the symbols of the questions, with sigmoids and net inputs expressed by outputs."""
    scalars = formula.free_symbols - {array.label for array in formula.atoms(IndexedBase)}
    names = {symbol: _SCALARS[symbol.name] for symbol in scalars if symbol.name in _SCALARS}

    written = formula.xreplace(names).replace(sigma, logistic)
    return written.replace(
        lambda node: isinstance(node, Indexed) and node.base == s, lambda node: logit(o[node.indices])
    )
