"""The solution sheet of a network: the computation of `lemma trace`, typeset by `trace.typ`."""

from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

from lemma.errors import BEGIN, InputError
from lemma.exercises.tracing.activation import LINEAR, Activation
from lemma.exercises.tracing.network import BIAS, Edge, Network
from lemma.exercises.tracing.notation import Text
from lemma.exercises.tracing.trace import Section, compute_trace
from lemma.report import typeset
from lemma.report.rich_text import format_formula, rich

MAX_FORMULAS = 5_000  # of a sheet: about 100 pages


class Latex(Text):
    """LaTeX, in which the index of a symbol names the neuron."""

    times = r" \cdot "
    symbols: ClassVar = {"s": "s", "o": "o", "delta": r"\delta", "slope": r"\varphi'", "t": "t", "E": "E"}
    forward_rule = r"$s_j = \sum_i w_{i,j} o_i$, plus the bias $b_j$ if there is one, and $o_j = \varphi_j(s_j)$"

    def delta_rule(self, has_slopes: bool) -> str:
        """Write the rule of the deltas."""
        total = r"t_j - o_j + \sum_k w_{j,k} \delta_k"
        if not has_slopes:
            return rf"$\delta_j = {total}$; only outputs have a target $t_j$, all derivatives are taken as 1"
        return rf"$\delta_j = ({total}) \cdot \varphi'_j$; $\varphi'_j$ is 1 where it is not written"

    def weight_rule(self, eta: Fraction, momentum: Fraction) -> str:
        """Write the rule of the new weights."""
        exact = Latex(None)
        rule, values = r"w_{i,j} \leftarrow w_{i,j} + \eta o_i \delta_j", rf"$\eta = {exact.number(eta)}$"
        if momentum:
            rule += r" + \mu v_{i,j}"
            values += rf", $\mu = {exact.number(momentum)}$ and the previous change $v_{{i,j}}$"
        return f"${rule}$ with {values}"

    def number(self, value: Fraction) -> str:
        """Write a number."""
        text = super().number(value)
        if "e" in text:
            mantissa, exponent = text.split("e")
            return rf"{mantissa} \cdot 10^{{{exponent}}}"
        numerator, _, denominator = text.removeprefix("-").partition("/")
        return rf"{'-' * (value < 0)}\frac{{{numerator}}}{{{denominator}}}" if denominator else text

    def symbol(self, letter: str, name: str = "") -> str:
        """Write the symbol of a value of a neuron or, without a name, of the network."""
        return self.symbols[letter] + (f"_{{{_write_name(name)}}}" if name else "")

    def activate(self, activation: Activation, argument: str) -> str:
        """Write an activation of an argument."""
        names = {Activation.SIGMOID: r"\sigma", Activation.TANH: r"\tanh"}
        function = names.get(activation, rf"\operatorname{{{activation}}}")
        return argument if activation in LINEAR else f"{function}({argument})"

    def change(self, symbol: str, old: Fraction, new: Fraction) -> str:
        """Write an old and a new value."""
        return rf"{symbol}: {self.number(old)} \to {self.number(new)}"

    def state(self, symbol: str, value: Fraction) -> str:
        """Write a given value."""
        return f"{symbol} = {self.number(value)}"

    def label(self, name: str) -> str:
        """Return no label."""
        return ""

    def new_weight(self, edge: Edge, expression: str) -> list[str]:
        """Write the row of a new weight."""
        return ["", rf"{write_weight(edge)} \leftarrow {expression}"]


def write_trace_sheet(network: Network, name: str, templates: Path, out: Path) -> None:
    """Typeset the computation of a network as a PDF.

    Args:
        network: the network.
        name: of the network, for the title.
        templates: the folder of `trace.typ`.
        out: path of the PDF.

    Raises:
        InputError: A value has too many digits, the computation is too long, or the template is missing.
    """
    template = templates / "trace.typ"
    if not template.is_file():
        raise InputError(f"{template} does not exist: a sheet needs the templates of the project.", BEGIN)
    trace = compute_trace(network, Latex)
    formulas = sum(len(section.rows) for _, sections in trace.steps for section in sections)
    if formulas > MAX_FORMULAS:
        raise InputError(f"The sheet would have {formulas} lines, more than {MAX_FORMULAS}.", "Ask for fewer steps.")
    data = {
        "name": name,
        "precision": trace.precision,
        "given": [_format_section(section) for section in _given(network)],
        "steps": [
            {"heading": heading, "sections": [_format_section(section) for section in sections]}
            for heading, sections in trace.steps
        ],
        "effect": _format_section(trace.effect),
    }
    typeset.compile(template, data, {}, out)


def _given(network: Network) -> list[Section]:
    """Return the instances, activations and weights of a network."""
    write = Latex(None)
    instances = [
        [
            str(number) if len(network.samples) > 1 else "",
            *(write.state(write.symbol("s", name), value) for name, value in instance.inputs.items()),
            *(write.state(write.symbol("t", name), value) for name, value in instance.targets.items()),
        ]
        for number, instance in enumerate(network.samples, 1)
    ]
    activations = []
    for name, neuron in network.neurons.items():
        threshold = f" - {write.factor(neuron.threshold)}" if neuron.threshold else ""
        activated = write.activate(neuron.activation, write.symbol("s", name) + threshold)
        activations.append(f"{write.symbol('o', name)} = {activated}")
    weights = [write.state(write_weight(edge), weight) for edge, weight in network.weights.items()]
    error = {
        "squared": r"E = \frac{1}{2} \sum_j (t_j - o_j)^2",
        "cross-entropy": r"E = -\sum_j (t_j \ln o_j + (1 - t_j) \ln(1 - o_j))",
    }
    return [
        Section("Net inputs and targets", "", instances),
        Section("Outputs", "", [["", formula] for formula in activations]),
        Section("Weights", "", [["", formula] for formula in weights]),
        Section("Error", "", [["", error[network.loss]]]),
    ]


def _format_section(section: Section) -> dict[str, Any]:
    rows = [
        {"label": label, "formulas": [format_formula(formula) for formula in formulas if formula]}
        for label, *formulas in section.rows
    ]
    return {"title": section.title, "rule": rich(section.rule), "rows": rows}


def write_weight(edge: Edge) -> str:
    """Write the symbol of a weight or bias."""
    source, name = edge
    return f"b_{{{_write_name(name)}}}" if source == BIAS else f"w_{{{_write_name(source)},{_write_name(name)}}}"


def _write_name(name: str) -> str:
    """Return a name of a neuron: x12 as a letter with an index, words as text."""
    letter, digits = name[:1], name[1:]
    if name.isascii() and letter.isalpha() and digits.isdigit():
        return f"{letter}_{{{digits}}}"
    return name if name.isascii() and (name.isdigit() or len(name) == 1) else rf"\text{{{name}}}"
