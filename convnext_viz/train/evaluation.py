"""Evaluation of a network on test images: loss, accuracy, confusion matrix."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convnext_viz.data.dataset import Dataset
from convnext_viz.results import Score
from convnext_viz.train.augment import normalize

CHUNK = 125  # pictures in one forward pass; more fall out of a processor's caches and take longer


def evaluate(
    net: nn.Module, dataset: Dataset, *, device: str | torch.device = "cpu", bf16: bool = False
) -> Score:
    """``net`` (on ``device``) on the test pictures of ``dataset``, without augmentation."""
    chunks = test_chunks(dataset, torch.device(device))
    return pooled([score(net, *chunk, dataset, bf16=bf16) for chunk in chunks])


def test_chunks(dataset: Dataset, device: torch.device) -> Iterator[tuple[Tensor, Tensor]]:
    """The test pictures and their labels on ``device``, a forward pass at a time."""
    images = torch.split(dataset.test_images, CHUNK)
    labels = torch.split(dataset.test_labels, CHUNK)
    for some, of_some in zip(images, labels, strict=True):
        yield some.to(device), of_some.to(device)


def score(
    net: nn.Module, images: Tensor, labels: Tensor, dataset: Dataset, *, bf16: bool = False
) -> Score:
    """``net`` on (N, 3, H, W) uint8 ``images`` like those of ``dataset``; its mode is restored."""
    x = normalize(images, dataset.mean, dataset.std)
    return score_of_inputs(net, x, labels, len(dataset.classes), bf16=bf16)


@torch.inference_mode()
def score_of_inputs(
    net: nn.Module, x: Tensor, labels: Tensor, classes: int, *, bf16: bool = False
) -> Score:
    """``net`` on ``x``, as it takes it, with (N,) ``labels``; its mode is restored."""
    training = net.training
    net.eval()
    with torch.autocast(x.device.type, torch.bfloat16, enabled=bf16):
        logits = net(x).float()
    net.train(training)
    # Not finite for a network that was taught badly: argmax of NaN is a class all the same.
    pairs = labels * classes + logits.argmax(1)
    confusion = torch.bincount(pairs, minlength=classes**2).view(classes, classes).cpu().numpy()
    return Score(
        loss=F.cross_entropy(logits, labels).item(),
        accuracy=float(confusion.trace() / len(labels)),
        confusion=confusion,
    )


def pooled(scores: Sequence[Score]) -> Score:
    """The score on all pictures of several scores together."""
    sizes = [score.confusion.sum() for score in scores]
    confusion = np.sum([score.confusion for score in scores], axis=0)
    return Score(
        loss=float(np.average([score.loss for score in scores], weights=sizes)),
        accuracy=float(confusion.trace() / confusion.sum()),
        confusion=confusion,
    )
