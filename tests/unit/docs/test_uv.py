"""uv installs the CPU build of torch, as docs/running.md says."""

import tomllib

from tests.project import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_torch_and_nothing_else_comes_from_the_index_of_cpu_builds() -> None:
    (index,) = PROJECT["tool"]["uv"]["index"]
    assert index["url"] == "https://download.pytorch.org/whl/cpu"
    assert index["explicit"]
    assert {name: source["index"] for name, source in PROJECT["tool"]["uv"]["sources"].items()} == {
        "torch": index["name"]
    }


def test_the_lock_pins_a_version_of_torch_that_each_build_has() -> None:
    (torch,) = [line for line in PROJECT["project"]["dependencies"] if line.startswith("torch")]
    assert "+" not in torch  # a local version label such as +cpu would exclude the other builds
    assert torch in (ROOT / "requirements.lock").read_text().splitlines()
