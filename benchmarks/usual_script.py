"""The usual CIFAR training script, to measure beside: a DataLoader, a picture at a time, float32.

The network has timm's own blocks and the memory layout that torch gives by default, the optimizer
is torch's AdamW as it comes, the augmentations are torchvision's or, for the paper's, those that
``timm.data.create_transform`` makes of the paper's settings.
"""

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from timm.data import Mixup, create_transform
from timm.layers import LayerNorm, LayerNorm2d
from timm.models.convnext import ConvNeXtStage
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torchvision.transforms import v2

from convnext_viz.data import Dataset
from convnext_viz.specs import ConvNeXtSpec

Batches = Iterator[tuple[Tensor, Tensor]]


def network(spec: ConvNeXtSpec) -> nn.Module:
    """A ConvNeXt of LayerNorm and GELU as timm puts it together; as many parameters as ours."""
    stages: list[nn.Module] = []
    before = spec.dims[0]
    for depth, width, side in zip(spec.depths, spec.dims, spec.kernel_sizes, strict=True):
        stages.append(
            ConvNeXtStage(
                before,
                width,
                kernel_size=side,
                stride=2 if stages else 1,
                depth=depth,
                ls_init_value=spec.layer_scale,  # type: ignore[arg-type]
                norm_layer=LayerNorm2d,
                norm_layer_cl=LayerNorm,
            )
        )
        before = width
    stem = (nn.Conv2d(3, spec.dims[0], spec.patch_size, spec.patch_size), LayerNorm2d(spec.dims[0]))
    head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LayerNorm(before), nn.Linear(before, 10))
    return nn.Sequential(*stem, *stages, *head)


def simple(data: Dataset) -> Callable[[Any], Tensor]:
    """Crop, flip, to floats, normalise."""
    chain = [
        v2.RandomCrop(32, padding=4),
        v2.RandomHorizontalFlip(),
        v2.PILToTensor(),
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize(list(data.mean), list(data.std)),
    ]
    return v2.Compose(chain)


def paper(data: Dataset) -> Callable[[Any], Tensor]:
    """RandAugment (9, 0.5) and random erasing 0.25 as in the paper's Table 5; at 32 pixels timm
    takes padded crops, as every script for CIFAR does."""
    chain = create_transform(
        32,
        is_training=True,
        no_aug=False,
        scale=(1.0, 1.0),
        ratio=(1.0, 1.0),
        auto_augment="rand-m9-mstd0.5",  # "inc1" may posterise to 0 bits, which Pillow refuses
        re_prob=0.25,
        re_mode="pixel",
        mean=data.mean,
        std=data.std,
    )
    chain.transforms[0] = v2.RandomCrop(32, padding=4)
    return chain  # type: ignore[no-any-return]


class Pictures(torch.utils.data.Dataset[tuple[Tensor, int]]):
    """PIL pictures, as torchvision's CIFAR gives them, each through a transform."""

    def __init__(self, data: Dataset, transform: Callable[[Any], Tensor]) -> None:
        self.pictures = [v2.functional.to_pil_image(image) for image in data.train_images]
        self.labels = data.train_labels.tolist()
        self.transform = transform

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, i: int) -> tuple[Tensor, int]:
        return self.transform(self.pictures[i]), self.labels[i]


def batches(
    data: Dataset, size: int, *, transform: Callable[[Any], Tensor], workers: int = 0
) -> Batches:
    """Batches without end."""
    loader = DataLoader(
        Pictures(data, transform),
        size,
        shuffle=True,
        drop_last=True,
        num_workers=workers,
        persistent_workers=workers > 0,
    )
    return itertools.chain.from_iterable(itertools.repeat(loader))


def loop(spec: ConvNeXtSpec, given: Batches, *, mixes: bool = False) -> Callable[[], None]:
    """One step of the script; ``mixes``: with timm's Mixup 0.8 and CutMix 1.0."""
    net = network(spec).train()
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
    mixed = Mixup(mixup_alpha=0.8, cutmix_alpha=1.0, label_smoothing=0.1) if mixes else None
    if mixed:
        mixed.num_classes = 10
    smooth = partial(F.cross_entropy, label_smoothing=0.0 if mixes else 0.1)

    def step() -> None:
        x, targets = next(given)
        if mixed:
            x, targets = mixed(x, targets)
        loss = smooth(net(x), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()

    return step
