"""Pictures and weights under which every layer of a net counts."""

import torch
from torch import Tensor, nn


def images(n: int = 2, *, size: tuple[int, int] = (64, 48), channels: int = 3) -> Tensor:
    return torch.randn(n, channels, *size, generator=torch.Generator().manual_seed(0))


def shaken(net: nn.Sequential) -> nn.Sequential:
    """The net with large weights and lived-in norms, so that every layer counts in its output."""
    generator = torch.Generator().manual_seed(3)
    for name, tensor in net.state_dict().items():
        if tensor.is_floating_point():
            noise = torch.randn(tensor.shape, generator=generator)
            fan_in = tensor[0].numel() if tensor.dim() > 1 else 25
            scaled = noise / fan_in**0.5
            one = name.endswith("running_var") or (tensor.dim() == 1 and name.endswith("weight"))
            tensor.copy_(1 + scaled if one else scaled)
            if name.endswith("running_var"):
                tensor.abs_().add_(0.1)
    return net
