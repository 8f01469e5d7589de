"""Exercise 3: logistic regression and the sigmoid neuron."""

from typing import Any

from lemma.exercises.claim import Claim
from lemma.exercises.ex3 import logistic, saturation, updates

TITLE = "Logistic regression and the sigmoid neuron"
TASK = (
    r"Logistic regression models the log-odds of class $c_+$ against $c_-$ as $\sum_{k=1}^{n} w_k x_k$ and maximises "
    r"the likelihood of the training data. A neuron with the sigmoid activation $\varphi = \frac{1}{1 + e^{-s}}$, "
    r"where $s = \sum_{k=1}^{n} w_k x_k$, is trained to minimise the squared error $\frac{1}{2} (t - \varphi)^2$. "
    r"(i) Show that $P(c_+ \mid x)$ and the output of the neuron are the same function. (ii) Do both have the same "
    r"update rule? In both models the bias is the weight of a constant input 1."
)


def claims() -> tuple[Claim[Any], ...]:
    """Return the claims of exercise 3."""
    return (*logistic.claims(), *updates.claims(), *saturation.claims())
