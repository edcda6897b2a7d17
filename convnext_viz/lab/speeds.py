"""Step times: how long a step of an arm takes on this machine, measured once by an idle worker.

The page's own process measures nothing: it asks, and the answer stands in the database a moment
later. Until then, and while all workers are busy, a figure from other networks' speeds is given
and called rough.
"""

import contextlib
import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from statistics import median
from typing import Any

import torch

from convnext_viz.data.dataset import Dataset
from convnext_viz.lab import queue
from convnext_viz.lab.store import Store, StoreError, speeds
from convnext_viz.nets import build
from convnext_viz.results import StepMetrics
from convnext_viz.specs import Spec
from convnext_viz.specs import from_dict as spec_from_dict
from convnext_viz.specs import to_dict as spec_to_dict
from convnext_viz.train import devices, linear_probe
from convnext_viz.train import recipe as recipes
from convnext_viz.train.arms import Learning, prepare
from convnext_viz.train.augment import Source, draw, source
from convnext_viz.train.feeding import with_features
from convnext_viz.train.loop import lockstep
from convnext_viz.train.recipe import Recipe

STEPS = 3  # measured, after one to warm up
BATCHES = 9
_PLAIN = Recipe(epochs=1, warmup_epochs=0)


def of_step(
    spec: Spec, recipe: Recipe, *, image_size: int, threads: int, frozen: bool = False
) -> dict[str, Any]:
    """What the speed of a step depends on, in the types JSON has; of a ``frozen`` arm, what that of
    a pass of :data:`linear_probe.CHUNK` pictures does."""
    alike = replace(
        _PLAIN,
        optimizer=recipe.optimizer,
        batch_size=recipe.batch_size,
        bf16=recipe.bf16,
        channels_last=recipe.channels_last,
        ema_decay=min(recipe.ema_decay, 0.5),
    )
    return {
        "spec": spec_to_dict(replace(spec, name="")),
        "recipe": recipes.to_dict(alike),
        "image_size": image_size,
        "threads": threads,
        "device": devices.choose().name,
        "machine": devices.hardware(),
        **({"frozen": True} if frozen else {}),
    }


def of_batches(recipe: Recipe, *, image_size: int, threads: int) -> dict[str, Any]:
    """What RandAugment and random resized crops add to the making of a batch depends on; all arms
    share the batch."""
    alike = replace(
        _PLAIN,
        batch_size=recipe.batch_size,
        resized_crop=0.5 if recipe.resized_crop < 1 else 1.0,
        rand_augment=recipe.rand_augment,
        rand_augment_ops=recipe.rand_augment_ops,
    )
    return {
        "recipe": recipes.to_dict(alike),
        "image_size": image_size,
        "threads": threads,
        "device": devices.choose().name,
        "machine": devices.hardware(),
    }


def key(request: Mapping[str, Any]) -> str:
    """A name for a request: equal requests, equal names."""
    text = json.dumps(request, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def ask(store: Store, requests: Sequence[tuple[Mapping[str, Any], int]]) -> None:
    """Leave new requests for an idle worker of this machine, each with the
    MACs of one step, all its images; none where the database cannot be written now."""
    with store.reading() as db:
        known = speeds.keys(db)
    new = [(key(request), request, macs) for request, macs in requests]
    new = [one for one in new if one[0] not in known]
    if new:
        with contextlib.suppress(StoreError), store.writing() as db:
            for name, request, macs in new:
                speeds.ask(db, name, json.dumps(request), macs, devices.hardware())


def measure_next(store: Store) -> bool:
    """Answer one open request about this machine; False where there is none."""
    with store.reading() as db:
        found = speeds.open_request(db, devices.hardware())
        if found is None or queue.places(db):
            return False

    def something_waits() -> bool:
        with store.reading() as db:
            return bool(queue.places(db))

    name, request = found
    try:
        seconds = measure(json.loads(request), leave=something_waits)
    except StoreError:
        raise
    except (ValueError, RuntimeError):  # a network that cannot run says so when it is submitted
        seconds = 0.0
    if seconds is None:
        return False
    with store.writing() as db:
        speeds.answer(db, name, seconds)
    return True


def measure(request: Mapping[str, Any], *, leave: Callable[[], bool]) -> float | None:
    """Seconds of one training step, of a pass of a frozen network's pictures, or of what making a
    batch adds to a step: the fastest of a few, which a busy machine disturbs least; None where
    ``leave`` says, between two of them, that there is something better to do."""
    recipe = recipes.from_dict(request["recipe"])
    torch.set_num_threads(request["threads"])
    if "spec" not in request:
        pictures = source(
            _blank(recipe.batch_size, request["image_size"], 10), torch.device(request["device"])
        )
        plain = replace(recipe, rand_augment=0.0, resized_crop=1.0)
        return max(0.0, _drawing(pictures, recipe) - _drawing(pictures, plain))
    spec = spec_from_dict(request["spec"])
    if request.get("frozen"):
        return _passing(spec, recipe, request["image_size"], request["device"], leave)
    noise = _blank(recipe.batch_size, request["image_size"], spec.num_classes)
    recipe = replace(recipe, epochs=STEPS + 1, evaluate_every=0)
    arms = prepare({"": build(spec, seed=0)}, recipe, device=request["device"])
    events = lockstep(arms, noise, recipe, seed=0, device=request["device"])
    steps = islice((e for e in events if isinstance(e, StepMetrics)), STEPS + 1)
    began = time.perf_counter()
    taken = []
    for event in steps:
        taken.append(event.seconds)
        if time.perf_counter() - began > 5.0 and len(taken) > 1:
            break  # a very large network: the second step must do
        if leave():
            return None
    return min(taken[1:] or taken)


def _passing(
    spec: Spec, recipe: Recipe, image_size: int, device: str, leave: Callable[[], bool]
) -> float | None:
    """Seconds of a pass of a frozen network's pictures: the fastest after the first."""
    (arm,) = prepare(
        {"": build(spec, seed=0)}, recipe, device=device, learning={"": Learning(frozen=True)}
    )
    noise = _blank((STEPS + 1) * linear_probe.CHUNK, image_size, spec.num_classes)
    passes = with_features(arm, noise, torch.device(device), bf16=recipe.bf16, step=0)
    began = now = time.perf_counter()
    taken = []
    for _ in islice(passes, STEPS + 1):
        taken.append(time.perf_counter() - now)
        now = time.perf_counter()
        if now - began > 5.0:
            break
        if leave():
            return None
    return min(taken[1:] or taken)


def _drawing(pictures: Source, recipe: Recipe) -> float:
    """Seconds that making a batch takes: the middle of a few, as they do not do the same."""
    taken = []
    for step in range(BATCHES):
        began = time.perf_counter()
        draw(pictures, recipe, seed=0, step=step).x.sum().item()  # until the device is through
        taken.append(time.perf_counter() - began)
    return median(taken)


def _blank(size: int, side: int, classes: int) -> Dataset:
    """As many pictures as a batch has, with nothing on them."""
    images = torch.zeros(size, 3, side, side, dtype=torch.uint8)
    labels = torch.arange(size) % classes
    return Dataset(
        name="",
        classes=("",) * classes,
        train_images=images,
        train_labels=labels,
        test_images=images[:1],
        test_labels=labels[:1],
        mean=(0.5,) * 3,
        std=(0.25,) * 3,
    )
