"""The questions that `lemma check` can grade."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from sympy import IndexedBase, Sum

from lemma.errors import choose
from lemma.exercises.algebra.symbols import O1, O2, W2, delta, eta, g, h, index, m, n, o, p, q, t, w, x
from lemma.exercises.grading.network_questions import network
from lemma.exercises.grading.question import OUTPUT, TARGET, KnownSymbol, Question, logit
from lemma.exercises.grading.update_questions import single_neurons, updates

J, DOWNSTREAM = IndexedBase("J"), IndexedBase("o'")  # a Jacobian, the outputs of the neurons downstream
A1, A2, B1, B2 = (IndexedBase(name) for name in ("W^{(1)}", "W^{(2)}", "b^{(1)}", "b^{(2)}"))  # two layers as matrices
RATE = KnownSymbol(r"\eta", "the learning rate", eta)
DELTA, BY_NET_INPUT = r"\delta_j", r"-\frac{\partial E}{\partial s_j}"  # the same
GRADIENT = r"\frac{\partial E}{\partial %s}"


def find_question(identity: str) -> Question:
    """Return the question with the given id, or with a claim of this id.

    Raises:
        InputError: If there is no such question; the message lists the existing ones.
    """
    by_claim = {question.claim: question for question in QUESTIONS.values() if question.claim}
    if identity not in QUESTIONS and identity not in by_claim:
        raise choose("question", identity, list(QUESTIONS))
    return QUESTIONS.get(identity) or by_claim[identity]


def _net(text: str, output: Any) -> KnownSymbol:
    return KnownSymbol(text, "its net input", output, is_net_input=True)


def _upstream(by: str) -> tuple[KnownSymbol, KnownSymbol]:
    """Return the upstream gradient in both notations, as a derivative and as g."""
    short = KnownSymbol(f"g_{by[-1]}", "the same gradient, in short", g)
    return KnownSymbol(GRADIENT % by, "the upstream gradient", g, layer="2"), short


def neurons() -> Iterator[Question]:
    """Yield the questions of exercise 3, the update rules of a neuron."""
    known = (
        KnownSymbol(r"\varphi", r"the output, which is \varphi(x) and \sigma(s)", OUTPUT),
        KnownSymbol("o", "the same output", OUTPUT),
        KnownSymbol("s", r"the net input, \sum_i w_i x_i", OUTPUT, is_net_input=True),
        KnownSymbol("t", "the target", TARGET),
        RATE,
        KnownSymbol("x_i", "input i", x),
        KnownSymbol("w_i", "its weight", w),
    )
    net = (Sum(w[q] * x[q], (q, 1, n)), logit(OUTPUT))
    phi = frozenset("swx")
    rules = {"squared error": "SQUARED_RULE", "log-likelihood": "LIKELIHOOD_RULE", "cross-entropy": "LIKELIHOOD_RULE"}
    for loss, rule in rules.items():
        name, title, ranges = loss.replace(" ", "-"), f"The weight update for the {loss}", dict.fromkeys("ijkl", n)
        yield Question(
            f"3.{name}",
            title,
            r"\Delta w_i",
            f"ex3.rules.{rule}",
            known,
            ranges,
            f"3.ii.{name}",
            net_input=net,
            aliases=(r"\Delta w_l",),
            index_letters={"l": "i"},
            phi=phi,
        )


def layers() -> Iterator[Question]:
    """Yield the questions of exercise 5, two layers as one."""
    known = (
        KnownSymbol("W^{(2)}_{j,k}", "the second layer's matrix, row j, column k", A2),
        KnownSymbol("W^{(1)}_{k,i}", "the first layer's matrix, row k, column i", A1),
        KnownSymbol("w^{(2)}_{k,j}", "the weight from k to j, which is W^{(2)}_{j,k}", lambda k, j: A2[j, k]),
        KnownSymbol("w^{(1)}_{i,k}", "the weight from i to k, which is W^{(1)}_{k,i}", lambda i, k: A1[k, i]),
        KnownSymbol("b^{(2)}_j", "the second layer's biases", B2),
        KnownSymbol("b^{(1)}_k", "the first layer's biases", B1),
    )
    weight, bias = "The weight matrix of the single layer, row j, column i", "The bias j of the single layer"
    for place, (title, asked) in enumerate(((weight, "W_{j,i}"), (bias, "b_j"))):
        name, ranges = title.split()[1], {"j": p, "i": n, "k": m}
        yield Question(
            f"5.{name}",
            title,
            asked,
            "ex5.depth.RULE",
            known,
            ranges,
            read=partial(_collapse, place),
            allows_vectors=True,
        )


def _collapse(place: int, rule: Any) -> Any:
    """Return the weight or the bias of two layers from the rule for a further layer."""
    return rule.step[place].xreplace(dict(zip(map(IndexedBase, "WAbc"), (A2, A1, B2, B1), strict=True)))


def rules() -> Iterator[Question]:
    """Yield the questions of exercise 6, the rules of backpropagation."""
    here = _here("2")
    known = (*here, KnownSymbol("t_j", "its target", t))
    title = "The delta of an output neuron j with a sigmoid activation"
    yield Question(
        "6.output", title, DELTA, "ex6.update_rules.OUTPUT_DELTA", known, {"j": m, "k": m}, aliases=(BY_NET_INPUT,)
    )
    here = _here("1")
    downstream = (
        KnownSymbol(r"\delta_k", "the delta of neuron k downstream, k = 1, ..., m", delta, layer="2"),
        KnownSymbol("w_{j,k}", "the weight from neuron j to neuron k", w, layer="2"),
        KnownSymbol("o_k", "the output of neuron k downstream, o' in an example", DOWNSTREAM, layer="2"),
        _net("s_k", DOWNSTREAM),
    )
    title = "The delta of a hidden neuron j with a sigmoid activation"
    yield Question(
        "6.hidden",
        title,
        DELTA,
        "ex6.update_rules.HIDDEN_DELTA",
        (*here, *downstream),
        {"j": n, "k": m},
        aliases=(BY_NET_INPUT,),
    )
    factors = (
        KnownSymbol("w_{i,j}", "the weight before the update", w),
        RATE,
        KnownSymbol(r"\delta_j", "the delta of neuron j", delta),
        KnownSymbol(GRADIENT % "s_j", "minus its delta", lambda j: -delta[j]),
        KnownSymbol("o_i", "the output of neuron i, which is x_{i,j}", lambda i: x[i, index("j")]),
        KnownSymbol("x_{i,j}", "the input of neuron j from neuron i", x),
    )
    title = "The updated weight from neuron i to neuron j"
    yield Question("6.update", title, "w_{i,j}", "ex6.update_rules.UPDATE", factors, {"i": n, "j": m})


def _here(layer: str) -> tuple[KnownSymbol, KnownSymbol]:
    text = r"the output of neuron j, which is \sigma(s_j)"
    return KnownSymbol("o_j", text, o, layer=layer), replace(_net("s_j", o), layer=layer)


def gradients() -> Iterator[Question]:
    """Yield the questions of exercises 7 and 8, gradients of the nodes of a computation graph."""
    ends = (KnownSymbol("o_i", "output i", o), KnownSymbol("t_i", "its target", t))
    title = "Entry i of the gradient of the squared error with respect to the outputs"
    yield Question("7", title, GRADIENT % "o_i", "ex7.ENTRY", ends, {"i": m, "k": m}, "7.entries", allows_vectors=True)
    ends = (KnownSymbol("o^{(2)}_k", "output k", O2), KnownSymbol("t_k", "its target", t))
    title = "Entry k of the gradient of the error with respect to the outputs of the second layer"
    yield Question(
        "8.i", title, GRADIENT % "o^{(2)}_k", "ex8.network.BY_OUTPUT", ends, {"k": m, "j": m}, allows_vectors=True
    )
    outputs = (*_upstream("o_i"), KnownSymbol("o_i", r"the output, which is \sigma(s_i)", o), _net("s_i", o))
    diagonal = KnownSymbol(
        "J_i", "row and column i of the Jacobian J of the layer", lambda i: o[i] * (1 - o[i]), is_diagonal=True
    )
    title = "Entry i of the gradient with respect to the net inputs of a layer of sigmoids"
    yield Question(
        "8.ii",
        title,
        GRADIENT % "s_i",
        "ex8.activations.BY_SIGMOID",
        (*outputs, diagonal),
        {"i": n, "j": n},
        "8.ii.sigmoid",
        allows_vectors=True,
    )
    symbol = r"\frac{\partial o_j}{\partial s_i}"
    jacobian = (KnownSymbol("J_{j,i}", f"the Jacobian: {symbol}", J), KnownSymbol(symbol, "the Jacobian", J))
    title = "Entry i of the gradient with respect to the n inputs of a function with m outputs"
    yield Question(
        "8.ii.jacobian",
        title,
        GRADIENT % "s_i",
        "ex8.activations.BY_NET_INPUT",
        (*_upstream("o_j"), *jacobian),
        {"i": n, "j": m},
        allows_vectors=True,
        size_letters={"k": m},
    )
    upstream = (*_upstream("s_j"), KnownSymbol(r"\delta_j", rf"minus {GRADIENT % 's_j'}", lambda j: -g[j]))
    weights = (
        KnownSymbol("w_{i,j}", "the weight from i to j", w),
        KnownSymbol("W_{j,i}", "row j, column i of W, which is w_{i,j}", lambda j, i: w[i, j]),
    )
    title = "Entry i of the gradient with respect to the inputs of a weight layer"
    yield Question(
        "8.iii",
        title,
        GRADIENT % "o_i",
        "ex8.weights.BY_INPUT",
        (*upstream, *weights),
        {"i": n, "j": m},
        allows_vectors=True,
    )
    title, inputs = (
        "The gradient with respect to the weight from i to j",
        KnownSymbol("o_i", "input i of the layer", o, layer="1"),
    )
    yield Question(
        "8.iv",
        title,
        GRADIENT % "w_{i,j}",
        "ex8.weights.BY_WEIGHT",
        (*upstream, inputs),
        {"i": n, "j": m},
        allows_vectors=True,
        aliases=(GRADIENT % "W",),
    )


def linear() -> Iterator[Question]:
    """Yield the questions of exercise 9, a network with linear outputs."""
    ends = (KnownSymbol("o^{(2)}_k", "output k of the network", O2), KnownSymbol("t_k", "its target", t))
    title, ranges = "The delta of a linear output k", {"k": m, "j": m}
    yield Question("9.output", title, r"\delta_k", "ex9.OUTPUT_DELTA", ends, ranges, allows_vectors=True)
    known = (
        KnownSymbol("o^{(1)}_j", r"the output of neuron j, which is \sigma(s_j)", O1),
        _net("s^{(1)}_j", O1),
        *ends,
        KnownSymbol("w^{(2)}_{j,k}", "the weight from neuron j to output k", W2),
        KnownSymbol(r"\delta_k", "the delta of output k, t_k - o_k", lambda k: t[k] - O2[k]),
    )
    title = "The delta of a hidden neuron j of a network with linear outputs"
    yield Question(
        "9.hidden",
        title,
        DELTA,
        "ex9.HIDDEN_DELTA",
        known,
        {"j": h, "k": m},
        aliases=(BY_NET_INPUT,),
        layers=("1",),
        alternatives=_with_tanh,
    )


def _with_tanh() -> Mapping[str, Any]:
    j, k = index("j"), index("k")
    total = Sum((t[k] - O2[k]) * W2[j, k], (k, 1, m))
    return {"for tanh, whose derivative is 1 - o_j^2": (1 - O1[j] ** 2) * total}


_PARTS = (single_neurons, neurons, network, layers, rules, gradients, linear, updates)
QUESTIONS: Mapping[str, Question] = {question.id: question for part in _PARTS for question in part()}
