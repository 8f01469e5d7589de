"""The exercises: all claims hold, planted errors are detected, and records are reproducible."""

import importlib
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lemma.errors import CheckError, InputError
from lemma.exercises import EXERCISES, ex7, load, verify
from lemma.exercises.algebra import equality, evaluate
from lemma.exercises.algebra.symbols import i, o, t
from lemma.exercises.outcome import Holds, Scope
from lemma.exercises.proof.claim import Claim, Method, Part, Verdict, verify_claim
from lemma.files import canonical, read_json

Records = list[dict[str, Any]]
CONTRACT = {"id", "exercise", "statement", "verdict", "methods", "mutants"}


@pytest.fixture(scope="module", params=EXERCISES)
def records(request: pytest.FixtureRequest) -> Records:
    return verify.verify_exercise(request.param)


def test_every_claim_is_proved_or_checked_and_every_mutant_is_decided(records: Records) -> None:
    assert records
    for record in records:
        assert (record["id"], record["problems"]) == (record["id"], [])
        assert record["verdict"] == ("proved" if record["scope"] == "all" else "checked")
        mutants = record["mutants"]
        assert mutants["tried"] == mutants["refuted"] > 0
        assert mutants["tried"] + mutants["equivalent"] + mutants["ill_formed"] == len(mutants["list"])


def test_records_follow_the_contract_of_claims_json(records: Records) -> None:
    for record in records:
        assert set(record) >= CONTRACT
        assert re.fullmatch(r"\d+(\.[ivx]+)?(\.[a-z0-9-]+)?", record["id"])
        assert {method["scope"] for method in record["methods"]} <= {"all", "sizes", "samples"}
        assert len({method["library"] for method in record["methods"]}) >= 2


def test_each_part_has_a_question_and_an_answer(records: Records) -> None:
    for record in records:
        part = record["part"]
        assert part["question"]
        assert part["answer"]
        assert not re.search(r"[a-z_]+\.[a-z_]+\(|`", part["question"] + part["answer"])


def test_the_same_claims_give_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    """A different hash seed changes the iteration order of sets."""
    code = "import sys, pathlib; from lemma.exercises.verify import write_records; "
    code += "write_records(7, pathlib.Path(sys.argv[1]))"
    environment = os.environ | {"PYTHONHASHSEED": "4711"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "7.json")], env=environment, check=True)
    assert (tmp_path / "7.json").read_text() == canonical(verify.verify_exercise(7)) + "\n"


def test_listing_the_exercises_imports_neither_sympy_nor_torch() -> None:
    code = "import sys; from lemma.exercises import EXERCISES; "
    code += "print(list(EXERCISES), {'sympy', 'torch'} & set(sys.modules))"
    listed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert listed == f"{list(EXERCISES)} set()\n"


def test_an_unknown_exercise_is_refused_with_the_existing_ones() -> None:
    with pytest.raises(InputError, match="Unknown exercise '99'") as error:
        verify.verify_exercise(99)
    assert ", ".join(map(str, EXERCISES)) in error.value.fix


def test_each_exercise_has_a_title() -> None:
    assert all(load(number).TITLE for number in EXERCISES)


def plant(monkeypatch: pytest.MonkeyPatch, claim: Claim[Any], **changes: Any) -> None:
    """Let exercise 7 consist of one claim, changed and with few mutants for speed."""
    changed = replace(claim, **{"mutants": claim.mutants[:4], **changes})
    monkeypatch.setattr(ex7, "parts", lambda: (Part("", "question", "answer", (changed,)),))


def read_failure(path: Path) -> str:
    """Return the message for failing claims of exercise 7, and check that no file is left."""
    path.write_text("the record of an earlier run")
    with pytest.raises(CheckError) as error:
        verify.write_records(7, path)
    assert error.value.exit_code == 1
    assert list(path.parent.iterdir()) == []
    return str(error.value)


