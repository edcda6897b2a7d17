"""The builder: turns a plan into a plain ``nn.Sequential(stem, stage1, …, head)`` that runs."""

from collections import OrderedDict
from collections.abc import Iterable

import torch
from torch import nn

from convnext_viz.nets.layers import MODULES, Residual
from convnext_viz.plans import Block, Layer, Plan, Stage, plan, smallest_image
from convnext_viz.plans import Residual as PlannedResidual
from convnext_viz.specs import Spec


def build(spec: Spec, *, seed: int | None = None) -> nn.Sequential:
    """The net of a spec, with fresh weights, in train mode.

    Its children are ``stem``, ``stage1``, …, ``head``; input (N, in_chans, H, W), output
    (N, num_classes), or (N, C) without a classifier. A slice of it is a net again: ``net[:3]``
    gives the activation after stage 2. With ``seed`` the weights repeat and the global random state
    stays as it was. Weights start as in the paper's code, normal with std 0.02; biases start at 0.
    """
    return build_plan(plan(spec, smallest_image(spec)), seed=seed)


def build_plan(described: Plan, *, seed: int | None = None) -> nn.Sequential:
    """The net of a plan, as :func:`build` makes it; the plan says everything, its spec nothing."""
    with torch.random.fork_rng(devices=[], enabled=seed is not None):
        if seed is not None:
            # torch.manual_seed would seed the accelerators' generators as well, and for good.
            torch.default_generator.manual_seed(seed)
        net = nn.Sequential(OrderedDict((s.name, _stage(s)) for s in described.stages))
        _init(net, described)
    return net


def _stage(stage: Stage) -> nn.Sequential:
    if not stage.blocks:
        return _chain(stage.own)
    blocks = nn.Sequential(*map(_block, stage.blocks))
    if not stage.own:
        return nn.Sequential(OrderedDict(blocks=blocks))
    return nn.Sequential(OrderedDict(downsample=_chain(stage.own), blocks=blocks))


def _block(block: Block) -> nn.Module:
    parts: OrderedDict[str, nn.Module] = OrderedDict()
    for step in block.steps:
        if isinstance(step, PlannedResidual):
            branches = {branch.name: _chain(branch.layers) for branch in step.branches}
            module = Residual(branches, _chain(step.after))
            if step.name == block.name:  # all of the block
                return module
            parts[step.name.rpartition(".")[2]] = module
        else:
            parts |= {_short(layer): MODULES[layer.kind](layer) for layer in step}
    return nn.Sequential(parts)


def _chain(layers: Iterable[Layer]) -> nn.Sequential:
    return nn.Sequential(
        OrderedDict((_short(layer), MODULES[layer.kind](layer)) for layer in layers)
    )


def _short(layer: Layer) -> str:
    return layer.name.rpartition(".")[2]


def _init(net: nn.Sequential, described: Plan) -> None:
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            # The official trunc_normal_(std=.02) cuts at ±2, a hundred deviations away.
            nn.init.trunc_normal_(module.weight, std=0.02)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    for layer in described.layers:
        if layer.init != 1 and layer.kind != "layer_scale":
            with torch.no_grad():
                net.get_parameter(f"{layer.name}.weight").mul_(layer.init)
