"""Weights for oracle tests: every one of them random, so that a mistake shows in the logits."""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import nn

Net = TypeVar("Net", bound=nn.Module)


def randomise(net: Net, seed: int = 0) -> Net:
    """The net in eval mode, with weights that keep signals alive and factors far from 0 and 1."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in net.state_dict().items():
            if not tensor.is_floating_point() or name.endswith("relative_coords_table"):
                continue
            noise = torch.randn(tensor.shape, generator=generator)
            if name.endswith("running_var"):
                tensor.copy_(1 + 0.5 * noise.abs())
            elif tensor.ndim in (2, 4) and tensor[0].numel() > 1 and "grn" not in name:
                tensor.copy_(noise / tensor[0].numel() ** 0.5)
            elif "norm" in name or "bn" in name:
                tensor.copy_(0.3 * noise + (0 if name.endswith("bias") else 1))
            else:
                tensor.copy_(0.4 * noise)
    return net.eval()


def random_net(make: Callable[[], Net]) -> Net:
    """The net with ``randomise``'s weights; the first ones, which these replace, are not drawn."""
    with torch.device("meta"):
        net = make()
    net.to_empty(device="cpu")
    for buffer in net.buffers():
        buffer.zero_()  # the batches that were counted
    return randomise(net)
