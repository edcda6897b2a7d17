"""Input checks that all methods share: of the net, its stage and class, and the image."""

from typing import Any

import torch
from torch import Tensor, nn

from convnext_viz.explain.places import known_places
from convnext_viz.text import t


def stage_names(net: nn.Sequential) -> tuple[str, ...]:
    """``stem``, ``stage1``, …: the children whose outputs are feature maps; all but the head."""
    return tuple(name for name, _ in net.named_children())[:-1]


def check_net(net: nn.Sequential, *, classifies: bool = False) -> None:
    """Raises ValueError for a net in train mode, or without the classifier that is needed."""
    # Every module, as one batch norm left in train mode would average over the picture itself.
    if any(module.training for module in net.modules()):
        raise ValueError(t("explain.error.train_mode"))
    if classifies and "fc" not in dict(net[-1].named_children()):  # as plans call classifiers
        raise ValueError(t("explain.error.no_classifier"))


def check_input(net: nn.Sequential, x: Tensor) -> None:
    """Raises ValueError unless ``x`` is one picture, (1, C, H, W) of floats, large enough."""
    channels = next(m.in_channels for m in net.modules() if isinstance(m, nn.Conv2d))
    one_picture = x.dim() == 4 and x.shape[0] == 1 and x.shape[1] == channels
    if not one_picture or not x.is_floating_point():
        found = f"{tuple(x.shape)}, {str(x.dtype).removeprefix('torch.')}"
        raise ValueError(t("explain.error.input", found=found, channels=channels))
    if not all(_survives(net, side) for side in x.shape[-2:]):
        raise ValueError(t("explain.error.too_small", height=x.shape[-2], width=x.shape[-1]))


def check_stage(net: nn.Sequential, stage: str) -> None:
    """Raises ValueError for a stage, or a block of one, that the net does not have."""
    if stage not in known_places(net):
        known = ", ".join(stage_names(net))
        raise ValueError(t("explain.error.stage", stage=stage, known=known))


def check_target(target: int, classes: int) -> None:
    """Raises ValueError for a class that the net does not know."""
    if not 0 <= target < classes:
        raise ValueError(t("explain.error.target", target=target, last=classes - 1))


def check_labels(labels: tuple[str, ...], classes: int) -> None:
    """Raises ValueError unless there is a label for every class, or none at all."""
    if labels and len(labels) != classes:
        raise ValueError(t("explain.error.labels", count=len(labels), classes=classes))


def _survives(net: nn.Sequential, side: int) -> bool:
    """Whether something is left of a side of so many pixels after stem and downsampling.

    Blocks pad their convolutions, so that from one position on there is always one left.
    """
    for name, module in net[:-1].named_modules():
        if isinstance(module, nn.Conv2d | nn.MaxPool2d) and ".blocks." not in name:
            kernel, stride, padding = map(
                _first, (module.kernel_size, module.stride, module.padding)
            )
            side = (side + 2 * padding - kernel) // stride + 1
            if side < 1:
                return False
    return True


def _first(value: Any) -> int:
    return int(value[0] if isinstance(value, tuple) else value)


def as_input(x: Tensor) -> Tensor:
    """The input in channels_last, the layout in which the pointwise layers are fastest."""
    return x.detach().contiguous(memory_format=torch.channels_last)
