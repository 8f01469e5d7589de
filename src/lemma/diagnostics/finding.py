"""What a check found."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, what was found, and the command that mends it; none where nothing is wrong."""

    subject: str
    found: str
    fix: str = ""

    @property
    def sound(self) -> bool:
        return not self.fix
