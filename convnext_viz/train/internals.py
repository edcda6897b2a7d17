"""Internals of a network while it learns, stage by stage: no hooks, the net is walked."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convnext_viz.nets.layers import LayerScale
from convnext_viz.nets.walk import walk
from convnext_viz.results import StageInternals

_ACTIVATIONS = (nn.ReLU, nn.GELU, nn.SiLU)


def internals(net: nn.Sequential, x: Tensor, labels: Tensor) -> tuple[StageInternals, ...]:
    """Every stage of ``net`` (of :func:`nets.build`) on one batch, in evaluation mode.

    Nothing is changed: running statistics, gradients in the parameters, the mode and the global
    randomness stay as they are, so that looking does not alter what is learnt.
    """
    training = net.training
    net.eval()
    try:
        with torch.enable_grad():
            return _measured(net, x, labels)
    finally:
        net.train(training)


def _measured(net: nn.Sequential, x: Tensor, labels: Tensor) -> tuple[StageInternals, ...]:
    outputs, dead = [], []
    for stage in net.children():
        units = []
        for visit in walk(stage, x):
            x = visit.output
            if isinstance(visit.module, _ACTIVATIONS):
                units.append(_never_positive(x))
        outputs.append(x.detach().float())
        dead.append(torch.cat(units).float().mean() if units else torch.tensor(math.nan))
    parameters = [[p for p in s.parameters() if p.requires_grad] for s in net.children()]
    flat = [p for of_stage in parameters for p in of_stage]
    gradients = iter(torch.autograd.grad(F.cross_entropy(x.float(), labels), flat))
    numbers = []
    for stage, output, share, own in zip(net.children(), outputs, dead, parameters, strict=True):
        norm = torch.nn.utils.get_total_norm([next(gradients) for _ in own])
        gammas = [m.weight.detach().abs() for m in stage.modules() if isinstance(m, LayerScale)]
        gamma = torch.cat(gammas).mean() if gammas else torch.tensor(math.nan)
        numbers.append([v.cpu().float() for v in (norm, output.mean(), output.std(), share, gamma)])
    rows = torch.tensor(numbers).tolist()
    return tuple(
        StageInternals(
            stage=name, grad_norm=row[0], mean=row[1], std=row[2], dead=row[3], gamma=row[4]
        )
        for (name, _), row in zip(net.named_children(), rows, strict=True)
    )


def _never_positive(x: Tensor) -> Tensor:
    """Which channels of (N, C, H, W), (N, T, C) or (N, C) are never positive."""
    channels = 2 if x.ndim == 3 else 1
    return x.detach().amax(tuple(i for i in range(x.ndim) if i != channels)) <= 0
