import math

import numpy as np
import pytest
import torch
from timm.scheduler import CosineLRScheduler

from convnext_viz.train.recipe import Recipe
from convnext_viz.train.schedule import (
    evaluation_due,
    evaluations,
    learning_rate,
    steps_per_epoch,
    total_steps,
)


@pytest.mark.parametrize(
    ("epochs", "warmup", "per_epoch"), [(6, 2, 7), (3, 0, 5), (2, 1, 1), (2, 2, 4)]
)
def test_the_rate_is_a_line_and_then_timms_cosine(epochs, warmup, per_epoch):
    """The warm-up is the paper's ``linspace``, which reaches the peak one step before timm's."""
    recipe = Recipe(lr=4e-3, min_lr=1e-6, epochs=epochs, warmup_epochs=warmup)
    total, line = epochs * per_epoch, warmup * per_epoch
    ours = [learning_rate(s, per_epoch, recipe) for s in range(total_steps(per_epoch, recipe))]
    np.testing.assert_allclose(ours[:line], np.linspace(0, 4e-3, line), rtol=1e-12)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=4e-3)
    cosine = CosineLRScheduler(
        optimizer,
        t_initial=max(1, total - line),
        lr_min=1e-6,
        warmup_t=line,
        warmup_prefix=True,
        t_in_epochs=False,
    )
    theirs = []
    for step in range(line, total):
        cosine.step_update(step)
        theirs.append(optimizer.param_groups[0]["lr"])
    np.testing.assert_allclose(ours[line:], theirs, rtol=1e-12)


def test_fractions_of_epochs():
    recipe = Recipe(epochs=0.5, warmup_epochs=0.25, lr=1.0, min_lr=0.0, evaluate_every=0.25)
    assert total_steps(8, recipe) == 4
    assert [learning_rate(s, 8, recipe) for s in range(4)] == pytest.approx([0, 1, 1, 0.5])
    assert [s for s in range(5) if evaluation_due(s, 8, recipe)] == [2, 4]


def test_a_set_smaller_than_a_batch_is_one_batch():
    assert steps_per_epoch(10, Recipe(batch_size=256)) == 1
    assert steps_per_epoch(513, Recipe(batch_size=256)) == 2


@pytest.mark.parametrize("per_epoch", [1, 3, 10, 195])
@pytest.mark.parametrize("every", [0.1, 1 / 3, 0.5, 1.0, 2.0, 7.0])
def test_evaluations_are_evenly_spread_and_the_end_is_one(per_epoch, every):
    recipe = Recipe(epochs=4, evaluate_every=every)
    last = total_steps(per_epoch, recipe)
    due = [s for s in range(last + 1) if evaluation_due(s, per_epoch, recipe)]
    wanted = {math.ceil(k * every * per_epoch - 1e-6) for k in range(1, 1000)}
    assert due == sorted({s for s in wanted if s <= last} | {last})
    assert evaluations(per_epoch, recipe) == len(due)


def test_without_evaluations_the_end_is_the_only_one():
    recipe = Recipe(epochs=2, evaluate_every=0)
    assert [s for s in range(21) if evaluation_due(s, 10, recipe)] == [20]
    assert evaluations(10, recipe) == 1


def test_evaluations_closer_than_steps_are_one_a_step():
    recipe = Recipe(epochs=2, evaluate_every=1e-4)
    due = [s for s in range(21) if evaluation_due(s, 10, recipe)]
    assert evaluations(10, recipe) == len(due) == 20
