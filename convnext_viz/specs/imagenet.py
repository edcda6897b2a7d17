"""Top-1 accuracies on ImageNet-1K that were printed for named networks, as rows with their source.

An accuracy belongs to weights, so the training behind it stands beside it: two networks are
compared only where that is the same.
"""

from dataclasses import dataclass
from typing import Literal

from convnext_viz.specs.published_roadmap import published_step

Training = Literal[
    "in1k",
    "in22k",
    "fcmae",
    "fcmae_in22k",
    "original",
    "modern",
    "plain",
    "strong",
    "plus",
    "unreported",
    "distilled",
]


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
_REPVGG = "Ding et al. 2021, Tables 4 and 5 (arXiv:2101.03697)"
_REPVGG_LATER = "RepVGG, README (Ding et al.)"
_AUGREG = "vision_transformer, README (Steiner et al. 2021)"
_DEIT = "DeiT, README (Touvron et al. 2021)"
_DEIT3 = "DeiT III, README (Touvron et al. 2022)"
_SWIN = "Swin Transformer, README (Liu et al. 2021)"
_SWIN_V2 = "Swin Transformer, MODELHUB (Liu et al. 2022)"
_TIMM_VIT = "timm, results-imagenet.csv, of the weights of Steiner et al. 2021"
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
    *_rows(
        "plain",
        _REPVGG,
        """
        repvgg_a0   | 224 | 72.41
        repvgg_a1   | 224 | 74.46
        repvgg_a2   | 224 | 76.48
        repvgg_b0   | 224 | 75.14
        repvgg_b1   | 224 | 78.37
        repvgg_b1g2 | 224 | 77.78
        repvgg_b1g4 | 224 | 77.58
        repvgg_b2   | 224 | 78.78
        repvgg_b2g4 | 224 | 78.50
        """,
    ),
    *_rows(
        "strong",
        _REPVGG,
        """
        repvgg_b2g4 | 224 | 79.38
        repvgg_b3   | 224 | 80.52
        repvgg_b3g4 | 224 | 80.21
        """,
    ),
    *_rows(
        "unreported",
        _REPVGG_LATER,
        """
        repvgg_d2se | 224 | 81.82
        repvgg_d2se | 320 | 83.55
        """,
    ),
    *_rows("plus", _REPVGG_LATER, "repvggplus_l2pse | 320 | 84.06"),
    *_rows("in22k", _AUGREG, "vit_base_patch16_384 | 384 | 85.49"),
    *_rows(
        "in1k",
        _TIMM_VIT,
        """
        vit_small_patch16_224 | 224 | 78.842
        vit_base_patch32_224  | 224 | 74.908
        vit_base_patch16_224  | 224 | 79.154
        """,
    ),
    *_rows(
        "in22k",
        _TIMM_VIT,
        """
        vit_tiny_patch16_224  | 224 | 75.452
        vit_small_patch32_224 | 224 | 76.010
        vit_small_patch16_224 | 224 | 81.402
        vit_base_patch32_224  | 224 | 80.732
        vit_base_patch16_224  | 224 | 84.534
        vit_base_patch8_224   | 224 | 85.838
        vit_large_patch16_224 | 224 | 85.856
        """,
    ),
    *_rows(
        "in1k",
        _DEIT,
        """
        deit_tiny_patch16_224  | 224 | 72.2
        deit_small_patch16_224 | 224 | 79.9
        deit_base_patch16_224  | 224 | 81.8
        deit_base_patch16_384  | 384 | 82.9
        """,
    ),
    *_rows(
        "distilled",
        _DEIT,
        """
        deit_tiny_distilled_patch16_224  | 224 | 74.5
        deit_small_distilled_patch16_224 | 224 | 81.2
        deit_base_distilled_patch16_224  | 224 | 83.4
        """,
    ),
    *_rows(
        "in1k",
        _DEIT3,
        """
        deit3_small_patch16_224 | 224 | 81.4
        deit3_base_patch16_224  | 224 | 83.8
        deit3_large_patch16_224 | 224 | 84.9
        """,
    ),
    *_rows(
        "in22k",
        _DEIT3,
        """
        deit3_small_patch16_224 | 224 | 83.1
        deit3_base_patch16_224  | 224 | 85.7
        deit3_large_patch16_224 | 224 | 87.0
        """,
    ),
    *_rows(
        "in1k",
        _SWIN,
        """
        swin_tiny_patch4_window7_224  | 224 | 81.2
        swin_small_patch4_window7_224 | 224 | 83.2
        swin_base_patch4_window7_224  | 224 | 83.5
        swin_base_patch4_window12_384 | 384 | 84.5
        """,
    ),
    *_rows(
        "in22k",
        _SWIN,
        """
        swin_tiny_patch4_window7_224   | 224 | 80.9
        swin_small_patch4_window7_224  | 224 | 83.2
        swin_base_patch4_window7_224   | 224 | 85.2
        swin_base_patch4_window12_384  | 384 | 86.4
        swin_large_patch4_window7_224  | 224 | 86.3
        swin_large_patch4_window12_384 | 384 | 87.3
        """,
    ),
    *_rows(
        "in1k",
        _SWIN_V2,
        """
        swinv2_tiny_window8_256  | 256 | 81.8
        swinv2_small_window8_256 | 256 | 83.7
        swinv2_base_window8_256  | 256 | 84.2
        """,
    ),
)
"""Every row; those of one network and size have one source, that without further data first."""


def imagenet(name: str, image_size: int) -> tuple[Accuracy, ...]:
    """The rows of a network at an image size, in pixels; none where nothing was printed."""
    return tuple(row for row in IMAGENET if (row.name, row.image_size) == (name, image_size))
