"""Arms in training: a network with all that changes as it learns, saved and restored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from convnext_viz.text import t
from convnext_viz.train import ema
from convnext_viz.train.linear_probe import Features, freeze
from convnext_viz.train.optim import optimizer
from convnext_viz.train.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Learning:
    """How an arm learns where that is not as the recipe alone says."""

    frozen: bool = False  # only the classifier learns, on features that are computed once
    # What the learning rate of every parameter is multiplied by; empty: by 1.
    rates: Mapping[str, float] = field(default_factory=dict)
    # (mean, standard deviation) a channel that its weights are used to; None: those of the data.
    normalisation: tuple[tuple[float, ...], tuple[float, ...]] | None = None


USUAL = Learning()


@dataclass(eq=False)
class TrainingArm:
    """One network in training. Not frozen: training is what changes it."""

    label: str
    net: nn.Module
    optimizer: torch.optim.Optimizer
    average: nn.Module | None  # moving average of the weights, where the recipe keeps one
    diverged_at: int | None = None  # the step whose loss or gradient was not finite
    learning: Learning = USUAL
    features: Features | None = None  # of a frozen arm, once they are computed


def prepare(
    nets: Mapping[str, nn.Module],
    recipe: Recipe,
    *,
    device: str | torch.device = "cpu",
    learning: Mapping[str, Learning] | None = None,
) -> list[TrainingArm]:
    """One arm a network, on ``device``; the networks are moved there, not copied.

    ``learning`` says by label how an arm learns; who is not in it learns as the recipe says.
    Raises ValueError where there is no network or one has nothing to train.
    """
    if not nets:
        raise ValueError(t("train.error.no_arms"))
    arms = []
    for label, net in nets.items():
        how = (learning or {}).get(label, USUAL)
        if how.frozen:
            freeze(net)
        if not any(parameter.requires_grad for parameter in net.parameters()):
            raise ValueError(t("train.error.nothing_to_train", label=label))
        net.to(device)
        if recipe.channels_last:
            net.to(memory_format=torch.channels_last)
        average = ema.averaged(net) if recipe.ema_decay else None
        steps = optimizer(net, recipe, how.rates)
        arms.append(TrainingArm(label, net, steps, average, learning=how))
    return arms


def snapshot(arms: Sequence[TrainingArm], step: int) -> dict[str, Tensor]:
    """Everything that ``restore`` needs to go on after ``step`` steps, as contiguous tensors on
    the CPU by name (a safetensors file takes them as they are).

    Names are ``step``, ``<label>/diverged_at`` (-1 = no) and, a tensor each,
    ``<label>/net/<name>``, ``<label>/average/<name>``, ``<label>/optimizer/<what>/<name>``.
    """
    tensors = {"step": torch.tensor(step)}
    for arm in arms:
        diverged = -1 if arm.diverged_at is None else arm.diverged_at
        tensors[f"{arm.label}/diverged_at"] = torch.tensor(diverged)
        for name, value in _weights(arm).items():
            tensors[name] = _copied(value)
        for name, parameter in arm.net.named_parameters():
            for what, value in arm.optimizer.state.get(parameter, {}).items():
                if isinstance(value, Tensor):
                    tensors[f"{arm.label}/optimizer/{what}/{name}"] = _copied(value)
    return tensors


def restore(arms: Sequence[TrainingArm], tensors: Mapping[str, Tensor]) -> int:
    """Put a snapshot into freshly prepared ``arms`` of the same labels, networks and recipe;
    returns the step to go on from. Raises ValueError, before anything changes, where it is a
    snapshot of other arms."""
    weights = {name: value for arm in arms for name, value in _weights(arm).items()}
    expected = {"step"} | weights.keys() | {f"{arm.label}/diverged_at" for arm in arms}
    missing = [name for name in expected if name not in tensors]
    shaped = [
        name for name in weights.keys() - set(missing) if weights[name].shape != tensors[name].shape
    ]
    if missing or shaped:
        names = ", ".join(sorted(missing + shaped)[:3])
        raise ValueError(t("train.error.snapshot", names=names))
    with torch.no_grad():
        for name, value in weights.items():
            value.copy_(tensors[name])
    for arm in arms:
        arm.features = None
        diverged = int(tensors[f"{arm.label}/diverged_at"])
        arm.diverged_at = None if diverged < 0 else diverged
        _restore_optimizer(arm, tensors)
    return int(tensors["step"])


def _restore_optimizer(arm: TrainingArm, tensors: Mapping[str, Tensor]) -> None:
    arm.optimizer.state.clear()
    prefix = f"{arm.label}/optimizer/"
    parameters = dict(arm.net.named_parameters())
    for key in tensors:
        if key.startswith(prefix):
            what, _, name = key.removeprefix(prefix).partition("/")
            parameter = parameters[name]
            saved = tensors[key]
            # Laid out like its parameter: the fused step walks both in the order of memory.
            like = parameter if saved.shape == parameter.shape else saved.to(parameter.device)
            state = torch.empty_like(like, dtype=saved.dtype, requires_grad=False).copy_(saved)
            arm.optimizer.state[parameter][what] = state


def _weights(arm: TrainingArm) -> dict[str, Tensor]:
    """Parameters and buffers of the network and of its average, by snapshot name."""
    named = {f"{arm.label}/net/{name}": value for name, value in arm.net.state_dict().items()}
    if arm.average is not None:
        for name, value in arm.average.state_dict().items():
            named[f"{arm.label}/average/{name}"] = value
    return named


def _copied(value: Tensor) -> Tensor:
    return value.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)
