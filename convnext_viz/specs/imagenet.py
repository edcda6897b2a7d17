"""Top-1 accuracies on ImageNet-1K that were printed for named networks, as rows with their source.

An accuracy belongs to weights, so the training behind it stands beside it: two networks are
compared only where that is the same.
"""

from dataclasses import dataclass
from typing import Literal

from convnext_viz.specs.published import published_step

Training = Literal["in1k", "in22k", "fcmae", "fcmae_in22k", "original", "modern"]


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """Per cent of ImageNet-1K's validation images, as printed, at one image size in pixels."""

    name: str
    image_size: int
    top1: str
    training: Training
    source: str


_V1 = "ConvNeXt, README (Liu et al. 2022)"
_V2 = "ConvNeXt V2, README (Woo et al. 2023)"
_TORCHVISION = "torchvision, weight metadata (IMAGENET1K_V1)"


def _rows(training: Training, source: str, rows: str) -> tuple[Accuracy, ...]:
    """Rows of ``name | pixels | top-1``."""
    parts = [[cell.strip() for cell in line.split("|")] for line in rows.strip().splitlines()]
    return tuple(
        Accuracy(name=name, image_size=int(pixels), top1=top1, training=training, source=source)
        for name, pixels, top1 in parts
    )


def _of_roadmap(name: str) -> tuple[Accuracy, ...]:
    """Where a roadmap starts: the network as it was trained in its time, and with new training."""
    trainings: dict[str, Training] = {"start": "original", "recipe": "modern"}
    steps = [(published_step(step, name), training) for step, training in trainings.items()]
    return tuple(
        Accuracy(name=name, image_size=224, top1=row.top1, training=training, source=row.source)
        for row, training in steps
    )


IMAGENET: tuple[Accuracy, ...] = (
    *_rows(
        "in1k",
        _V1,
        """
        convnext_tiny      | 224 | 82.1
        convnext_small     | 224 | 83.1
        convnext_base      | 224 | 83.8
        convnext_base      | 384 | 85.1
        convnext_large     | 224 | 84.3
        convnext_large     | 384 | 85.5
        convnext_iso_small | 224 | 78.7
        convnext_iso_base  | 224 | 82.0
        convnext_iso_large | 224 | 82.6
        """,
    ),
    *_rows(
        "in22k",
        _V1,
        """
        convnext_tiny   | 224 | 82.9
        convnext_tiny   | 384 | 84.1
        convnext_small  | 224 | 84.6
        convnext_small  | 384 | 85.8
        convnext_base   | 224 | 85.8
        convnext_base   | 384 | 86.8
        convnext_large  | 224 | 86.6
        convnext_large  | 384 | 87.5
        convnext_xlarge | 224 | 87.0
        convnext_xlarge | 384 | 87.8
        """,
    ),
    *_rows(
        "fcmae",
        _V2,
        """
        convnextv2_atto  | 224 | 76.7
        convnextv2_femto | 224 | 78.5
        convnextv2_pico  | 224 | 80.3
        convnextv2_nano  | 224 | 81.9
        convnextv2_tiny  | 224 | 83.0
        convnextv2_base  | 224 | 84.9
        convnextv2_large | 224 | 85.8
        convnextv2_huge  | 224 | 86.3
        """,
    ),
    *_rows(
        "fcmae_in22k",
        _V2,
        """
        convnextv2_nano  | 224 | 82.1
        convnextv2_nano  | 384 | 83.4
        convnextv2_tiny  | 224 | 83.9
        convnextv2_tiny  | 384 | 85.1
        convnextv2_base  | 224 | 86.8
        convnextv2_base  | 384 | 87.7
        convnextv2_large | 224 | 87.3
        convnextv2_large | 384 | 88.2
        convnextv2_huge  | 384 | 88.7
        convnextv2_huge  | 512 | 88.9
        """,
    ),
    *_of_roadmap("resnet50"),
    *_of_roadmap("resnet200"),
    *_rows(
        "original",
        _TORCHVISION,
        """
        resnet18        | 224 | 69.758
        resnet34        | 224 | 73.314
        resnet101       | 224 | 77.374
        resnet152       | 224 | 78.312
        resnext50_32x4d | 224 | 77.618
        """,
    ),
)
"""Every row; those of one network and size have one source, that without further data first."""


def imagenet(name: str, image_size: int) -> tuple[Accuracy, ...]:
    """The rows of a network at an image size, in pixels; none where nothing was printed."""
    return tuple(row for row in IMAGENET if (row.name, row.image_size) == (name, image_size))
