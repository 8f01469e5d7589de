"""Any content of params.yaml is accepted or refused with a reason."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lemma import params
from lemma.errors import LemmaError
from lemma.params import Params
from tests.fuzz.fuzzing import any_json, fuzz, mutated, survived

GOOD = (Path(__file__).parents[2] / "params.yaml").read_bytes()
# Without comments, so that mutations change values.
PLAIN = yaml.safe_dump(yaml.safe_load(GOOD), sort_keys=False).encode()
PIECES = (
    *(b"&a ", b"*a", b"<<: *a", b"!!int x", b"!!timestamp x", b"!!bool 7", b"!!float ''", b"!!binary x", b"!!set "),
    *(
        b"!!python/object/apply:os.system [touch x]",
        b"? ",
        b": ",
        b"- ",
        b"{",
        b"[",
        b"]",
        b"}",
        b"'",
        b'"',
        b"|\n",
        b"\t",
    ),
    *(
        b".nan",
        b"-.inf",
        b"1e400",
        b"0x" + b"f" * 5000,
        b"9" * 5000,
        b"1:2:3",
        b"2020-13-45",
        b"~",
        b"null",
        b"=",
        b"\xff",
    ),
    *(b'"\\ud800"', b'"\\0"', b"$(touch x)", b"; touch x", b"`touch x`", b"\n...\n", b"---\n", b"%YAML 9.9\n", b"#"),
)
VALUES: dict[str, Any] = yaml.safe_load(GOOD)
ODD = st.sampled_from(
    [
        float("nan"),
        float("inf"),
        -1,
        0,
        10**18,
        True,
        "",
        "\0",
        "a; touch x",
        "$(touch x)",
        [],
        {},
        [[]],
        [None],
        {1: 2},
    ]
)


def _load(folder: Path, content: bytes) -> Params | LemmaError:
    path = folder / "params.yaml"
    path.write_bytes(content)
    return survived("params.yaml", lambda: params.load(path))


@fuzz()
@given(content=mutated(st.sampled_from([GOOD, PLAIN]), *PIECES))
def test_a_mutated_file_is_accepted_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    _load(tmp_path_factory.getbasetemp(), content)


@fuzz()
@given(data=st.data())
def test_replaced_values_are_accepted_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    values = copy.deepcopy(VALUES)
    for _ in range(data.draw(st.integers(1, 3))):
        section: Any = values
        while True:
            key = data.draw(st.sampled_from(sorted(section) if isinstance(section, dict) else range(len(section))))
            if not (isinstance(section[key], dict | list) and section[key]) or data.draw(st.integers(0, 3)) == 0:
                break
            section = section[key]
        section[key] = data.draw(ODD | any_json())
    _load(tmp_path_factory.getbasetemp(), yaml.safe_dump(values, allow_unicode=True).encode())


@fuzz(0.5)
@given(content=st.binary(max_size=300) | st.text("{}[]:,-&*!?|>#%@`'\"\n\t 019ab.~/=<", max_size=120).map(str.encode))
def test_any_bytes_are_accepted_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    _load(tmp_path_factory.getbasetemp(), content)


@fuzz(0.5)
@given(values=any_json())
def test_any_values_are_accepted_or_refused(tmp_path_factory: pytest.TempPathFactory, values: Any) -> None:
    _load(tmp_path_factory.getbasetemp(), yaml.safe_dump(values, allow_unicode=True).encode())


def _doubled(first: str, line: str) -> bytes:
    """Return lines each of which refers to the previous one ten times."""
    lines = [first, *(line.format(n, ",".join([f"*a{n - 1}"] * 10)) for n in range(1, 10))]
    return "\n".join(lines).encode()


def _with(old: str, new: str) -> bytes:
    assert old in GOOD.decode()
    return GOOD.decode().replace(old, new, 1).encode()


NAMES = "\n".join(f"    n{n}: {{split: official}}" for n in range(2000))
HOSTILE = {
    "aliases of aliases": (_doubled("a0: &a0 [x, x]", "a{0}: &a{0} [{1}]"), "expand to too many values"),
    "aliases merged": (_doubled("a0: &a0 {x: 1}", "a{0}: &a{0} {{<<: [{1}]}}"), "expand to too many values"),
    "an alias in itself": (b"datasets: &a {a: *a}", "a value that contains it"),
    "100,000 brackets": (b"[" * 100_000, "nested too deeply"),
    "5,000 nested sections": (b"a: " + b"{a: " * 5000, "nested too deeply"),
    "a megabyte": (GOOD + b"#" * (1 << 20), "more than"),
    "a number of many digits": (_with("epochs: 20", "epochs: 0x" + "f" * 9000), "too large"),
    "many digits in the wrong place": (_with("epochs: 20", "epochs: [0x" + "f" * 9000 + "]"), "too large"),
    "a key twice": (_with("  epochs: 20", "  epochs: 20\n  epochs: 30"), "the key 'epochs' is given twice"),
    "not a number": (_with("max_grad_norm: 5.0", "max_grad_norm: .nan"), "train.max_grad_norm"),
    "half of a character": (_with("device: auto", 'device: "\\ud800"'), "half of a character"),
    "a call": (b"!!python/object/apply:os.system [touch x]", "python/object"),
    "a tag that does not fit": (_with("epochs: 20", "epochs: !!timestamp x"), "'x' is not a valid timestamp"),
    "a path with a null character": (_with("source: null", 'source: "a\\0b"'), "control characters"),
    "long lists of unknown names": (
        _with("datasets: [sst2]", f"datasets: [{', '.join(f'm{n}' for n in range(2000))}]").replace(
            b"\ndatasets:\n", f"\ndatasets:\n{NAMES}\n".replace("    n", "  n").encode()
        ),
        "Unknown dataset 'm0'",
    ),
    "9,000 options": (
        _with("ngrams: [1, 2, 3]", f"ngrams: [{', '.join(map(str, range(1, 9000)))}]"),
        "more than 1000",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_with_the_reason(tmp_path: Path, case: str) -> None:
    content, reason = HOSTILE[case]
    error = _load(tmp_path, content)
    assert isinstance(error, LemmaError)
    assert reason in error.what
    assert len(error.what) < 20_000
