"""The moving average of a network's weights."""

import math
from collections.abc import Iterable, Iterator
from copy import deepcopy
from itertools import accumulate
from operator import mul

import torch
from torch import Tensor, nn


def averaged(net: nn.Module) -> nn.Module:
    """A copy of ``net`` to hold the average; never trained, always in eval mode."""
    return deepcopy(net).eval().requires_grad_(False)


def decay_at(step: int, decay: float) -> float:
    """The decay of the update after ``step`` steps: ``min(decay, (1 + step) / (10 + step))``.

    The ramp, as in TensorFlow's and timm's averages, keeps the random initial weights from
    outweighing a short run; it ends where it reaches ``decay`` (for 0.9999 at 90,000 steps).
    """
    return min(decay, (1 + step) / (10 + step))


def initial_shares(decays: Iterable[float]) -> Iterator[float]:
    r"""Share of the initial weights in the average after 1, 2, … updates:
    :math:`\prod_s d_s`."""
    return accumulate(decays, mul)


def lags(decays: Iterable[float]) -> Iterator[float]:
    r"""How many steps the average of weights that move evenly is behind them after 0, 1, 2, …
    updates: :math:`l_{s+1} = d_s (l_s + 1)`; with one decay for ever :math:`d / (1 - d)`."""
    return accumulate(decays, lambda lag, decay: decay * (lag + 1), initial=0.0)


def half_life(decay: float) -> float:
    """Updates after which half of what was in the average is still in it."""
    return math.log(0.5) / math.log(decay)


@torch.no_grad()
def update(average: nn.Module, net: nn.Module, decay: float) -> None:
    r"""In place :math:`\bar\theta \leftarrow d\,\bar\theta + (1 - d)\,\theta` for every float of
    the state, running statistics included (as in timm); counters are copied."""
    floats: list[Tensor] = []
    targets: list[Tensor] = []
    for mine, theirs in zip(_state(average), _state(net), strict=True):
        if mine.is_floating_point():
            floats.append(mine)
            targets.append(theirs)
        else:
            mine.copy_(theirs)
    torch._foreach_lerp_(floats, targets, 1 - decay)


def _state(net: nn.Module) -> Iterator[Tensor]:
    yield from net.parameters()
    yield from net.buffers()
