"""The optimizer of a recipe: which parameters decay, and the fused step where there is one."""

from collections.abc import Mapping

import torch
from torch import nn

from convnext_viz.train.recipe import Recipe

_MULTIPLY = (nn.Conv2d, nn.Linear)  # modules whose weight is a kernel or a matrix
_FUSED = ("cpu", "cuda", "mps")  # where torch has a fused step for both optimizers


def optimizer(
    net: nn.Module, recipe: Recipe, rates: Mapping[str, float] | None = None
) -> torch.optim.Optimizer:
    """AdamW (eps 1e-8) or SGD with Nesterov momentum over the groups of :func:`decay_groups`."""
    groups = decay_groups(net, recipe.weight_decay, rates)
    fused = all(p.device.type in _FUSED for p in net.parameters())
    if recipe.optimizer == "adamw":
        return torch.optim.AdamW(groups, lr=recipe.lr, betas=recipe.betas, eps=1e-8, fused=fused)
    momentum = recipe.betas[0]
    return torch.optim.SGD(
        groups, lr=recipe.lr, momentum=momentum, nesterov=momentum > 0, fused=fused
    )


def decay_groups(
    net: nn.Module, weight_decay: float, rates: Mapping[str, float] | None = None
) -> list[dict[str, object]]:
    """Two parameter groups: matrices and kernels decay; biases, norms, layer scale and all that is
    learnt as it stands (position embeddings, class tokens, tables of biases) do not.

    With ``rates``, what the learning rate of each parameter (by its name) is multiplied by, two
    groups for every rate; the group's ``lr_scale`` says it. For ConvNeXt these are the groups of
    the official ``optim_factory.py``.
    """
    decayed: dict[float, list[nn.Parameter]] = {}
    exempt: dict[float, list[nn.Parameter]] = {}
    for path, module in net.named_modules():
        for name, parameter in module.named_parameters(recurse=False):
            if parameter.requires_grad:
                rate = rates[f"{path}.{name}".lstrip(".")] if rates else 1.0
                multiplies = isinstance(module, _MULTIPLY) and name == "weight"
                (decayed if multiplies else exempt).setdefault(rate, []).append(parameter)
    if not rates:  # two groups always, also where one is empty
        decayed.setdefault(1.0, [])
        exempt.setdefault(1.0, [])
    return [
        {"params": found, "weight_decay": decay, **({"lr_scale": rate} if rates else {})}
        for groups, decay in ((decayed, weight_decay), (exempt, 0.0))
        for rate, found in groups.items()
    ]


def decayed_names(net: nn.Module) -> frozenset[str]:
    """Names of the parameters that decay."""
    decayed = decay_groups(net, 1.0)[0]["params"]
    assert isinstance(decayed, list)
    ids = {id(parameter) for parameter in decayed}
    return frozenset(name for name, one in net.named_parameters() if id(one) in ids)
