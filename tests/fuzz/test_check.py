"""Answers to `lemma check`, and networks for `lemma trace`."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from lemma.exercises.check import check
from lemma.exercises.questions import QUESTIONS
from lemma.exercises.trace import trace
from tests.fuzz.harness import damaged, fuzzed, odd, tried
from tests.project import ROOT

RIGHT = [b"(t_j - o_j) o_j (1 - o_j)", rb"\left(t_j - o_j\right) \sigma'(s_j)", rb"\sum_{k} \delta_k w_{j,k}"]
PIECES = [
    *("o_j", "t_j", "w_{j,k}", r"\delta_k", "x", "1", "2.5", "9" * 40, r"\eta", "σ(s_j)", "e", "i", r"\alpha", "o_{j"),
    *("+", "-", "*", "/", "^", "**", "^9^9^9", "(", ")", "{", "}", r"\frac{1}{2}", r"\frac", r"\sum_{k=1}^{m}"),
    *(r"\sum", "\\", "$", "_", "'", "exp(", "ln(0)", "1/0", r"\partial", "[", "]", ",", "=", " ", "\n", "\x00", "؟"),
    *("__import__('os')", "lambda: 0"),
]
NETWORK = (ROOT / "resources/networks/exercise4.yaml").read_bytes()
VALUES = ["1", "-2", "1/10", "0.1", "1e9999", "1e-9999", "1/0", "9" * 5000, "nan", "inf", "", "1_0", "०", "0x1"]
NUMBERS = st.sampled_from(VALUES)


@fuzzed
@given(st.sampled_from([*QUESTIONS, "", "no.such"]), st.lists(st.sampled_from(PIECES), max_size=12))
def test_an_answer_of_pieces(question: str, pieces: list[str]) -> None:
    with tried("lemma check"):
        check(question, "".join(pieces))


@fuzzed
@given(question=st.sampled_from([*QUESTIONS]), answer=st.sampled_from(RIGHT).flatmap(damaged) | st.binary(max_size=60))
def test_an_answer_of_damaged_text(question: str, answer: bytes) -> None:
    with tried("lemma check"):
        check(question, answer.decode("latin-1"))


def _trace(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.yaml"
        path.write_bytes(content)
        trace(path)


@fuzzed
@given(content=damaged(NETWORK) | st.binary(max_size=200))
def test_a_damaged_network(content: bytes) -> None:
    with tried("lemma trace"):
        _trace(content)


@fuzzed
@given(data=st.data())
def test_a_network_of_any_values(data: st.DataObject) -> None:
    names = st.sampled_from("123456ab")
    activation = st.sampled_from(["sign", "step", "identity", "sigmoid"]) | odd
    lines = [f"eta: {data.draw(NUMBERS)}", "neurons:"]
    for name in data.draw(st.lists(names, max_size=6)):
        fed = data.draw(st.dictionaries(names, NUMBERS, max_size=3))
        weights = ", ".join(f"{source}: {weight}" for source, weight in fed.items())
        what = f"weights: {{{weights}}}" if data.draw(st.booleans()) else f"input: {data.draw(NUMBERS)}"
        lines.append(f"  {name}: {{activation: {data.draw(activation)!r}, {what}, target: {data.draw(NUMBERS)}}}")
    with tried("lemma trace"):
        _trace("\n".join(lines).encode("utf-8", "replace"))
