"""The rules of backpropagation with sigmoids: the deltas of output and hidden neurons, and the weight update."""

from sympy import Sum

from lemma.exercises.algebra.notation import unevaluated
from lemma.exercises.algebra.symbols import delta, eta, i, j, k, m, o, t, w, x

ARRIVING = Sum(delta[k] * w[j, k], (k, 1, m))
with unevaluated():
    OUTPUT_DELTA = (t[j] - o[j]) * o[j] * (1 - o[j])
    HIDDEN_DELTA = o[j] * (1 - o[j]) * ARRIVING
    UPDATE = w[i, j] + eta * delta[j] * x[i, j]
