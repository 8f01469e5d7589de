"""Symbols of all exercises: one letter has one meaning, in formulas, in programs and in print.

The weight from neuron i to neuron j is w_{i,j}, the entry of the matrix W at row j, column i. Arrays with a layer in
parentheses belong to the network with one hidden layer of exercises 8 and 9.
"""

from sympy import IndexedBase, Symbol


def index(name: str) -> Symbol:
    """Return the symbol of an index or a size, a positive integer."""
    return Symbol(name, integer=True, positive=True)


i, j, k, l, q, r = (index(name) for name in "ijklqr")  # noqa: E741 - indices
h, m, n, p = (index(name) for name in "hmnp")  # sizes: hidden neurons, outputs, inputs, inputs of a further layer

o, s, t, v, w, x = (IndexedBase(name) for name in "ostvwx")  # outputs, net inputs, targets, direction, weights, inputs
delta, g = IndexedBase(r"\delta"), IndexedBase("g")  # -dE/ds, gradient that arrives from downstream
J = IndexedBase("J")  # Jacobian: J_{j,i} is the derivative of output j by input i
eta, b = Symbol(r"\eta", positive=True), Symbol("b", real=True)  # learning rate, bias of a single neuron
theta = Symbol(r"\theta", positive=True)  # threshold of an output, below 1

W1, W2 = IndexedBase("w^{(1)}"), IndexedBase("w^{(2)}")  # weights of the first and the second layer
S1, S2 = IndexedBase("s^{(1)}"), IndexedBase("s^{(2)}")  # their net inputs
O1, O2 = IndexedBase("o^{(1)}"), IndexedBase("o^{(2)}")  # their outputs
