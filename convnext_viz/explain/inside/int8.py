"""What 8 bits do to a re-parameterized network: its values as histograms, and rounded kernels.

Rounding is simulated: values are rounded to the 8-bit levels and computed with in floating point.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convnext_viz.explain.checks import check_net
from convnext_viz.nets.layers import Residual
from convnext_viz.nets.reparam import FusedBranch, blocks, fused_branches, reparameterize, summed
from convnext_viz.results import Distribution, EightBits, EightBitsCompared, Progress
from convnext_viz.specs import RepVGGSpec

PER = ("tensor", "channel")
_BINS = 61
_BATCH = 128  # images
Range = tuple[float, float]


def rounded(kernel: Tensor, per: str) -> Tensor:
    """A kernel on the levels −127 … 127 times a scale, the tensor's or each output channel's.

    The scale is the largest magnitude ÷ 127, so that nothing is cut off.
    """
    limit = kernel.abs().amax() if per == "tensor" else kernel.abs().amax((1, 2, 3), keepdim=True)
    scale = (limit / 127).clamp_min(torch.finfo(kernel.dtype).tiny)
    return (kernel / scale).round() * scale


def rounded_activations(x: Tensor, reach: Range) -> Tensor:
    """Activations on 256 even levels from ``reach[0]`` to ``reach[1]``, zero being one of them."""
    low, high = min(reach[0], 0.0), max(reach[1], 0.0)
    scale = (high - low) / 255 or 1.0
    zero = round(-low / scale)
    return ((x / scale).round() + zero).clamp(0, 255).sub(zero) * scale


def _sum_rounded(branches: Sequence[FusedBranch], per: str) -> tuple[Tensor, Tensor]:
    kernel, bias = summed(branches)
    return rounded(kernel, per), bias


def _each_rounded(branches: Sequence[FusedBranch], per: str) -> tuple[Tensor, Tensor]:
    _, bias = summed(branches)
    kernels = [rounded(branch.fused, per) for branch in branches]
    return torch.stack(kernels).sum(0), bias


def eight_bits(
    net: nn.Sequential, spec: RepVGGSpec, x: Tensor, labels: Tensor | None = None
) -> Iterator[Progress | EightBitsCompared]:
    """Predictions for ``x``, (N, C, H, W), with kernels rounded before and after fusion.

    Biases and the classifier stay as they are. The range of activations is that of these images.
    ``labels``, (N,), where the classes are the network's.
    """
    check_net(net)
    deployed = reparameterize(net, spec)
    expected = _outputs(deployed, x)
    ranges = _ranges(deployed, x)
    ways: list[tuple[bool, str, bool]] = [
        (fused, per, acts) for acts in (False, True) for per in PER for fused in (False, True)
    ]
    rows = []
    for done, (fused, per, acts) in enumerate(ways):
        yield Progress(done=done, total=len(ways))
        other = reparameterize(
            net, spec, fuse=partial(_sum_rounded if fused else _each_rounded, per=per)
        )
        found = _outputs(other, x, ranges if acts else None)
        rows.append(
            EightBits(
                fused=fused,
                per=per,
                activations=acts,
                difference=float((found - expected).norm() / expected.norm()),
                agreement=float((found.argmax(1) == expected.argmax(1)).double().mean()),
                accuracy=_accuracy(found, labels),
            )
        )
    yield EightBitsCompared(rows=tuple(rows), images=len(x), accuracy=_accuracy(expected, labels))


def _accuracy(outputs: Tensor, labels: Tensor | None) -> float | None:
    return None if labels is None else float((outputs.argmax(1) == labels).double().mean())


def _outputs(deployed: nn.Sequential, x: Tensor, ranges: dict[str, Range] | None = None) -> Tensor:
    """(N, classes); ``ranges``: the input of every block is rounded to 8 bits within its own."""

    def change(name: str, inside: Tensor) -> Tensor:
        return rounded_activations(inside, ranges[name]) if ranges else inside

    return torch.cat([_run(deployed, part, change) for part in _parts(x)])


def _ranges(deployed: nn.Sequential, x: Tensor) -> dict[str, Range]:
    """The smallest and the largest value of every block's input."""
    found: dict[str, Range] = {}

    def note(name: str, inside: Tensor) -> Tensor:
        low, high = found.get(name, (0.0, 0.0))
        found[name] = min(low, float(inside.min())), max(high, float(inside.max()))
        return inside

    for part in _parts(x):
        _run(deployed, part, note)
    return found


def _parts(x: Tensor) -> Iterator[Tensor]:
    """The images, so many at a time."""
    return (x[start : start + _BATCH] for start in range(0, len(x), _BATCH))


def _run(net: nn.Sequential, x: Tensor, before: Callable[[str, Tensor], Tensor]) -> Tensor:
    """The network's outputs; ``before`` is given every block's name and input."""
    with torch.no_grad():
        for name, block in blocks(net):
            x = block(before(name, x))
        out: Tensor = net.get_submodule("head")(x)
    return out


def distributions(net: nn.Sequential, x: Tensor, block: str) -> tuple[Distribution, ...]:
    """Kernels and outputs of a block's branches and of their sum, for ``x``, (N, C, H, W).

    Outputs are those before the activation; the sum's are what the deployed convolution puts out.
    """
    check_net(net)
    known = dict(blocks(net))
    module = known[block]
    assert isinstance(module, Residual)
    with torch.no_grad():
        for name in known:
            if name == block:
                break
            x = known[name](x)
        branches = fused_branches(module)
        weights = {branch.name: branch.fused for branch in branches}
        weights["sum"] = summed(branches)[0]
        outputs = {name: branch(x) for name, branch in module.branches.items()}
        outputs["sum"] = torch.stack(list(outputs.values())).sum(0)
    return (*_histograms("weights", weights), *_histograms("activations", outputs))


def _histograms(of: str, values: dict[str, Tensor]) -> Iterator[Distribution]:
    limit = max(float(one.abs().max()) for one in values.values())
    edges = np.linspace(-limit, limit, _BINS + 1)
    for name, tensor in values.items():
        flat: NDArray[np.floating] = tensor.double().flatten().numpy()
        counts, _ = np.histogram(flat, edges)
        yield Distribution(
            of=of,
            branch=name,
            edges=edges,
            shares=counts / flat.size,
            std=float(flat.std()),
            largest=float(np.abs(flat).max()),
        )
