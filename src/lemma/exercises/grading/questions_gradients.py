"""The questions of exercises 6 to 9: the rules of backpropagation, and the gradients from which they follow."""

from collections.abc import Iterator

from lemma.exercises.grading.question import (
    STEP_SIZE,
    Arrays,
    J,
    KnownSymbol,
    Question,
    array_entry,
    delta,
    downstream_outputs,
    eta,
    g,
    gradient,
    h,
    hidden,
    high,
    load_answer,
    load_subject,
    logit,
    m,
    n,
    net_input,
    o,
    outputs,
    t,
    w,
    x,
)

_MINUS_G = KnownSymbol(r"\delta_j", r"minus \frac{\partial E}{\partial s_j}", "delta", (m,), lambda place: -g[place])


def rules() -> Iterator[Question]:
    here = (
        array_entry("o_j", r"the output of neuron j, which is \sigma(s_j)", o, n),
        net_input("s_j", "its net input", o, n),
    )
    yield Question(
        "6.output",
        "The delta of an output neuron j with a sigmoid activation",
        r"\delta_j",
        load_answer("ex6.update_rules", lambda module: module.OUTPUT_DELTA),
        (
            array_entry("o_j", r"the output of neuron j, which is \sigma(s_j)", o, m),
            net_input("s_j", "its net input", o, m),
            array_entry("t_j", "its target", t, m),
        ),
        "6.output",
        {"j": m},
        {"m": m},
        {"k": m},
        {o: (m,), t: (m,)},
        sigmoid_outputs=(o,),
    )
    yield Question(
        "6.hidden",
        "The delta of a hidden neuron j with a sigmoid activation",
        r"\delta_j",
        load_answer("ex6.update_rules", lambda module: module.HIDDEN_DELTA),
        (
            *here,
            array_entry(r"\delta_k", "the delta of neuron k downstream, k = 1, ..., m", delta, m),
            array_entry("w_{j,k}", "the weight from neuron j to neuron k", w, n, m),
            KnownSymbol(
                "o_k",
                "the output of neuron k downstream, o' in an example",
                "o",
                (m,),
                lambda place: downstream_outputs[place],
            ),
            KnownSymbol("s_k", "its net input", "s", (m,), lambda place: logit(downstream_outputs[place])),
        ),
        "6.hidden",
        {"j": n},
        {"m": m},
        {"k": m},
        {o: (n,), downstream_outputs: (m,), w: (n, m), delta: (m,)},
        sigmoid_outputs=(o, downstream_outputs),
    )
    yield Question(
        "6.update",
        "The updated weight from neuron i to neuron j",
        "w_{i,j}",
        load_answer("ex6.update_rules", lambda module: module.UPDATE),
        (
            array_entry("w_{i,j}", "the weight before the update", w, n, m),
            STEP_SIZE,
            array_entry(r"\delta_j", "the delta of neuron j", delta, m),
            array_entry("x_{i,j}", "the input of neuron j from neuron i", x, n, m),
        ),
        "6.update",
        {"i": n, "j": m},
        {"n": n, "m": m},
        {"k": m},
        {w: (n, m), x: (n, m), delta: (m,)},
        (eta,),
    )


