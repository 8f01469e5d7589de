"""A project with a tokenized corpus, as for the tests of training."""

from tests.unit.training.conftest import _checkpoint_after_every_epoch, make, project

__all__ = ["_checkpoint_after_every_epoch", "make", "project"]
