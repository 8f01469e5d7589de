"""Exercise 3: logistic regression and the sigmoid neuron are one function, but learn different weights."""

from lemma.exercises.ex3.rules import cross_entropy, log_likelihood, squared_error
from lemma.exercises.ex3.same_function import probability
from lemma.exercises.ex3.training import learned_weights
from lemma.exercises.proof.claim import Part

TITLE = "Logistic regression and the sigmoid neuron"


def parts() -> tuple[Part, ...]:
    """Return the two parts of the exercise."""
    return (
        Part(
            number="i",
            question=r"A neuron with weights $w_1, \ldots, w_n$ and the sigmoid $\sigma$ as activation function, and a "
            r"logistic regression classifier with the same weights, receive the inputs $x_1, \ldots, x_n$. A first "
            r"student says that the two models are the same. Write down the output $o$ of the neuron and the "
            r"probability $P(c_{+} \mid x)$ of the positive class. What do the formulas show? (A bias is the weight of "
            r"a constant input 1.)",
            answer=r"Both are $\frac{1}{1 + e^{-s}}$ with $s = \sum_{k=1}^{n} w_k x_k$: with the same weights, the "
            r"neuron and logistic regression compute the same function. About the function, the first student is "
            r"right.",
            claims=(probability(),),
        ),
        Part(
            number="ii",
            question=r"A second student answers that the two models learn different weights, even from the same data, "
            r"the same initial weights and with the same optimiser. The neuron is trained by gradient descent on the "
            r"squared error $E = \frac{1}{2} (t - o)^2$, logistic regression by gradient ascent on the log-likelihood "
            r"$\ell = t \ln o + (1 - t) \ln (1 - o)$, where $t$ is 1 for an instance of the positive class and 0 "
            r"otherwise. Write down both update rules. What do they show?",
            answer=r"The update rules are $\Delta w_i = \eta \, (t - o) \, o \, (1 - o) \, x_i$ for the squared error "
            r"and $\Delta w_i = \eta \, (t - o) \, x_i$ for the log-likelihood, so in general the two models learn "
            r"different weights: if the neuron minimises the squared error, the second student is right. If it "
            r"minimises the cross-entropy $-\ell$, both have the same rule and learn the same weights, and the first "
            r"student is right.",
            claims=(squared_error(), log_likelihood(), cross_entropy(), learned_weights()),
        ),
    )
