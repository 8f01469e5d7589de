"""Two-layer networks with an AND gate for each of some rows and an OR gate, constructed and evaluated.

The rows are numbered 1 to N. The stated net input of the OR gate for input row l is compared with constructed networks:
all networks with few features, and networks with many features in torch.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from sympy import Symbol

from lemma.exercises.batch import Batch
from lemma.exercises.claim import REASON, Holds, Outcome, Refuted
from lemma.exercises.ex1.cube import Cube, functions, rows
from lemma.exercises.ex1.gates import and_net, n, r, x

Arrays = tuple[Any, ...]  # for each array of the cube (networks, N); a row has a gate where all are 1


def tables(features: int) -> Iterator[Arrays]:
    """Yield the truth tables of all functions."""
    for block in functions(features):
        yield (block,)


def training_sets(features: int) -> Iterator[Arrays]:
    """Yield all subsets of rows as training sets, with all labels."""
    size = 2**features
    for block in functions(features + 1):
        yield block[:, :size], block[:, size:]


@dataclass(frozen=True)
class Levels:
    """Networks in which a row has a gate if all arrays of the cube are 1 there.

    Attributes:
        cube: The space of the arrays.
        place: Index l of the input row.
        low: Value of a false input, 0 or -1.
        every: Yields the arrays of all networks with n features.
        largest: Largest n for `every`.
        wide: Returns rows and arrays of random networks with many features.
    """

    cube: Cube
    place: Symbol
    low: int
    every: Callable[[int], Iterator[Arrays]]
    largest: int
    wide: Callable[[np.random.Generator], tuple[Any, Arrays]]

    def exhaust(self, subject: Any) -> Outcome:
        """Compare with all networks with few features on all inputs."""
        networks = 0
        for features in range(1, self.largest + 1):
            inputs = rows(features, self.low)
            signals = self._signals(inputs)
            for arrays in self.every(features):
                gates = np.prod(arrays, axis=0)
                outcome = self._against(subject, arrays, gates @ signals.T + self._bias(gates)[:, None])
                if outcome:
                    return outcome
                networks += len(gates)
        return Holds(f"all {networks} networks with up to {self.largest} features, on all inputs")

    def compare(self, subject: Any) -> Outcome:
        """Compare with torch networks with many features, on rows with and without a gate."""
        arrays, nets = self._wide_nets
        gates = np.prod(arrays, axis=0).sum(axis=1)
        outcome = self._against(subject, arrays, nets)
        return outcome or Holds(f"{len(gates)} networks of up to {gates.max()} gates on {nets.shape[1]} rows")

    @cached_property
    def _wide_nets(self) -> tuple[Arrays, Any]:
        """Return the arrays of the networks with many features, and their net inputs on all rows, (networks, N)."""
        inputs, arrays = self.wide(np.random.default_rng(0))
        gates = np.prod(arrays, axis=0)
        return arrays, np.stack([_in_torch(inputs, inputs[chosen == 1], self.low) for chosen in gates])

    def _signals(self, inputs: Any) -> Any:
        """Return the output of the gate of each row for each input, (inputs, rows), by the net input of claim 1.iii."""
        count, features = inputs.shape
        pairs = {r: np.tile(inputs, (count, 1)), x: np.repeat(inputs, count, axis=0)}
        fires = (Batch({n: features}, pairs, {}).values(and_net(self.low)) >= 0).reshape(count, count)
        return np.where(fires, 1, self.low)

    def _bias(self, gates: Any) -> Any:
        return np.full(len(gates), -1) if self.low == 0 else gates.sum(axis=1) - 2

    def _against(self, subject: Any, arrays: Arrays, nets: Any) -> Refuted | None:
        """Compare net inputs, (networks, N), with the subject, and outputs with the rows of the gates."""
        networks, size = nets.shape
        entries = {name: np.repeat(array, size, axis=0) for name, array in zip(self.cube.space.arrays, arrays)}
        places = np.tile(np.arange(1, size + 1), networks)
        batch = Batch(dict.fromkeys(self.cube.space.sizes, size), entries, {self.place: places})
        try:
            stated = batch.values(subject)
        except LookupError as missing:
            return Refuted({REASON: str(missing), "N": str(size)})
        computed, wanted = nets.ravel(), np.prod(arrays, axis=0).ravel() == 1
        wrong = batch.refute(computed != stated, computed=computed, stated=stated)
        return wrong or batch.refute((computed >= 0) != wanted, output=computed >= 0, wanted=wanted)


def _in_torch(inputs: Any, gates: Any, low: int) -> Any:
    """Return the net input of the OR gate for each input, for a network with AND gates for the given rows."""
    features, signals = torch.tensor(inputs, dtype=torch.float64), torch.tensor(gates, dtype=torch.float64)
    first = torch.nn.functional.linear(features, *_layer(signals, low))
    second = torch.where(first >= 0, 1, low).sum(dim=1)
    return (second - 1 if low == 0 else second + len(gates) - 2).numpy()


def _layer(gates: torch.Tensor, low: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return weights and biases of the first layer; the maximal net input of a gate, on its own row, is 0."""
    weights = torch.where(gates == 1, 1.0, -1.0).double()
    return weights, -(weights * gates).sum(dim=1)