def gradients() -> Iterator[Question]:
    by_outputs = (array_entry("o_i", "output i", o, m), array_entry("t_i", "its target", t, m))
    arrays: Arrays = {o: (m,), t: (m,)}
    yield Question(
        "7",
        "Entry i of the gradient of the squared error with respect to the outputs",
        r"\frac{\partial E}{\partial o_i}",
        load_answer("ex7", lambda module: module.ENTRY),
        by_outputs,
        "7.entries",
        {"i": m},
        {"m": m},
        {"k": m},
        arrays,
        allows_vectors=True,
    )
    yield Question(
        "8.i",
        "Entry k of the gradient of the error with respect to the outputs of the second layer",
        r"\frac{\partial E}{\partial o^{(2)}_k}",
        load_subject("ex8.weights", "error"),
        (array_entry("o^{(2)}_k", "output k", o, m, layers=("2", "")), array_entry("t_k", "its target", t, m)),
        "8.i.error",
        {"k": m},
        {"m": m},
        {"j": m},
        arrays,
        allows_vectors=True,
    )
    yield Question(
        "8.ii",
        "Entry i of the gradient with respect to the net inputs of a layer of sigmoids",
        r"\frac{\partial E}{\partial s_i}",
        load_subject("ex8.activations", "sigmoids"),
        (
            *gradient("o", "i", n),
            array_entry("o_i", r"the output, which is \sigma(s_i)", o, n),
            net_input("s_i", "its net input", o, n),
        ),
        "8.ii.sigmoid",
        {"i": n},
        {"n": n},
        {"j": n},
        {o: (n,), g: (n,)},
        sigmoid_outputs=(o,),
    )
    jacobian = r"\frac{\partial o_j}{\partial s_i}"
    yield Question(
        "8.ii.jacobian",
        "Entry i of the gradient with respect to the n inputs of a function with m outputs",
        r"\frac{\partial E}{\partial s_i}",
        load_subject("ex8.activations", "general"),
        (
            *gradient("o", "j", m),
            array_entry("J_{j,i}", f"the Jacobian: {jacobian}", J, m, n),
            KnownSymbol(jacobian, "the Jacobian", "do/ds", (m, n), lambda row, column: J[row, column]),
        ),
        "8.ii.jacobian",
        {"i": n},
        {"m": m},
        {"j": m},
        {J: (m, n), g: (m,)},
    )
    upstream = (*gradient("s", "j", m), _MINUS_G)
    yield Question(
        "8.iii",
        "Entry i of the gradient with respect to the inputs of a weight layer",
        r"\frac{\partial E}{\partial o_i}",
        load_subject("ex8.weights", "inputs"),
        (*upstream, array_entry("w_{i,j}", "the weight from i to j", w, n, m), _ROWS),
        "8.iii",
        {"i": n},
        {"m": m},
        {"j": m},
        {w: (n, m), g: (m,)},
    )
    yield Question(
        "8.iv",
        "The gradient with respect to the weight from i to j",
        r"\frac{\partial E}{\partial w_{i,j}}",
        load_subject("ex8.weights", "weights"),
        (*upstream, array_entry("o_i", "input i of the layer", o, n)),
        "8.iv",
        {"i": n, "j": m},
        {"n": n, "m": m},
        {"k": m},
        {o: (n,), g: (m,)},
    )


_ROWS = KnownSymbol(
    "W_{j,i}", "row j, column i of W, which is w_{i,j}", "W", (m, n), lambda row, column: w[column, row]
)


def linear() -> Iterator[Question]:
    ends = (
        array_entry("o^{(2)}_k", "output k of the network", outputs, m, layers=("2", "")),
        array_entry("t_k", "its target", t, m),
    )
    yield Question(
        "9.output",
        "The delta of a linear output k",
        r"\delta_k",
        load_subject("ex9.linear_output", "output"),
        ends,
        "9.output",
        {"k": m},
        {"m": m},
        {"j": m},
        {outputs: (m,), t: (m,)},
        allows_vectors=True,
    )
    yield Question(
        "9.hidden",
        "The delta of a hidden neuron j of a network with linear outputs",
        r"\delta_j",
        load_answer("ex9.linear_output", lambda module: module.below(module.output().subject).subject),
        (
            array_entry("o^{(1)}_j", r"the output of neuron j, which is \sigma(s_j)", hidden, h, layers=("1", "")),
            net_input("s^{(1)}_j", "its net input", hidden, h, layers=("1", "")),
            *ends,
            array_entry("w^{(2)}_{j,k}", "the weight from neuron j to output k", high, h, m, layers=("2", "")),
            KnownSymbol(
                r"\delta_k", "the delta of output k, t_k - o_k", "delta", (m,), lambda place: t[place] - outputs[place]
            ),
        ),
        "9.hidden",
        {"j": h},
        {"m": m},
        {"k": m},
        {hidden: (h,), outputs: (m,), high: (h, m), t: (m,)},
        sigmoid_outputs=(hidden,),
    )
