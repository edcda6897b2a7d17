"""Fine-tuning: weights that know other pictures learn a set of one's own, and what that is held
against: a probe, and the same network from scratch.

Values are the paper's for fine-tuning (Liu et al. 2022, Table 6 and appendix A.2: AdamW, learning
rate 5e-5, weight decay 1e-8, cosine, no warm-up, head_init_scale 0.001), with what sets of a few
dozen pictures need: small batches, some hundred steps, crops and flips and no average of weights.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from convnext_viz.data.sources import DataSpec
from convnext_viz.plans import plan, smallest_image
from convnext_viz.specs import ConvNeXtSpec, Spec
from convnext_viz.train.experiment import Arm, Experiment
from convnext_viz.train.recipe import Recipe

Way = Literal["fine_tune", "probe", "scratch"]
WAYS: tuple[Way, ...] = ("fine_tune", "probe", "scratch")
LABELS: dict[Way, str] = {"fine_tune": "fine-tuned", "probe": "probe", "scratch": "from scratch"}

STEPS = 600
LAYER_DECAY = 0.8
# Multiples of the recipe's rate: a classifier alone learns at 5e-3, a fresh network at 1e-3.
LR_SCALES: dict[Way, float] = {"fine_tune": 1.0, "probe": 100.0, "scratch": 20.0}
# 1e-3 also for fine-tuning a network of a million parameters: some hundred steps at the paper's
# rate, for networks of 28 million and more, hardly move it (measured on the bundled ConvNeXt).
SMALL = 5_000_000  # parameters
SMALL_LR_SCALE = 20.0

RECIPE = Recipe(
    batch_size=8,
    lr=5e-5,
    min_lr=1e-6,
    warmup_epochs=0,
    weight_decay=1e-8,
    resized_crop=0.35,
    crop_padding=0,
    flip=True,
    label_smoothing=0.0,
    ema_decay=0.0,
    evaluate_every=1,
)


def recipe(
    pictures: int,
    *,
    steps: int | None = None,
    epochs: float | None = None,
    batch_size: int = RECIPE.batch_size,
) -> Recipe:
    """The recipe for so many training ``pictures``: ``epochs`` long, else ``steps`` (600)."""
    batch = min(batch_size, pictures)
    per_epoch = max(1, pictures // batch)
    length = epochs if epochs is not None else (steps or STEPS) / per_epoch
    # About ten evaluations: with few pictures an epoch is over in a moment.
    every = max(RECIPE.evaluate_every, length / 10)
    return replace(RECIPE, batch_size=batch, epochs=length, evaluate_every=every)


def arm(way: Way, spec: Spec, start: str, *, lr_scale: float | None = None) -> Arm:
    """The network of ``spec`` (of :func:`lab.starts.spec_of`) taught in one of three ways; from
    scratch it has fresh weights and the initial classifier of any fresh network. ``lr_scale`` is
    that of :data:`LR_SCALES` where none is given, and larger for a small network."""
    label, scale = LABELS[way], LR_SCALES[way]
    if way == "fine_tune" and plan(spec, smallest_image(spec)).params < SMALL:
        scale = SMALL_LR_SCALE
    scale = scale if lr_scale is None else lr_scale
    if way == "fine_tune":
        return Arm(label, spec, start, lr_scale=scale, layer_decay=LAYER_DECAY)
    if way == "probe":
        return Arm(label, spec, start, frozen=True, lr_scale=scale)
    if isinstance(spec, ConvNeXtSpec):
        spec = replace(spec, head_init_scale=1.0)
    return Arm(label, spec, lr_scale=scale)


def compare(
    data: DataSpec,
    start: str,
    spec: Spec,
    *,
    pictures: int,
    name: str,
    ways: tuple[Way, ...] = WAYS,
    steps: int | None = None,
    epochs: float | None = None,
    seeds: tuple[int, ...] = (0,),
    lr_scales: Mapping[Way, float] | None = None,
) -> Experiment:
    """The experiment that teaches the network in several ways on the same batches.

    ``spec`` is the network of an arm of this start, ``pictures`` the number of training pictures.
    Raises ValueError as any experiment does.
    """
    chosen = lr_scales or {}
    arms = tuple(arm(way, spec, start, lr_scale=chosen.get(way)) for way in ways)
    how = recipe(pictures, steps=steps, epochs=epochs)
    return Experiment(name=name, arms=arms, data=data, recipe=how, seeds=seeds)
