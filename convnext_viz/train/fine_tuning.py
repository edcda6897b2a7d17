"""Fine-tuning on a few images: the experiment that compares it with a probe and with a fresh start.

One recipe for all arms, that of the paper's fine-tuning (Liu et al. 2022, table 5: AdamW at 5e-5, a
weight decay of 1e-8, cosine, no warm-up, layer-wise decay), with few steps of small batches in
place of its thirty epochs of 512. What has to learn more has a larger rate: :data:`PROBE_LR` of a
classifier alone, :data:`SCRATCH_LR` of fresh weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from convnext_viz.data import sources
from convnext_viz.data.sources import DataSpec
from convnext_viz.specs import Spec
from convnext_viz.text import t
from convnext_viz.train.experiment import Arm, Experiment
from convnext_viz.train.recipe import Recipe
from convnext_viz.train.schedule import steps_per_epoch

WAYS = ("fine_tuned", "probe", "scratch")
"""What is compared: all weights go on learning, the classifier alone does, all begin anew."""

PROBE_LR = 1e-2
SCRATCH_LR = 1e-3

_LABELS = {"fine_tuned": "fine-tuned", "probe": "linear probe", "scratch": "from scratch"}
_LOOKS = 6  # evaluations


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a visitor can change; the defaults are those of the page."""

    steps: int = 600
    batch_size: int = 8
    lr: float = 5e-5
    layer_decay: float = 0.8
    resized_crop: float = 0.35
    rand_augment: float = 0.0
    flip: bool = True
    ema_decay: float = 0.0


USUAL = Settings()


def experiment(
    data: DataSpec,
    start: str,
    spec: Spec,
    *,
    ways: Sequence[str] = WAYS,
    seeds: Sequence[int] = (0, 1, 2),
    name: str = "",
    **changed: object,
) -> Experiment:
    """The comparison on ``data`` of networks ``spec`` (as ``lab.starts.spec_of`` gives it) that
    begin with the weights of ``start``; ``changed`` are fields of :class:`Settings`.

    Raises ValueError for a way that there is not, and as ``sources.facts`` and
    :class:`Experiment` do.
    """
    unknown = [way for way in ways if way not in WAYS]
    if unknown or not ways:
        raise ValueError(t("train.error.ways", ways=", ".join(unknown), known=", ".join(WAYS)))
    given = Settings(**changed)  # type: ignore[arg-type]
    per_epoch = steps_per_epoch(
        sources.facts(data).train, Recipe(batch_size=given.batch_size)
    )
    epochs = given.steps / per_epoch
    arms = {
        "fine_tuned": Arm(_LABELS["fine_tuned"], spec, start, layer_decay=given.layer_decay),
        "probe": Arm(_LABELS["probe"], spec, start, frozen=True, lr_scale=PROBE_LR / given.lr),
        "scratch": Arm(_LABELS["scratch"], spec, lr_scale=SCRATCH_LR / given.lr),
    }
    return Experiment(
        name=name or f"{start} · {given.steps}",
        arms=tuple(arms[way] for way in WAYS if way in ways),
        data=data,
        seeds=tuple(seeds),
        recipe=Recipe(
            epochs=epochs,
            batch_size=given.batch_size,
            evaluate_every=max(epochs / _LOOKS, 1 / per_epoch),
            lr=given.lr,
            warmup_epochs=0,
            min_lr=0.0,
            weight_decay=1e-8,
            crop_padding=0,
            resized_crop=given.resized_crop,
            rand_augment=given.rand_augment,
            flip=given.flip,
            ema_decay=given.ema_decay,
            label_smoothing=0.0,
        ),
    )
