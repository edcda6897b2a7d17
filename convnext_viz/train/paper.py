"""The paper's recipes, pre-training and fine-tuning, as data.

Liu et al. 2022 (arXiv:2201.03545), Tables 5 and 6; what no table says (the smallest learning rate,
mixing every batch, colour jitter) is the default of the official ``main.py``. No torch is loaded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from convnext_viz.specs import CONVNEXT, ConvNeXtSpec
from convnext_viz.train.recipe import Recipe

SIZES = ("T", "S", "B", "L", "XL")

_PRETRAINED = Recipe(
    epochs=300,
    batch_size=4096,
    lr=4e-3,
    warmup_epochs=20,
    min_lr=1e-6,
    betas=(0.9, 0.999),
    weight_decay=0.05,
    grad_clip=None,
    ema_decay=0.9999,
    crop_padding=0,  # the paper cuts random resized crops
    random_erasing=0.25,
    rand_augment=9.0,
    rand_augment_spread=0.5,
    label_smoothing=0.1,
    mixup=0.8,
    cutmix=1.0,
)
_FINE_TUNED = replace(
    _PRETRAINED,
    epochs=30,
    batch_size=512,
    lr=5e-5,
    warmup_epochs=0,
    weight_decay=1e-8,
    ema_decay=0.0,
    mixup=0.0,
    cutmix=0.0,
)

PAPER: Mapping[str, Recipe] = MappingProxyType(
    {
        "in1k": _PRETRAINED,
        "in22k": replace(_PRETRAINED, epochs=90, warmup_epochs=5, ema_decay=0.0),
        "tuned_1k": _FINE_TUNED,
        "tuned_22k": _FINE_TUNED,
    }
)
"""ImageNet-1K; ImageNet-22K; 1K at 224 → 1K at 384 pixels; 22K → 1K at 224 or 384 pixels."""


@dataclass(frozen=True, kw_only=True)
class Further:
    """What a recipe of the paper says of the network and of single sizes, which a Recipe does not.

    By size of the network, where there is a row for that size. ``layer_scale`` None: as it was
    pre-trained.
    """

    images: int  # of the training set
    drop_path: Mapping[str, float]
    layer_decay: float | None = None
    layer_scale: float | None = 1e-6
    head_init_scale: float | None = None
    ema: Mapping[str, float] = field(default_factory=dict)  # where only some sizes have one


_IN1K = 1_281_167  # images; Russakovsky et al. 2015

FURTHER: Mapping[str, Further] = MappingProxyType(
    {
        "in1k": Further(images=_IN1K, drop_path={"T": 0.1, "S": 0.4, "B": 0.5, "L": 0.5}),
        "in22k": Further(
            images=14_000_000,  # "∼14M images", section 3
            drop_path={"T": 0.0, "S": 0.0, "B": 0.1, "L": 0.1, "XL": 0.2},
        ),
        "tuned_1k": Further(
            images=_IN1K,
            drop_path={"B": 0.8, "L": 0.95},
            layer_decay=0.7,
            layer_scale=None,
            head_init_scale=0.001,
        ),
        "tuned_22k": Further(
            images=_IN1K,
            drop_path={"T": 0.0, "S": 0.1, "B": 0.2, "L": 0.3, "XL": 0.4},
            layer_decay=0.8,
            layer_scale=None,
            head_init_scale=0.001,
            ema={"XL": 0.9999},
        ),
    }
)

COLOR_JITTER = 0.4
"""In ``main.py``; timm switches it off where RandAugment is on, as it is in every recipe here."""

_NAMES = ("tiny", "small", "base", "large", "xlarge")
NETWORKS: Mapping[str, ConvNeXtSpec] = MappingProxyType(
    {size: CONVNEXT[f"convnext_{name}"] for size, name in zip(SIZES, _NAMES, strict=True)}
)
"""The paper's network of every size."""
