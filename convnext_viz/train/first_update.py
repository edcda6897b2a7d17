"""First update of a fresh network: what the initial value of layer scale does to it."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convnext_viz.nets import build
from convnext_viz.nets.layers import LayerScale
from convnext_viz.results import FirstUpdate
from convnext_viz.specs import ConvNeXtSpec
from convnext_viz.train.optim import optimizer
from convnext_viz.train.recipe import Recipe


def first_update(
    spec: ConvNeXtSpec, x: Tensor, labels: Tensor, recipe: Recipe, *, gamma: float, seed: int = 0
) -> FirstUpdate:
    """One update of a new net of ``spec`` with ``recipe.lr``, its layer scale at ``gamma``.

    ``x`` is (N, 3, H, W), ``labels`` (N,). All other initial weights depend on the seed alone.
    """
    net = build(replace(spec, layer_scale=gamma, drop_path_rate=0.0), seed=seed)
    scales = [module for module in net.modules() if isinstance(module, LayerScale)]
    with torch.no_grad():
        features = _features(net, x)
        for scale in scales:
            scale.weight.zero_()
        without = _features(net, x)
        for scale in scales:
            scale.weight.fill_(gamma)
    stepper = optimizer(net, recipe)
    before = net(x)
    F.cross_entropy(before, labels, label_smoothing=recipe.label_smoothing).backward()  # type: ignore[no-untyped-call]
    parts: dict[str, list[nn.Parameter]] = {"branches": [], "gamma": [], "others": []}
    for name, parameter in net.named_parameters():
        part = "gamma" if ".gamma." in name else "branches" if ".body." in name else "others"
        parts[part].append(parameter)
    gradients = {part: _norm([p.grad for p in found]) for part, found in parts.items()}
    start = [parameter.detach().clone() for parameter in parts["branches"]]
    stepper.step()
    moved = [p.detach() - old for p, old in zip(parts["branches"], start, strict=True)]
    count = sum(parameter.numel() for parameter in moved)
    with torch.no_grad():
        after = net(x)
    squares = torch.cat([scale.weight.detach().square() for scale in scales])
    return FirstUpdate(
        gamma=gamma,
        branch=_distance(features, without),
        gradients=gradients,
        change=_distance(after, before.detach()),
        gamma_after=float(squares.mean().sqrt()),
        branch_step=_norm(moved) / count**0.5 / recipe.lr,
    )


def _features(net: nn.Sequential, x: Tensor) -> Tensor:
    """What the last stage puts out."""
    for stage in list(net.children())[:-1]:
        x = stage(x)
    return x


def _norm(tensors: Sequence[Tensor | None]) -> float:
    """Euclidean, over all of them."""
    return float(sum(float(one.square().sum()) for one in tensors if one is not None) ** 0.5)


def _distance(one: Tensor, other: Tensor) -> float:
    return float((one - other).norm() / other.norm())
