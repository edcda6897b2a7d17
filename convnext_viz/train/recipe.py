"""How a network is taught: one flat, checked, frozen description."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, TypeGuard, get_args

from convnext_viz.text import t

Optimizer = Literal["adamw", "sgd"]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything about training that is neither network nor data.

    Defaults suit a small ConvNeXt on 32×32 pictures and follow the paper's Table 5 where that
    makes sense at this size. Stochastic depth belongs to the network
    (``ConvNeXtSpec.drop_path_rate``).
    Raises ValueError that names the field, its value and what is allowed.
    """

    optimizer: Optimizer = "adamw"
    lr: float = 4e-3  # the peak, after warm-up
    min_lr: float = 1e-6  # where the cosine ends
    weight_decay: float = 0.05  # none on biases and other 1-D parameters
    betas: tuple[float, float] = (0.9, 0.999)  # sgd: the first is the (Nesterov) momentum
    grad_clip: float | None = None  # largest gradient norm
    batch_size: int = 256
    epochs: float = 10
    warmup_epochs: float = 1  # linear from 0
    label_smoothing: float = 0.1
    crop_padding: int = 4  # pixels of mirrored border, of which a random crop is taken
    flip: bool = True  # left to right, half of the pictures
    rand_augment: float = 0.0  # mean magnitude of RandAugment, 0 … 10; 0 = off
    rand_augment_spread: float = 0.5  # its standard deviation
    rand_augment_ops: int = 2  # operations a picture, each done half of the time
    cutout: int = 0  # side in pixels of a square replaced by the mean; 0 = off
    random_erasing: float = 0.0  # probability of a random rectangle of noise
    mixup: float = 0.0  # alpha of its Beta distribution; 0 = off
    cutmix: float = 0.0  # the same; with both, each batch gets one or the other
    mix_probability: float = 1.0  # share of the batches that are mixed at all
    ema_decay: float = 0.0  # of the weights' moving average; 0 = none is kept
    bf16: bool = False  # bfloat16 autocast
    channels_last: bool = True
    evaluate_every: float = 1.0  # epochs; 0 = only at the end

    def __post_init__(self) -> None:
        for name, (holds, allowed) in _checks(self).items():
            if not holds:
                value = getattr(self, name)
                raise ValueError(
                    t("train.error.recipe_value", field=name, value=value, allowed=allowed)
                )
        if self.warmup_epochs > self.epochs:
            raise ValueError(t("train.error.warmup", warmup=self.warmup_epochs, epochs=self.epochs))


def to_dict(recipe: Recipe) -> dict[str, Any]:
    """``recipe`` in the types JSON has."""
    return {**asdict(recipe), "betas": list(recipe.betas)}


def from_dict(values: Mapping[str, Any]) -> Recipe:
    """The recipe of ``values``; fields that are missing take their default.

    Raises ValueError for a field that no recipe has.
    """
    known = [field.name for field in fields(Recipe)]
    for name in values:
        if name not in known:
            raise ValueError(t("train.error.recipe_field", field=name, allowed=", ".join(known)))
    # JSON has no tuples.
    tuples: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return Recipe(**tuples)


def _checks(r: Recipe) -> dict[str, tuple[bool, str]]:
    """For each field: whether its value is legal, and what is legal."""
    optimizers = get_args(Optimizer)
    return {
        "optimizer": (r.optimizer in optimizers, ", ".join(optimizers)),
        "lr": (_number(r.lr) and r.lr > 0, "> 0"),
        "min_lr": (_number(r.min_lr) and _number(r.lr) and 0 <= r.min_lr <= r.lr, "0 … lr"),
        "weight_decay": _at_least_zero(r.weight_decay),
        "betas": (_two_shares(r.betas), "0 ≤ β₁, β₂ < 1"),
        "grad_clip": (r.grad_clip is None or _positive(r.grad_clip)[0], "None, > 0"),
        "batch_size": (_whole(r.batch_size) and r.batch_size >= 1, "1, 2, 3, …"),
        "epochs": _positive(r.epochs),
        "warmup_epochs": _at_least_zero(r.warmup_epochs),
        "label_smoothing": _share_below_one(r.label_smoothing),
        "crop_padding": _pixels(r.crop_padding),
        "flip": _flag(r.flip),
        "rand_augment": (_number(r.rand_augment) and 0 <= r.rand_augment <= 10, "0 … 10"),
        "rand_augment_spread": _at_least_zero(r.rand_augment_spread),
        "rand_augment_ops": (_whole(r.rand_augment_ops) and r.rand_augment_ops >= 1, "1, 2, 3, …"),
        "cutout": _pixels(r.cutout),
        "random_erasing": _share(r.random_erasing),
        "mixup": _at_least_zero(r.mixup),
        "cutmix": _at_least_zero(r.cutmix),
        "mix_probability": _share(r.mix_probability),
        "ema_decay": _share_below_one(r.ema_decay),
        "bf16": _flag(r.bf16),
        "channels_last": _flag(r.channels_last),
        "evaluate_every": _at_least_zero(r.evaluate_every),
    }


def _number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _positive(value: object) -> tuple[bool, str]:
    return _number(value) and value > 0, "> 0"


def _at_least_zero(value: object) -> tuple[bool, str]:
    return _number(value) and value >= 0, "≥ 0"


def _pixels(value: object) -> tuple[bool, str]:
    return _whole(value) and value >= 0, "0, 1, 2, …"


def _share(value: object) -> tuple[bool, str]:
    return _number(value) and 0 <= value <= 1, "0 … 1"


def _share_below_one(value: object) -> tuple[bool, str]:
    return _number(value) and 0 <= value < 1, "0 ≤ … < 1"


def _two_shares(values: object) -> bool:
    if not (isinstance(values, tuple) and len(values) == 2):
        return False
    return all(_share_below_one(value)[0] for value in values)


def _flag(value: object) -> tuple[bool, str]:
    return isinstance(value, bool), "True, False"
