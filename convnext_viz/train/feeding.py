"""Inputs of an arm: the pictures as its weights are used to them, or the features of a frozen one.

All arms see the same batch. Where an arm starts from weights that were trained with another
normalisation, the batch is normalised by theirs; a frozen arm gets the features of the same
pictures, without augmentation and with their own classes.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from convnext_viz.data.dataset import Dataset
from convnext_viz.results import FeatureProgress
from convnext_viz.train.arms import TrainingArm
from convnext_viz.train.augment import Batch, Source, normalize, renormalized
from convnext_viz.train.evaluation import CHUNK, test_chunks
from convnext_viz.train.linear_probe import classifier, features

Normalisation = tuple[tuple[float, ...], tuple[float, ...]]


def normalisation(arm: TrainingArm, data: Dataset | Source) -> Normalisation:
    """Mean and standard deviation a channel of what the arm's network reads."""
    return arm.learning.normalisation or (data.mean, data.std)


def learner(arm: TrainingArm, net: nn.Module | None = None) -> nn.Module:
    """The part of the arm's network (or of its average, ``net``) that learns: all of it, or the
    classifier of a frozen one."""
    net = net or arm.net
    return classifier(net) if arm.learning.frozen else net


def with_features(
    arm: TrainingArm, dataset: Dataset, device: torch.device, *, bf16: bool, step: int
) -> Iterator[FeatureProgress]:
    """Computes what a frozen arm's classifier reads; nothing for others, or where it is there."""
    if arm.learning.frozen and arm.features is None:
        assert isinstance(arm.net, nn.Sequential)
        mean, std = normalisation(arm, dataset)
        arm.features = yield from features(
            arm.net, dataset, mean=mean, std=std, device=device, bf16=bf16, step=step
        )


def fed(arm: TrainingArm, batch: Batch | None, indices: Tensor, pictures: Source) -> Batch:
    """What the arm learns from at the step of ``batch``, which has the pictures ``indices``."""
    if arm.features is not None:
        labels = pictures.labels[indices.to(pictures.labels.device)]
        return Batch(arm.features.train[indices.to(labels.device)], labels, labels)
    assert batch is not None
    of_data, of_arm = (pictures.mean, pictures.std), normalisation(arm, pictures)
    if of_arm == of_data:
        return batch
    return Batch(renormalized(batch.x, of_data, of_arm), batch.targets, batch.labels)


def test_inputs(
    arm: TrainingArm, dataset: Dataset, device: torch.device
) -> Iterator[tuple[Tensor, Tensor]]:
    """What the learning part reads of the test pictures, and their labels, a pass at a time."""
    for i, (images, labels) in enumerate(test_chunks(dataset, device)):
        if arm.features is not None:
            yield arm.features.test[i * CHUNK : i * CHUNK + len(images)], labels
        else:
            yield normalize(images, *normalisation(arm, dataset)), labels
