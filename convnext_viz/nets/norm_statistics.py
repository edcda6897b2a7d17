"""BatchNorm of an untrained network: statistics from images, scales and shifts at random.

A new BatchNorm has γ = 1, β = 0, mean 0 and variance 1: fusing it would show nothing.
"""

import torch
from torch import Tensor, nn


def with_statistics(net: nn.Sequential, x: Tensor, *, seed: int = 0) -> nn.Sequential:
    """``net`` in eval mode, its BNs as after a pass over ``x``, (N, C, H, W), in train mode.

    γ is drawn evenly from 0.5 … 1.5, β with a standard deviation of 0.2, from ``seed``; running
    mean and variance are those of ``x``.
    """
    draws = torch.Generator().manual_seed(seed)
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    with torch.no_grad():
        for norm in norms:
            norm.weight.copy_(torch.rand(norm.weight.shape, generator=draws) + 0.5)
            norm.bias.copy_(torch.randn(norm.bias.shape, generator=draws) * 0.2)
            norm.reset_running_stats()
            norm.momentum = 1.0  # the running statistics become those of this pass
        net.train()(x)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    return net.eval()
