"""The recipe of a training: one flat, checked, frozen description."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from convnext_viz.specs import fields
from convnext_viz.specs.fields import choice, flag, integer, number, numbers
from convnext_viz.text import t

Optimizer = Literal["adamw", "sgd"]

_ERROR = "train.error.recipe_value"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything about training that is neither network nor data.

    Defaults suit a small ConvNeXt on 32×32 images and follow the paper's Table 5 where that makes
    sense at this size. Stochastic depth belongs to the network (``ConvNeXtSpec.drop_path_rate``).
    Raises ValueError that names the field, its value and what is allowed.
    """

    epochs: float = number(
        10, 0, low_open=True, group="length", limits=(0.1, 10_000), step=1.0, format="%.4g"
    )
    batch_size: int = integer(256, 1, group="length", limits=(1, 65_536), step=32)
    # In epochs; 0 = only at the end.
    evaluate_every: float = number(
        1.0, 0, group="length", limits=(0, 10_000), step=0.5, format="%.2f"
    )

    optimizer: Optimizer = choice("adamw", Optimizer, group="steps")
    lr: float = number(  # the peak, after warm-up
        4e-3, 0, low_open=True, group="steps", limits=(1e-6, 100), step=1e-3, format="%.2g"
    )
    # In epochs; linear from 0.
    warmup_epochs: float = number(1, 0, group="steps", limits=(0, 10_000), step=0.5, format="%.3g")
    min_lr: float = number(  # where the cosine ends
        1e-6, 0, allowed="0 … lr", group="steps", limits=(0, 100), step=1e-4, format="%.2g"
    )
    # Of sgd, the first is the (Nesterov) momentum.
    betas: tuple[float, float] = numbers(
        (0.9, 0.999), 0, 1, high_open=True, allowed="0 ≤ β₁, β₂ < 1", group="steps"
    )
    weight_decay: float = number(  # none on biases and other 1-D parameters
        0.05, 0, group="steps", limits=(0, 10), step=0.01, format="%.3g"
    )
    grad_clip: float | None = number(  # largest gradient norm
        None,
        0,
        low_open=True,
        optional=True,
        allowed="None, > 0",
        group="steps",
        limits=(0, 1e6),
        step=0.5,
        format="%.2f",
    )
    # Of the weights' moving average; 0 = there is none.
    ema_decay: float = number(
        0.0, 0, 1, high_open=True, group="steps", limits=(0, 0.99999), step=0.001, format="%.4f"
    )

    # Of a mirrored border, of which a random crop is taken.
    crop_padding: int = integer(4, 0, group="pictures", unit="px", limits=(0, 512), step=1)
    # Smallest share of the area that a random resized crop keeps; 1 = off.
    resized_crop: float = number(
        1.0,
        0,
        1,
        low_open=True,
        allowed="0 < … ≤ 1",
        group="pictures",
        limits=(0.01, 1),
        step=0.05,
        format="%.2f",
    )
    # Side of a square replaced by the mean; 0 = off.
    cutout: int = integer(0, 0, group="pictures", unit="px", limits=(0, 512), step=2)
    # Probability of a random rectangle of noise.
    random_erasing: float = number(
        0.0, 0, 1, allowed="0 … 1", group="pictures", step=0.05, format="%.2f"
    )
    # Mean magnitude of RandAugment; 0 = off.
    rand_augment: float = number(
        0.0, 0, 10, allowed="0 … 10", group="pictures", step=1.0, format="%.1f"
    )
    rand_augment_spread: float = number(  # its standard deviation
        0.5, 0, needs=("rand_augment",), group="pictures", limits=(0, 10), step=0.1, format="%.1f"
    )
    rand_augment_ops: int = integer(  # operations an image, each done half of the time
        2, 1, needs=("rand_augment",), group="pictures", limits=(1, 20), step=1
    )
    flip: bool = flag(True, group="pictures")  # left to right, half of the images

    label_smoothing: float = number(
        0.1, 0, 1, high_open=True, group="targets", limits=(0, 0.99), step=0.05, format="%.2f"
    )
    mixup: float = number(  # alpha of its Beta distribution; 0 = off
        0.0, 0, group="targets", limits=(0, 100), step=0.1, format="%.2f"
    )
    cutmix: float = number(  # the same; with both, each batch gets one or the other
        0.0, 0, group="targets", limits=(0, 100), step=0.1, format="%.2f"
    )
    mix_probability: float = number(  # share of the batches that are mixed at all
        1.0,
        0,
        1,
        allowed="0 … 1",
        needs=("mixup", "cutmix"),
        group="targets",
        step=0.1,
        format="%.2f",
    )

    bf16: bool = flag(False, group="machine")  # bfloat16 autocast
    channels_last: bool = flag(True, group="machine")

    def __post_init__(self) -> None:
        fields.check(self, _ERROR)
        if self.min_lr > self.lr:
            raise fields.refusal("min_lr", self.min_lr, "0 … lr", _ERROR)
        if self.warmup_epochs > self.epochs:
            raise ValueError(t("train.error.warmup", warmup=self.warmup_epochs, epochs=self.epochs))


def to_dict(recipe: Recipe) -> dict[str, Any]:
    """``recipe`` in the types JSON has."""
    return fields.to_json(recipe)


def from_dict(values: Mapping[str, Any]) -> Recipe:
    """The recipe of ``values``; fields that are missing take their default.

    Raises ValueError for a field that no recipe has.
    """
    return fields.from_json(Recipe, values, "train.error.recipe_field")
