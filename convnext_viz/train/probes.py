"""Probe images: a few test images, and what a network predicts for them while it learns."""

import torch
from torch import Tensor, nn

from convnext_viz.data.dataset import Dataset

PROBES = 16


def probe_images(dataset: Dataset, count: int = PROBES) -> Tensor:
    """Indices of up to ``count`` test pictures, the classes in turn."""
    labels = dataset.test_labels
    # Each picture's place among those of its class: all first ones, then all second ones, …
    order = torch.sort(labels, stable=True).indices
    sizes = torch.bincount(labels, minlength=len(dataset.classes))
    starts = sizes.cumsum(0) - sizes
    place = torch.empty_like(labels)
    place[order] = torch.arange(len(labels)) - starts[labels[order]]
    return torch.sort(place * len(dataset.classes) + labels).indices[:count]


@torch.inference_mode()
def predictions(net: nn.Module, x: Tensor) -> tuple[list[int], list[float]]:
    """Class and its probability for each picture of (N, 3, H, W) ``x``; its mode is restored."""
    training = net.training
    net.eval()
    chances = net(x).float().softmax(1)
    net.train(training)
    best = chances.max(1)
    return best.indices.tolist(), best.values.tolist()
