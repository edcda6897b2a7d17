"""Estimate of an experiment before it starts: parameters, steps, seconds."""

from dataclasses import dataclass, replace
from statistics import median

from convnext_viz.data.sources import DataFacts
from convnext_viz.lab import queue, speeds
from convnext_viz.lab.store import Database
from convnext_viz.lab.store import speeds as store_speeds
from convnext_viz.numbers import exact
from convnext_viz.text import t
from convnext_viz.train import devices
from convnext_viz.train.experiment import ArmCost, Experiment, costs
from convnext_viz.train.linear_probe import CHUNK
from convnext_viz.train.schedule import evaluations, steps_per_epoch, total_steps

FORWARD = 1 / 3  # of a training step's time, a picture
PROBE_STEP = 1e-3  # seconds that a step of a classifier alone takes, about


@dataclass(frozen=True, kw_only=True)
class ArmEstimate:
    """One arm: what it consists of and how long it takes under all seeds."""

    cost: ArmCost
    seconds: float | None  # None: nothing to go by yet
    measured: bool  # False: from the speed of other networks, may be off by half


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """An experiment before it starts."""

    arms: tuple[ArmEstimate, ...]
    batches: float | None  # seconds of RandAugment and random crops, once for all; None: unknown
    steps: int  # a seed
    per_epoch: int
    seeds: int

    @property
    def seconds(self) -> float | None:
        """All arms and seeds; None where an arm is not known yet."""
        known = [arm.seconds for arm in self.arms]
        if None in known:
            return None
        return sum(s for s in known if s is not None) + (self.batches or 0.0)

    @property
    def measured(self) -> bool:
        """Whether everything was measured on this machine."""
        return all(arm.measured for arm in self.arms) and self.batches is not None


def estimate(
    db: Database, experiment: Experiment, data: DataFacts
) -> tuple[Estimate, list[tuple[dict[str, object], int]]]:
    """The estimate by the speeds that are known, and the requests (with MACs a step) that are
    open. Raises ValueError where an arm does not fit the data."""
    recipe = experiment.recipe
    per_epoch, seeds = steps_per_epoch(data.train, recipe), len(experiment.seeds)
    steps = total_steps(per_epoch, recipe)
    batch = min(recipe.batch_size, data.train)
    nets = 2 if recipe.ema_decay else 1
    # In steps: every test picture costs a forward pass, a third of its share of a step.
    work = steps + evaluations(per_epoch, recipe) * nets * data.test / batch * FORWARD
    known = store_speeds.known(db, devices.hardware())
    paces = [seconds / macs for seconds, macs in known.values() if macs and seconds]
    threads = queue.threads(db)
    arms, open_requests = [], []
    for cost, arm in zip(costs(experiment, data), experiment.arms, strict=True):
        request = speeds.of_step(
            arm.spec, recipe, image_size=data.image_size, threads=threads, frozen=arm.frozen
        )
        # Forward, and twice as much backward; of a frozen arm forward alone, once a seed.
        macs = cost.macs * (CHUNK if arm.frozen else 3 * recipe.batch_size)
        # 0 s: it could not be measured, and is not requested again.
        taken = known.get(speeds.key(request), (0.0, 0))[0]
        step = taken or (median(paces) * macs if paces else None)
        if not taken:
            open_requests.append((request, macs))
        seconds = None if step is None else step * work * seeds
        if arm.frozen and step is not None:
            passes = (data.train + data.test) / CHUNK
            seconds = (step * passes + PROBE_STEP * nets * steps) * seeds
        arms.append(ArmEstimate(cost=cost, seconds=seconds, measured=bool(taken)))
    batches: float | None = 0.0
    drawn = not all(arm.frozen for arm in experiment.arms)
    if drawn and (recipe.rand_augment or recipe.resized_crop < 1):
        request = speeds.of_batches(recipe, image_size=data.image_size, threads=threads)
        measured = known.get(speeds.key(request))
        batches = measured[0] * steps * seeds if measured else None
        if not measured:
            open_requests.append((request, 0))
    given = Estimate(
        arms=tuple(arms), batches=batches, steps=steps, per_epoch=per_epoch, seeds=seeds
    )
    return given, open_requests


def too_long(given: Estimate, minutes: float) -> str | None:
    """A sentence where the experiment cannot finish in so many minutes; None where it can, or
    where nobody knows yet."""
    if given.seconds is None or given.seconds <= 60 * minutes:
        return None
    fitting = int(given.steps / given.per_epoch * 60 * minutes / given.seconds)
    needed = exact(max(1, round(given.seconds / 60)))
    key = "lab.estimate.too_long" if fitting >= 1 else "lab.estimate.far_too_long"
    return t(key, needed=needed, minutes=f"{minutes:g}", epochs=fitting)


def within(experiment: Experiment, given: Estimate, minutes: float) -> Experiment:
    """The same experiment with as many epochs as fit into so many minutes.

    At least one, and at most 1,000; the warm-up shrinks in proportion. Without an estimate the
    experiment is given back as it is.
    """
    if not given.seconds:
        return experiment
    recipe = experiment.recipe
    epochs = max(1.0, min(1000.0, float(int(recipe.epochs * 60 * minutes / given.seconds))))
    warmup = min(recipe.warmup_epochs * epochs / recipe.epochs, epochs)
    return replace(experiment, recipe=replace(recipe, epochs=epochs, warmup_epochs=warmup))
