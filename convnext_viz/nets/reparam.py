"""Re-parameterization of RepVGG: parallel branches with BatchNorm become one convolution.

In evaluation a BN is an affine function with fixed numbers, so a branch is a convolution; branches
that read the same positions add up kernel by kernel. Source: Ding et al. 2021, section 3.3.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convnext_viz.nets.layers import Residual
from convnext_viz.nets.weights import fill
from convnext_viz.specs import RepVGGSpec


@dataclass(frozen=True, kw_only=True, eq=False)
class FusedBranch:
    r"""A branch as one convolution: kernel ``factor · kernel`` and ``bias``.

    ``kernel`` is the branch's before its norm, (C_out, C_in / groups, k, k): a 1×1 one in the
    middle of zeros, the identity as a kernel. ``gamma`` and ``sigma`` = √(running variance + ε)
    are its norm's; ``bias`` is β − μ · γ / σ, where μ is the running mean; (C_out,) each.
    """

    name: str  # dense, pointwise, identity
    kernel: Tensor
    gamma: Tensor
    sigma: Tensor
    bias: Tensor

    @property
    def factor(self) -> Tensor:
        """γ / σ of every output channel, (C_out,)."""
        return self.gamma / self.sigma

    @property
    def fused(self) -> Tensor:
        """Its share of the deployed kernel, (C_out, C_in / groups, k, k)."""
        return self.kernel * self.factor[:, None, None, None]


Fuse = Callable[[Sequence[FusedBranch]], tuple[Tensor, Tensor]]
"""How the branches of a block become one kernel and one bias."""


def fused_branches(block: nn.Module) -> tuple[FusedBranch, ...]:
    """The branches of a block in training form, the k×k one first."""
    ways = block.branches if isinstance(block, Residual) else {"dense": block}
    shape = ways["dense"].get_parameter("conv.weight").shape
    return tuple(_fused(name, way, shape) for name, way in ways.items())


def _fused(name: str, way: nn.Module, shape: torch.Size) -> FusedBranch:
    layers = dict(way.named_children())
    norm, conv = layers["norm"], layers.get("conv")
    assert isinstance(norm, nn.BatchNorm2d)
    assert norm.running_mean is not None and norm.running_var is not None
    if conv is None:
        kernel = identity_kernel(shape).to(norm.weight)
    else:
        assert isinstance(conv, nn.Conv2d)
        ring = (shape[-1] - conv.kernel_size[0]) // 2
        kernel = F.pad(conv.weight, (ring, ring, ring, ring))
    sigma = (norm.running_var + norm.eps).sqrt()
    bias = norm.bias - norm.running_mean * norm.weight / sigma
    return FusedBranch(name=name, kernel=kernel, gamma=norm.weight, sigma=sigma, bias=bias)


def identity_kernel(shape: Sequence[int]) -> Tensor:
    """The kernel that changes nothing: (C, C / groups, k, k), 1 where input meets output.

    Input channels are counted within their group, so output i reads number i mod (C / groups).
    """
    channels, of_a_group, size, _ = shape
    kernel, own = torch.zeros(*shape), torch.arange(channels)
    kernel[own, own % of_a_group, size // 2, size // 2] = 1
    return kernel


def summed(branches: Sequence[FusedBranch]) -> tuple[Tensor, Tensor]:
    """Kernel and bias of the deployed convolution: the sums over the branches."""
    first, *others = branches
    kernel, bias = first.fused, first.bias
    for branch in others:
        kernel, bias = kernel + branch.fused, bias + branch.bias
    return kernel, bias


def reparameterize(net: nn.Module, spec: RepVGGSpec, *, fuse: Fuse = summed) -> nn.Sequential:
    """The same network in deployed form, ready to be cached; ``net`` stays as it is.

    ``fuse`` is there to be replaced by a mistake (``MISTAKES``). A network that is deployed already
    is copied. Outputs are equal in eval mode, up to rounding.
    """
    state: dict[str, Tensor] = {}
    for name, module in blocks(net):
        if spec.form == "training":
            kernel, bias = fuse(fused_branches(module))
            state |= {f"{name}.conv.weight": kernel, f"{name}.conv.bias": bias}
            kept = module.after if isinstance(module, Residual) else module
        else:
            kept = module
        for own, tensor in kept.state_dict().items():
            if own.startswith("se.") or spec.form == "deployed":
                state[f"{name}.{own}"] = tensor
    state |= {f"head.{own}": v for own, v in net.get_submodule("head").state_dict().items()}
    copied = {name: tensor.detach().clone() for name, tensor in state.items()}
    return fill(replace(spec, form="deployed"), copied)


def blocks(net: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Every block with its name, the stem's first."""
    for stage, part in net.named_children():
        for name, module in part.named_children():
            if name == "blocks":
                yield from ((f"{stage}.blocks.{n}", block) for n, block in module.named_children())


def _corner(branches: Sequence[FusedBranch]) -> tuple[Tensor, Tensor]:
    """The 1×1 kernels in a corner, not in the middle: each reads the wrong position."""
    return summed(
        [
            replace(b, kernel=b.kernel.roll((-(b.kernel.shape[-1] // 2),) * 2, (2, 3)))
            if b.name == "pointwise"
            else b
            for b in branches
        ]
    )


def _ones(branches: Sequence[FusedBranch]) -> tuple[Tensor, Tensor]:
    """The identity as a kernel of ones, which adds up all channels and positions."""
    return summed(
        [
            replace(b, kernel=torch.ones_like(b.kernel)) if b.name == "identity" else b
            for b in branches
        ]
    )


def _dense_alone(branches: Sequence[FusedBranch]) -> tuple[Tensor, Tensor]:
    """The k×k branch without the others."""
    return summed(branches[:1])


MISTAKES: dict[str, Fuse] = {"corner": _corner, "ones": _ones, "dense_alone": _dense_alone}
"""Wrong ways to fuse that people ask about, for ``reparameterize`` to show what they do."""
