"""A network as `torch.func.functional_call` needs it, and gradient clipping for each of several stacked runs."""

import torch
from torch import Tensor, nn

from lemma.models.shared.layers import Classifier, Dropout


class StackedClassifier(nn.Module):
    """A network whose forward pass is `classify`, since `functional_call` calls `forward`."""

    def __init__(self, network: Classifier) -> None:
        super().__init__()
        self.network = network
        for module in network.modules():
            if isinstance(module, Classifier | Dropout):
                module.stacked = True

    def forward(self, vectors: Tensor, positions: Tensor, lengths: Tensor) -> Tensor:
        return self.network.classify(vectors, positions, lengths)


def clip_gradients_by_run(gradients: list[Tensor], max_norm: float) -> None:
    """Scale the gradients of each run such that their total norm is at most `max_norm`, as `clip_grad_norm_` does."""
    norms = torch.stack([gradient.flatten(1).norm(dim=1) for gradient in gradients]).norm(dim=0)
    factors = (max_norm / (norms + 1e-6)).clamp(max=1.0)
    for gradient in gradients:
        gradient.mul_(factors.view(-1, *[1] * (gradient.ndim - 1)))
