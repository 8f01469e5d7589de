"""Exercise 2: no neuron separates points inside and outside a circle, but their distances can be separated."""

from lemma.exercises.ex2.circle import distance, opposite_points
from lemma.exercises.ex2.convergence import mistake_bound
from lemma.exercises.ex2.inseparable import no_separation
from lemma.exercises.ex2.picture import no_line
from lemma.exercises.proof.claim import Part

TITLE = "Points inside and outside a circle"


def parts() -> tuple[Part, ...]:
    """Return the parts of the exercise."""
    return (
        Part(
            number="i",
            question="The instances of two classes lie inside and outside a circle; their two features are their "
            "coordinates. Why can a neuron not separate the classes? (The picture of the exercise is not at hand: the "
            "points $x_1, x_2, \\ldots$ inside and $z_1, z_2, \\ldots$ outside the unit circle are illustrative.)",
            answer="A neuron decides by the side of a line. An inner point lies between outer points: it is a convex "
            "combination of them, so its net input is the same combination of theirs and cannot have the other sign.",
            claims=(no_separation(), no_line(), opposite_points()),
        ),
        Part(
            number="ii",
            question="Map each instance to a single number, so that a neuron with this number as its only input "
            "separates the classes. Give its weight and its bias.",
            answer="Take the distance $d$ from the centre. With the weight $-1$ and the radius $r$ as the bias, the "
            "net input $r - d$ is non-negative exactly for the points inside or on the circle.",
            claims=(distance(),),
        ),
        Part(
            number="",
            question="Does the perceptron rule find such weights, and after how many mistakes?",
            answer=r"Yes. If some weights $u$ separate the classes with a margin $\gamma$, the rule makes at most $R^2 "
            r"\lvert u \rvert^2 / \gamma^2$ mistakes, where $R$ is the largest norm of an instance.",
            claims=(mistake_bound(),),
            beyond="The exercise asks for a feature with which a perceptron can learn to separate the classes. That it "
            "learns whenever the classes are separable is a theorem, which is proved here.",
        ),
    )
