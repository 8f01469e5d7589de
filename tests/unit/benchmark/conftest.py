"""The benchmark is tested on the made-up results of named experiments."""

from tests.unit.experiments.conftest import finished, fixture_leave, root, write  # noqa: F401
