"""Recipes for the loop's tests, and what of a run can be compared."""

import dataclasses

from convnext_viz.results import Evaluation, StepMetrics
from convnext_viz.train import Recipe

EVERYTHING = Recipe(
    batch_size=16,
    epochs=2,
    warmup_epochs=0.5,
    lr=0.01,
    mixup=0.4,
    cutmix=1.0,
    mix_probability=0.7,
    cutout=4,
    random_erasing=0.3,
    rand_augment=9.0,
    ema_decay=0.9,
    grad_clip=0.5,
    evaluate_every=0.5,
)
PLAIN = Recipe(batch_size=16, epochs=2, warmup_epochs=0, crop_padding=0, flip=False)


def steps(events):
    return [event for event in events if isinstance(event, StepMetrics)]


def timeless(events):
    """Everything but the seconds, in values that compare."""
    records = []
    for event in events:
        if isinstance(event, StepMetrics):
            records.append(dataclasses.replace(event, seconds=0))
        elif isinstance(event, Evaluation):
            scores = [
                (s.loss, s.accuracy, s.confusion.tolist())
                for arm in event.arms.values()
                for s in (arm.net, arm.ema)
                if s is not None
            ]
            records.append((event.step, event.epoch, list(event.arms), scores))
    return records
