"""One error for several failures, so that a command does all it can before it ends with exit code 2."""

from lemma.errors import InputError


def combine_errors(failures: list[InputError]) -> InputError:
    """Return the failure if there is one, else an error that lists each with what to do about it."""
    if len(failures) == 1:
        return failures[0]
    lines = [f"{failure.what} {failure.fix}".strip() for failure in failures]
    return InputError(f"{len(lines)} failures.\n" + "\n".join(f"- {line}" for line in lines))
