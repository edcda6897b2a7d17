"""Fine-tuning on a small set beats the same network from scratch, and is what was asked for."""

from pathlib import Path
from statistics import fmean

import pytest

from convnext_viz.data import DataSpec
from convnext_viz.data.own_sets import PictureSet
from convnext_viz.data.sources import facts, load
from convnext_viz.lab import starts
from convnext_viz.lab.store import Store
from convnext_viz.results import Evaluation
from convnext_viz.specs import ConvNeXtSpec
from convnext_viz.train import Experiment, fine_tuning, lockstep, prepare

START = "bundled:cifar10_ln_gelu"


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PictureSet:
    """Two kinds of drawn shapes, 30 pictures each, as the page's example."""
    from convnext_viz.ui.yours import example

    monkeypatch.setenv("CONVNEXT_VIZ_HOME", str(tmp_path))
    return example.create(owner="")


def asked(given: PictureSet, **changes: object) -> Experiment:
    where = DataSpec(kind="own", path=given.id, image_size=32)
    spec = starts.spec_of(START, len(given.classes), 32)
    full = {"pictures": facts(where).train, "name": "two", "seeds": (0, 1), **changes}
    return fine_tuning.compare(where, START, spec, **full)  # type: ignore[arg-type]


@pytest.mark.slow
def test_fine_tuned_beats_from_scratch_on_sixty_pictures(two: PictureSet, tmp_path: Path) -> None:
    given = asked(two, ways=("fine_tune", "scratch"), steps=60)
    found = starts.found(given.arms, Store(tmp_path))
    losses: dict[str, list[float]] = {}
    images = load(given.data)
    for seed in given.seeds:
        arms = prepare(
            {arm.label: starts.net_of(arm, found, seed) for arm in given.arms},
            given.recipe,
            learning={arm.label: starts.learning_of(arm, found) for arm in given.arms},
        )
        last: dict[str, float] = {}
        for event in lockstep(arms, images, given.recipe, seed=seed):
            if isinstance(event, Evaluation):
                last = {label: tested.net.accuracy for label, tested in event.arms.items()}
        for label, accuracy in last.items():
            losses.setdefault(label, []).append(accuracy)
    assert fmean(losses["fine-tuned"]) > fmean(losses["from scratch"]), losses
    assert fmean(losses["fine-tuned"]) > 0.6


def test_all_ways_are_taught_the_same_batches_and_differ_as_they_must(two: PictureSet) -> None:
    given = asked(two, steps=30)
    assert given.labels == ("fine-tuned", "probe", "from scratch")
    tuned, probe, fresh = given.arms
    assert (tuned.start, probe.start, fresh.start) == (START, START, "")
    assert (tuned.layer_decay, probe.layer_decay, fresh.layer_decay) == (0.8, None, None)
    assert (tuned.frozen, probe.frozen, fresh.frozen) == (False, True, False)
    assert given.recipe.lr * probe.lr_scale == pytest.approx(5e-3)
    assert isinstance(fresh.spec, ConvNeXtSpec) and fresh.spec.head_init_scale == 1.0
    assert {arm.spec.num_classes for arm in given.arms} == {2}


@pytest.mark.parametrize(("pictures", "steps", "batch"), [(48, 600, 8), (5, 100, 5), (9, 30, 8)])
def test_the_length_is_the_steps_that_were_asked_for(pictures: int, steps: int, batch: int) -> None:
    from convnext_viz.train.schedule import evaluations, steps_per_epoch, total_steps

    recipe = fine_tuning.recipe(pictures, steps=steps)
    each = steps_per_epoch(pictures, recipe)
    assert recipe.batch_size == batch and total_steps(each, recipe) == steps
    assert 9 <= evaluations(each, recipe) <= 11
