"""Linear probes: networks of which only the classifier learns, on features that are computed once.

What stands before the classifier never changes, so that a picture has the same features at every
step. They are those of the picture as it is, without augmentation.
"""

from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from convnext_viz.data.dataset import Dataset
from convnext_viz.nets.tokens import AveragedHeads
from convnext_viz.results import FeatureProgress
from convnext_viz.train.augment import normalize

CHUNK = 50  # pictures in one forward pass


@dataclass(frozen=True, eq=False)
class Features:
    """What the classifier of a frozen network reads of every picture, on the training device."""

    train: Tensor  # (M, C); (M, 2, C) where class token and distillation token are read
    test: Tensor  # likewise


def classifier(net: nn.Module) -> nn.Module:
    """The last layer of a network of :func:`nets.build`, the one that learns in a probe."""
    return net.get_submodule("head.fc")


def freeze(net: nn.Module) -> None:
    """In place: nothing but the classifier learns, and norms and stochastic depth are as in a
    network that is trained."""
    net.eval().requires_grad_(False)
    classifier(net).requires_grad_(True)


def features(
    net: nn.Sequential,
    dataset: Dataset,
    *,
    mean: tuple[float, ...],
    std: tuple[float, ...],
    device: torch.device,
    bf16: bool,
    step: int = 0,
) -> Generator[FeatureProgress, None, Features]:
    """Computes the features of all pictures in ``dataset``; gives them back at its end.

    The network is on ``device`` and in eval mode. ``step`` is only for what is yielded.
    """
    halves, total = [], len(dataset.train_images) + len(dataset.test_images)
    done = 0
    for images in (dataset.train_images, dataset.test_images):
        found = []
        for some in torch.split(images, CHUNK):
            with torch.no_grad(), torch.autocast(device.type, torch.bfloat16, enabled=bf16):
                found.append(read(net, normalize(some.to(device), mean, std)).float())
            done += len(some)
            yield FeatureProgress(step=step, done=done, total=total)
        halves.append(torch.cat(found))
    return Features(*halves)


def read(net: nn.Sequential, x: Tensor) -> Tensor:
    """What the classifier of ``net`` reads of (N, C, H, W) ``x``."""
    last = classifier(net)
    *body, head = net.children()
    for module in (*body, *(one for one in head.children() if one is not last)):
        x = module(x)
    return x[:, :2] if isinstance(last, AveragedHeads) else x
