"""What a stage is: its name, its wildcards, and all that its result depends on."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from lemma.params import Params

Wildcards = Mapping[str, str]
Reads = Callable[[Params, Wildcards], Iterable[str]]


def _reads_nothing(_params: Params, _wildcards: Wildcards) -> Iterable[str]:
    return ()


@dataclass(frozen=True)
class Plot:
    """A plot that DVC draws from data: lines of one column for each model, overlaid for several revisions.

    Attributes:
        title: of the plot; the data set is added.
        path: of the data, a JSON list of rows.
        x: column of the abscissae, and its label.
        y: label of the ordinates.
        networks: whether only neural networks have a line.
    """

    title: str
    path: str
    x: str
    y: str
    networks: bool = False


@dataclass(frozen=True)
class Stage:
    """A stage of the pipeline, declared once. Paths are relative to the project's folder.

    Attributes:
        name: of the stage, its rule and its command.
        help: what it does, in one line.
        wildcards: names of its arguments, in the order of the command line; there is one job for each combination.
        writes: paths of its outputs; wildcards stand in braces, as in Snakemake.
        reads: returns the paths that one job reads of what other stages write, or of the user's own files. Its own
            wildcards may stand in braces.
        keys: keys of params.yaml that the result depends on, dotted.
        code: packages below `src/lemma`, or modules, whose change makes the result stale.
        templates: files of `reports/` that are typeset.
        metrics: those of `writes` that `dvc metrics` shows.
        images: those of `writes` that `dvc plots` shows as images.
        plots: those of `writes` from which `dvc plots` draws lines.
        options: of the command, where the workflow needs some.
    """

    name: str
    help: str
    wildcards: tuple[str, ...]
    writes: tuple[str, ...]
    reads: Reads = _reads_nothing
    keys: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    plots: tuple[Plot, ...] = ()
    options: str = ""

    @property
    def command(self) -> str:
        """The command of one job, its wildcards in braces."""
        return " ".join(["lemma", self.name, *self.options.split(), *(f"{{{name}}}" for name in self.wildcards)])

    @cached_property
    def _patterns(self) -> list[re.Pattern[str]]:
        return [re.compile(_expression(path)) for path in self.writes]

    def match(self, path: str) -> dict[str, str] | None:
        """Return the wildcards of the job that writes `path`; None: this stage does not write it."""
        for pattern in self._patterns:
            if match := pattern.fullmatch(path):
                return match.groupdict()
        return None


def _expression(path: str) -> str:
    """Return the regular expression of a path with wildcards."""
    parts = re.split(r"\{(\w+)\}", path)
    seen: set[str] = set()
    expression = ""
    for number, part in enumerate(parts):
        if number % 2 == 0:
            expression += re.escape(part)
        else:
            expression += f"(?P={part})" if part in seen else f"(?P<{part}>[^/]+)"
            seen.add(part)
    return expression
