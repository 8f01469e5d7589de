"""Exercise 1: neurons as linear separators, any Boolean function by two layers, and memorisation."""

from lemma.exercises.ex1.boolean import any_function
from lemma.exercises.ex1.memory import accuracy, lookup
from lemma.exercises.ex1.separators import half_space, no_exclusive_or, sigmoid_decision, sign_decision
from lemma.exercises.proof.claim import Part

TITLE = "Neurons as linear separators, and networks as truth tables"


def parts() -> tuple[Part, ...]:
    """Return the parts of the exercise."""
    return (
        Part(
            number="i",
            question=r"A neuron has the inputs $x_1, \ldots, x_n$, the weights $w_1, \ldots, w_n$, the bias $b$ and "
            r"the net input $s = \sum_{i=1}^{n} w_i x_i + b$. Its output is $\varphi(s)$, which is 1 if $s \ge 0$ and "
            "$-1$ otherwise. Show that it is a linear separator.",
            answer=r"For $w \ne 0$ it accepts the points on one side of the hyperplane $\sum_{i=1}^{n} w_i x_i = -b$, "
            "which is perpendicular to $w$, and the hyperplane itself.",
            claims=(sign_decision(), half_space()),
        ),
        Part(
            number="ii",
            question=r"The output is $\sigma(s) = \frac{1}{1 + e^{-s}}$ instead, and the neuron accepts an input if "
            r"the output is at least a threshold $\theta$ between 0 and 1. Show that it is a linear separator, too.",
            answer=r"It accepts the points on one side of a parallel hyperplane, $\sum_{i=1}^{n} w_i x_i = \ln "
            r"\frac{\theta}{1 - \theta} - b$. For $\theta = \frac{1}{2}$ this is the hyperplane of the sign "
            "activation.",
            claims=(sigmoid_decision(),),
        ),
        Part(
            number="iii",
            question=r"The gates of a network are neurons with the step activation $H(s)$, which is 1 if $s \ge 0$ and "
            "0 otherwise. Show that two layers of gates compute any Boolean function of $n$ features, with an AND gate "
            "for each row of the truth table on which the function is true, and an OR gate of their outputs. The rows "
            r"are numbered from 1 to $N = 2^n$; $r_{j,i}$ is feature $i$ in row $j$, and $f_j$ the value of the "
            "function. The input is row $l$.",
            answer="The AND gate of a row outputs 1 for this row only. The OR gate outputs 1 if such a gate exists for "
            "the input, which is the case if and only if the function is true there.",
            claims=(any_function(),),
        ),
        Part(
            number="iv",
            question="The training instances of a binary classifier have $n$ Boolean features, and no input has two "
            "labels. The network of (iii) has one AND gate for each training instance, instead of each row. Why does "
            "it learn the training data perfectly, and why may it be wrong on new data?",
            answer="For a training instance the output is its label. For any other input no AND gate outputs 1, so "
            "that the network always answers false: it has stored the training data, and has not generalised. If the "
            r"function is true on the fraction $p$ of all inputs, its expected accuracy after $m$ random instances is "
            r"$1 - p \left(1 - 2^{-n}\right)^m$.",
            claims=(lookup(), accuracy()),
        ),
        Part(
            number="",
            question="Is a single neuron not sufficient for (iii)?",
            answer="No: for exclusive or, the net inputs of the rows that it rejects have the same sum as those of the "
            "rows that it accepts.",
            claims=(no_exclusive_or(),),
            beyond="It is the reason for the second layer in (iii), whose figure shows the network for exclusive or.",
        ),
    )
