"""Several runs of one network as one program: their weights stacked, each step one pass for all (`torch.func`).

The runs share what decides how long a batch takes, never what is in it: each draws its documents in an order of its
own, and at a step all have a batch of documents of about the same length. A run that stops early leaves the others.

Shapes: R runs, V rows of the largest table of word vectors, D dimensions.
"""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn.functional import log_softmax

from lemma.corpus.special_tokens import PAD
from lemma.models.shared.layers import Classifier, Dropout
from lemma.params import Neural
from lemma.progress import progress
from lemma.training.batches import Documents
from lemma.training.checkpoint import Checkpoint, State, random_state, restore_random
from lemma.training.cost import Stopwatch
from lemma.training.determinism import autocast
from lemma.training.loop import EPOCH, WORDS, finish_epoch, size_of
from lemma.training.optimizer import AdamW, RowAdam, take
from lemma.training.saver import Saver
from lemma.training.stacked_batches import Stack, aligned, padded
from lemma.training.task import Indices, Task

TABLE = "embedding.weight"


class StackedTrainer:
    """The weights of all runs that go on, and what trains them, a step of all at a time."""

    def __init__(
        self,
        skeleton: Classifier,
        networks: list[Classifier],
        tasks: list[Task],
        documents: list[Documents],
        device: torch.device,
    ) -> None:
        settings = tasks[0].settings
        assert isinstance(settings, Neural)
        self.settings, self.shared, self.device = settings, tasks[0].shared, device
        self.call = _Call(skeleton)
        self.tasks, self.documents = tasks, documents
        self.own = [np.random.default_rng(task.about["seed"]) for task in tasks]
        self.common = np.random.default_rng([task.about["seed"] for task in tasks])
        self.balances = [None if task.weights is None else torch.from_numpy(task.weights) for task in tasks]
        self.networks = networks
        self.runs = list(range(len(tasks)))  # those that go on
        held = [dict(network.named_parameters()) for network in networks]
        stacked = {name: torch.stack([each[name].detach() for each in held]) for name in held[0] if name != TABLE}
        tables = padded([each[TABLE].detach().cpu() for each in held]).to(device)
        self._take(stacked, tables)

    def _take(self, weights: dict[str, Tensor], tables: Float[Tensor, "R V D"]) -> None:
        """Make these the weights of the runs that go on, and their networks views of them."""
        self.weights = {name: value.requires_grad_() for name, value in weights.items()}
        self.tables = tables
        self.dense = AdamW(list(self.weights.values()), self.settings.learning_rate, self.settings.weight_decay)
        self.sparse = RowAdam(tables.flatten(0, 1), self.settings.embedding_learning_rate)
        for at, run in enumerate(self.runs):
            for name, parameter in self.networks[run].named_parameters():
                parameter.requires_grad_(False)
                parameter.data = tables[at, : len(parameter)] if name == TABLE else self.weights[name].detach()[at]

    def narrow(self, runs: list[int]) -> None:
        """Go on with these runs alone."""
        if runs == self.runs:
            return
        places = torch.tensor([self.runs.index(run) for run in runs], dtype=torch.int64, device=self.device)
        dense, sparse, shape = self.dense.state(), self.sparse.state(), self.tables.shape
        for run in set(self.runs) - set(runs):  # no longer a view: the stack goes
            for parameter in self.networks[run].parameters():
                parameter.data = parameter.data.clone()
        self.runs = runs
        self._take({name: value.detach()[places] for name, value in self.weights.items()}, self.tables[places])
        self.dense.restore({n: value if n.startswith("steps.") else value[places] for n, value in dense.items()})
        moments = {name: value.view(shape)[places].flatten(0, 1) for name, value in sparse.items() if name != "steps"}
        self.sparse.restore({**moments, "steps": sparse["steps"]})

    def epoch(self) -> list[float]:
        """Make one pass over each run's training documents; return their mean losses, in nats, as met on the way."""
        self.call.train()
        members = [self.tasks[run].train for run in self.runs]
        lengths = [self.documents[run].lengths for run in self.runs]
        own = [self.own[run] for run in self.runs]
        total = torch.zeros(len(self.runs), dtype=torch.float64, device=self.device)
        for chosen in aligned(lengths, members, self.shared.batch_size, own, self.common):
            sizes = torch.tensor([len(each) for each in chosen], dtype=torch.float64).to(self.device, non_blocking=True)
            total += self.step(chosen).double() * sizes  # stays on the device: no wait in the loop
        return [float(loss) / len(each) for loss, each in zip(total.tolist(), members)]

    def step(self, chosen: list[Indices]) -> Float[Tensor, "R"]:
        """Learn from a batch of each run; return their mean losses, before."""
        batches = [self.documents[run].batch(members) for run, members in zip(self.runs, chosen)]
        stack = Stack.of(batches, [self.balances[run] for run in self.runs]).to(self.device)
        runs, count, dimensions = self.tables.shape
        rows = (stack.rows + torch.arange(0, runs * count, count, device=self.device)[:, None]).flatten()
        vectors = take(self.sparse.table, rows).view(runs, -1, dimensions).requires_grad_(self.sparse.rate > 0)
        for weight in self.weights.values():
            weight.grad = None
        total = torch.zeros(runs, device=self.device)
        for places, lengths, labels, shares in stack.pieces(WORDS):
            with autocast(self.shared, self.device):
                logits = vmap(self._logits, randomness="different")(self.weights, vectors, places, lengths)
            logits = logits.to(vectors.dtype)
            of_labels = log_softmax(logits, 2).gather(2, labels[..., None])[..., 0]
            losses = -(of_labels * shares).sum(1)
            losses.sum().backward()  # type: ignore[no-untyped-call]
            total += losses.detach()
        gradients = [value.grad for value in (*self.weights.values(), vectors) if value.grad is not None]
        _clip(gradients, self.shared.max_grad_norm)
        self.dense.step()
        if vectors.grad is not None:
            found, gradient = (each.flatten(0, 1)[stack.real] for each in (vectors.detach(), vectors.grad))
            self.sparse.step(rows[stack.real], found, gradient)
            self.tables[:, PAD] = 0  # padding is zero and stays so
        return total

    def _logits(self, weights: dict[str, Tensor], vectors: Tensor, places: Tensor, lengths: Tensor) -> Tensor:
        """Return the logits of one run: (B, C)."""
        named = {f"network.{name}": value for name, value in weights.items()}
        logits: Tensor = functional_call(self.call, named, (vectors, places, lengths))
        return logits

    def write(self, checkpoint: Checkpoint, states: list[State]) -> None:
        """Write a checkpoint of all runs."""
        tensors = {f"weights.{name}": value for name, value in self.weights.items()} | {"tables.all": self.tables}
        tensors |= {f"dense.{name}": value for name, value in self.dense.state().items()}
        tensors |= {f"sparse.{name}": value for name, value in self.sparse.state().items()}
        rest: dict[str, Any] = {"runs": self.runs, "states": [state.json() for state in states]}
        rest["own"] = [generator.bit_generator.state for generator in self.own]
        rest["common"] = self.common.bit_generator.state
        weights = {
            f"{_prefix(run)}{epoch}": values for run, state in enumerate(states) for epoch, values in state.kept.items()
        }
        checkpoint.write(tensors | random_state(self.device), rest, weights)

    def read(self, checkpoint: Checkpoint) -> list[State] | None:
        """Go on from a checkpoint; None where there is no whole one."""
        content = checkpoint.read()
        if content is None:
            return None
        parts, rest, weights = content
        self.narrow(rest["runs"])
        with torch.no_grad():
            for name, value in self.weights.items():
                value.copy_(parts["weights"][name])
        self.tables.copy_(parts["tables"]["all"])
        self.dense.restore(parts["dense"])
        self.sparse.restore(parts["sparse"])
        for generator, state in zip([*self.own, self.common], [*rest["own"], rest["common"]]):
            generator.bit_generator.state = state
        restore_random(parts["random"], self.device)
        return [State.of(value, weights, _prefix(run), self.device) for run, value in enumerate(rest["states"])]


