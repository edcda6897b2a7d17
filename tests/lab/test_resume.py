import dataclasses

import pytest
import torch
from safetensors.torch import load, save

from convnext_viz.results import Evaluation, StepMetrics
from convnext_viz.train import lockstep, prepare, restore, snapshot
from tests.lab.curves import EVERYTHING, timeless


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
@pytest.mark.parametrize("at", [0, 1, 3, 5, 9, 10])
def test_a_resumed_run_is_the_uninterrupted_one(dataset, tiny, optimizer, at):
    """Number for number, through the bytes of a safetensors file, in objects made anew."""
    recipe = dataclasses.replace(EVERYTHING, optimizer=optimizer)

    def fresh():
        return prepare({"ln": tiny(), "bn/relu": tiny(norm="batch", act="relu")}, recipe)

    arms = fresh()
    uninterrupted, saved = [], save(snapshot(arms, 0))
    for event in lockstep(arms, dataset, recipe, seed=0):
        uninterrupted.append(event)
        if isinstance(event, StepMetrics) and event.step == at:
            saved = save(snapshot(arms, at))
    again = fresh()
    start = restore(again, load(saved))
    assert start == at
    resumed = list(lockstep(again, dataset, recipe, seed=0, start_step=start))
    after = [
        e for e in uninterrupted if e.step > at or (e.step == at and isinstance(e, Evaluation))
    ]
    assert timeless(resumed) == timeless(after)
    for mine, theirs in zip(again, arms, strict=True):
        for a, b in ((mine.net, theirs.net), (mine.average, theirs.average)):
            state = b.state_dict()
            assert all(torch.equal(value, state[name]) for name, value in a.state_dict().items())


def test_a_snapshot_of_other_arms_is_refused_before_anything_changes(dataset, tiny):
    recipe = EVERYTHING
    saved = snapshot(prepare({"a": tiny(), "b": tiny()}, recipe), 4)
    for nets in ({"a": tiny(), "c": tiny()}, {"a": tiny(), "b": tiny(dims=(8, 12))}):
        arms = prepare(nets, recipe)
        before = {k: v.clone() for k, v in arms[0].net.state_dict().items()}
        for name in list(saved):
            if name.startswith("a/net"):
                saved[name] = saved[name] + 1
        with pytest.raises(ValueError, match="checkpoint"):
            restore(arms, saved)
        after = arms[0].net.state_dict()
        assert all(torch.equal(value, after[name]) for name, value in before.items())
