"""The result of one check of `lemma doctor`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """The result of a check.

    Attributes:
        subject: what was checked.
        text: what was observed.
        fix: the command that repairs it; "" if nothing is wrong.
    """

    subject: str
    text: str
    fix: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.fix