def _prefix(run: int) -> str:
    """Return how the names of a run's files of weights begin."""
    return f"run-{run}-{EPOCH}"


class _Call(nn.Module):
    """`classify` as what a module does when called, which is what `functional_call` calls."""

    def __init__(self, network: Classifier) -> None:
        super().__init__()
        self.network = network
        for module in network.modules():
            if isinstance(module, Classifier | Dropout):
                module.stacked = True

    def forward(self, vectors: Tensor, places: Tensor, lengths: Tensor) -> Tensor:
        return self.network.classify(vectors, places, lengths)


def _clip(gradients: list[Tensor], most: float) -> None:
    """Shrink the gradients of each run so that their norm is at most `most`, as `clip_grad_norm_` does for one."""
    norms = torch.stack([gradient.flatten(1).norm(dim=1) for gradient in gradients]).norm(dim=0)
    factors = (most / (norms + 1e-6)).clamp(max=1.0)
    for gradient in gradients:
        gradient.mul_(factors.view(-1, *[1] * (gradient.ndim - 1)))


def train(
    skeleton: Classifier,
    networks: list[Classifier],
    tasks: list[Task],
    documents: list[Documents],
    device: torch.device,
    resume: Path | None,
) -> list[State]:
    """Train the networks in place until the dev part of each is judged no better; as `loop.train`, for all at once.

    An epoch's seconds are shared equally among the runs that made it.

    Args:
        skeleton: a network of the same settings, whose weights do not matter.
        networks: of the runs, with their first weights, on `device`.
        tasks: of the runs, of one data set and with the same settings.
        documents: all documents, as each run reads them.
        device: where to compute.
        resume: folder of a checkpoint of all, if there is to be one.

    Raises:
        CheckError: the loss of a run is no longer a number, or has exploded.
    """
    shared = tasks[0].shared
    program = StackedTrainer(skeleton, networks, tasks, documents, device)
    saver = Saver(resume, tasks[0].title, len(tasks) * size_of(networks[0], shared.best_epochs))
    states = program.read(saver.checkpoint) if saver.checkpoint is not None else None
    states = states or [State() for _ in tasks]
    for task, state in zip(tasks, states):
        for line in state.history:
            task.watch(line)
    with progress(f"{tasks[0].title} and {len(tasks) - 1} more", shared.epochs, "epochs") as step, saver:
        epoch = max(state.epoch for state in states)
        step(epoch, f"going on after epoch {epoch}" if epoch else "")
        program.narrow([run for run, state in enumerate(states) if not state.ended(shared)])
        while program.runs:
            stopwatch, made = Stopwatch(), program.runs
            losses = program.epoch()
            each = stopwatch.read() / len(made)
            said = [
                finish_epoch(states[run], loss, each, networks[run], tasks[run], documents[run], device)
                for run, loss in zip(made, losses)
            ]
            program.narrow([run for run in program.runs if not states[run].ended(shared)])
            saver.end_epoch(partial(program.write, states=states))
            for run in made:
                tasks[run].watch(states[run].history[-1])
            step(1, said[0])
    return states
