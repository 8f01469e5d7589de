"""`lemma trace`: every intermediate value of training steps, as in a calculation by hand."""

from dataclasses import dataclass
from fractions import Fraction

from lemma.exercises.algebra.numbers import show
from lemma.exercises.tracing.activation import PLACES, Activation
from lemma.exercises.tracing.backpropagation import Step, add_errors, propagate, train
from lemma.exercises.tracing.network import BIAS, Network
from lemma.exercises.tracing.notation import DIGITS, Text


@dataclass(frozen=True)
class Section:
    """Part of a trace: its title, the rule that it applies, and rows of a label and formulas."""

    title: str
    rule: str
    rows: list[list[str]]


@dataclass(frozen=True)
class Trace:
    """The computation of a network: its precision, the sections of each step below a heading, and the effect."""

    precision: str
    steps: list[tuple[str, list[Section]]]
    effect: Section


def format_trace(network: Network) -> str:
    """Return the trace of a network as plain text, one value per line."""
    trace = compute_trace(network, Text)
    blocks = [trace.precision]
    for heading, sections in trace.steps:
        blocks += [heading, *map(_format_section, sections)]
    return "\n\n".join(filter(None, [*blocks, _format_section(trace.effect)]))


def compute_trace(network: Network, notation: type[Text]) -> Trace:
    """Return the forward pass, the deltas and the new weights of each step, and their effect on the outputs.

    Raises:
        InputError: If a value has too many digits.
    """
    digits = None if network.is_exact else network.digits or DIGITS
    write = notation(digits)
    steps = list(train(network))
    return Trace(
        f"Values are computed to {PLACES} decimals and printed to {digits}." if digits else "",
        [
            (_name_step(network, number, step), [part(network, write, step) for part in (_forward, _backward, _update)])
            for number, step in enumerate(steps)
        ],
        _effect(network, write, steps),
    )


def _name_step(network: Network, number: int, step: Step) -> str:
    """Return the heading of a step, with its instance if there are several."""
    count, updates = len(network.samples), network.updates
    values = ", ".join(f"{name} = {show(value)}" for name, value in step.instance.inputs.items())
    instance = f": instance {number % count + 1}, {values}" if count > 1 else ""
    return f"Step {number + 1} of {updates}{instance}" if instance or updates > 1 else ""


def _forward(network: Network, write: Text, step: Step) -> Section:
    rows = []
    for name in network.order:
        neuron = network.neurons[name]
        net, out = write.number(step.forward.net[name]), write.number(step.forward.out[name])
        terms = [write.product(step.before[source, name], *_outputs(step, source)) for source in neuron.incoming]
        argument = f"{net} - {write.factor(neuron.threshold)}" if neuron.threshold else net
        activated = write.activate(neuron.activation, argument)
        sides = [write.symbol("o", name), *([activated] if activated != out else []), out]
        weighted = " = ".join([write.symbol("s", name), *([" + ".join(terms)] if terms else []), net])
        rows.append([write.label(name), weighted, " = ".join(sides)])
    return Section("Forward pass", write.forward_rule, rows)


def _outputs(step: Step, source: str) -> list[Fraction]:
    """Return the output that a weight is multiplied by; the 1 of a bias is not written."""
    return [] if source == BIAS else [step.forward.out[source]]


def _backward(network: Network, write: Text, step: Step) -> Section:
    has_slopes = any(slope != 1 for slope in step.slope.values())
    rows = []
    for name in reversed(network.order):
        target, slope, out = step.instance.targets.get(name), step.slope[name], step.forward.out[name]
        own = [] if target is None else [f"({write.number(target)} - {write.factor(out)})"]
        terms = own + [write.product(step.before[name, to], step.delta[to]) for to in network.downstream[name]]
        total = f"({' + '.join(terms)})" if len(terms) > 1 and slope != 1 else " + ".join(terms)
        factor = f"{write.times}{write.factor(slope)}" if slope != 1 else ""
        delta = f"{write.symbol('delta', name)} = {total}{factor} = {write.number(step.delta[name])}"
        rows.append([write.label(name), *([_slope(network, write, step, name)] if has_slopes else []), delta])
    return Section("Backward pass", write.delta_rule(has_slopes), rows)


def _slope(network: Network, write: Text, step: Step, name: str) -> str:
    """Write the derivative of an activation, or nothing where it is 1."""
    slope, out = step.slope[name], step.forward.out[name]
    expressions = {
        Activation.SIGMOID: f"{write.number(out)}{write.times}(1 - {write.number(out)}) = ",
        Activation.TANH: f"1 - {write.product(out, out)} = ",
    }
    expression = expressions.get(network.neurons[name].activation, "")
    return f"{write.symbol('slope', name)} = {expression}{write.number(slope)}" if slope != 1 else ""


def _update(network: Network, write: Text, step: Step) -> Section:
    rows = []
    for (source, name), weight in step.before.items():
        terms = [write.number(weight), write.product(network.eta, *_outputs(step, source), step.delta[name])]
        if network.momentum:
            terms.append(write.product(network.momentum, step.previous[source, name]))
        rows.append(write.new_weight((source, name), f"{' + '.join(terms)} = {write.number(step.after[source, name])}"))
    return Section("Weight update", write.weight_rule(network.eta, network.momentum), rows)


def _effect(network: Network, write: Text, steps: list[Step]) -> Section:
    """Write the outputs of all instances, and the sum of their errors, with the first and the last weights."""
    rows, first, last = [], steps[0].before, steps[-1].after
    for number, instance in enumerate(network.samples, 1):
        old, new = (propagate(network, instance, weights) for weights in (first, last))
        for name, target in instance.targets.items():
            label = [f"instance {number}"] * (len(network.samples) > 1) + [write.label(name)]
            rows.append([
                ", ".join(filter(None, label)),
                write.change(write.symbol("s", name), old.net[name], new.net[name]),
                write.change(write.symbol("o", name), old.out[name], new.out[name]),
                write.state(write.symbol("t", name), target),
            ])  # fmt: skip
    errors = write.change(write.symbol("E"), add_errors(network, first), add_errors(network, last))
    rows.append(["", errors, "", ""])
    return Section(f"Outputs before and after the {f'{len(steps)} updates' if len(steps) > 1 else 'update'}", "", rows)


def _format_section(section: Section) -> str:
    """Return a section as lines with aligned columns."""
    widths = [max(map(len, column)) for column in zip(*section.rows, strict=True)]
    rows = ([cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in section.rows)
    title = f"{section.title}: {section.rule}" if section.rule else section.title
    return "\n".join([title, *(f"  {'   '.join(cells)}".rstrip() for cells in rows)])
