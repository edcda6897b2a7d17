"""The kernels that a net has learnt: of each stage's convolutions, and of its first layer."""

from torch import nn

from convnext_viz.explain.inside.block import spatial_kernels
from convnext_viz.explain.slices import blocks_of
from convnext_viz.results import Kernels


def stage_kernels(net: nn.Sequential, stage: str) -> tuple[Kernels, ...]:
    """The k×k kernels of every block of a stage, (C, k, k) each, in the order of the blocks.

    A dense convolution has one for each pair of channels; here are those of its first input. Raises
    ValueError for a stage without blocks.
    """
    return tuple(
        Kernels(name=f"{stage}.blocks.{number}.{_first(block)}", values=spatial_kernels(block))
        for number, block in blocks_of(net, stage).named_children()
    )


def _first(block: nn.Module) -> str:
    """The name of a block's first convolution."""
    return next(name for name, module in block.named_modules() if isinstance(module, nn.Conv2d))


def first_patches(net: nn.Sequential) -> Kernels:
    """What the first convolution looks for in red, green and blue: (C, k, k, 3), raw weights.

    Of a net that reads more channels those of the first three; of one or two those of the first,
    which is grey.
    """
    name, conv = next((n, m) for n, m in net.named_modules() if isinstance(m, nn.Conv2d))
    colours = conv.weight.detach()[:, :3] if conv.in_channels > 2 else conv.weight.detach()[:, :1]
    weight = colours.expand(-1, 3, -1, -1).permute(0, 2, 3, 1)  # (C, 3, k, k) → (C, k, k, 3)
    return Kernels(name=name, values=weight.float().contiguous().cpu().numpy().copy())