def test_a_wrong_sign_is_refuted_with_a_counter_example(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plant(monkeypatch, ex7.entries(), subject=t[i] - o[i])
    message = read_failure(tmp_path / "7.json")
    assert "7.entries is refuted" in message
    assert "SymPy's derivative, every size: computed 4.5, stated -4.5, m = 1, i = 1, o_{1} = 3" in message


def test_a_wrong_step_is_refuted_with_its_number(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    *first, last = ex7.entries().steps
    plant(monkeypatch, ex7.entries(), steps=(*first, replace(last, sides=(last.sides[0], t[i] - o[i]))))
    assert "step 3, = o_{i} - t_{i}: computed" in read_failure(tmp_path / "7.json")


def test_an_undecided_claim_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    blind: Method[Any] = Method("blind", "numpy", lambda subject: Holds(Scope.SAMPLES))
    plant(monkeypatch, ex7.entries(), methods=(*ex7.entries().methods[:2], blind))
    message = read_failure(tmp_path / "7.json")
    assert "7.entries is undecided" in message
    assert "blind refutes no mutant" in message


def test_written_records_can_be_read_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plant(monkeypatch, ex7.entries())
    assert verify.write_records(7, tmp_path / "deep" / "7.json") == read_json(tmp_path / "deep" / "7.json")


def test_an_error_in_the_formula_that_feeds_most_methods_is_found_by_torch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the half, SymPy, z3 and NumPy agree on the doubled gradient; only torch computes the error on its own."""
    text = Path(ex7.__file__).read_text()
    changes = {"ERROR = Rational(1, 2) * Sum": "ERROR = Sum", "ENTRY = o[i] - t[i]": "ENTRY = 2 * (o[i] - t[i])"}
    for right, wrong in changes.items():
        assert text.count(right) == 1
        text = text.replace(right, wrong)
    (tmp_path / "planted.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    claim = importlib.import_module("planted").entries()
    outcomes = {method.library: method.check(claim.subject) for method in claim.methods}
    assert {library for library, outcome in outcomes.items() if isinstance(outcome, Holds)} == {"sympy", "z3", "numpy"}
    assert verify_claim(replace(claim, steps=())).verdict is Verdict.REFUTED


def test_an_evaluator_that_drops_a_term_of_each_sum_is_found_by_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The evaluator serves all methods but torch; both sides of their comparisons lose the same term."""
    original = evaluate._Evaluator._sum

    def drop_last(self: Any, function: Any, limits: Any, *rest: Any) -> Any:
        *inner, (variable, low, high) = limits
        return original(self, function, (*inner, (variable, low, high - 1)), *rest)

    monkeypatch.setattr(evaluate._Evaluator, "_sum", drop_last)
    claim = ex7.directions()
    torch = next(method for method in claim.methods if method.library == "torch")
    assert verify_claim(replace(claim, steps=(), mutants=claim.mutants[:1])).verdict is Verdict.REFUTED
    assert not isinstance(torch.check(claim.subject), Holds)


def test_a_proof_of_equality_that_accepts_everything_contradicts_z3_and_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lemma.exercises.proof.space.subtract", lambda left, right, indices: 0)
    monkeypatch.setattr(
        "lemma.exercises.proof.space.Space.compare_formulas", lambda *arguments, **options: Holds(Scope.SAMPLES)
    )
    result = verify_claim(ex7.entries())
    assert result.verdict is Verdict.UNDECIDED
    assert any(
        problem.startswith("z3 with dual numbers, complex-step method, torch.autograd refutes what is proved equal")
        for problem in result.problems
    )


def test_a_derivative_by_the_wrong_entry_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    """SymPy differentiates by the target instead of the output: the other libraries contradict it."""
    original = equality.differentiate
    monkeypatch.setattr(
        "lemma.exercises.calculus.gradient.differentiate", lambda expression, entry: original(expression, t[i])
    )
    result = verify_claim(replace(ex7.entries(), steps=()))
    assert result.verdict is Verdict.REFUTED
