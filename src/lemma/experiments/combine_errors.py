"""Combine several errors, so that a command can do the rest of its work before it exits with code 2."""

from lemma.errors import InputError


def combine_errors(failures: list[InputError]) -> InputError:
    """Return a single error unchanged, and several as one error that lists each with its fix."""
    if len(failures) == 1:
        return failures[0]
    lines = [f"{failure.what} {failure.fix}".strip() for failure in failures]
    return InputError(f"{len(lines)} failures.\n" + "\n".join(f"- {line}" for line in lines))
