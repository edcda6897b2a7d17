"""Schedule of training: steps in an epoch, the learning rate of each step, the evaluations."""

import math

from convnext_viz.train.recipe import Recipe


def steps_per_epoch(pictures: int, recipe: Recipe) -> int:
    """Full batches in ``pictures``; what is left over waits for the next epoch's order."""
    return max(1, pictures // recipe.batch_size)


def total_steps(per_epoch: int, recipe: Recipe) -> int:
    """Steps of a run."""
    return max(1, round(recipe.epochs * per_epoch))


def learning_rate(step: int, per_epoch: int, recipe: Recipe) -> float:
    r"""The learning rate of ``step`` (from 0), as in the official ``utils.cosine_scheduler``.

    With :math:`W` warm-up steps of :math:`T`: the ``linspace`` from 0 to ``lr``,
    :math:`lr \cdot s / (W - 1)`, then
    :math:`lr_{min} + \frac{1}{2}(lr - lr_{min})(1 + \cos(\pi (s - W) / (T - W)))`.
    """
    total = total_steps(per_epoch, recipe)
    warmup = min(total, round(recipe.warmup_epochs * per_epoch))
    if step < warmup:
        return recipe.lr * step / max(1, warmup - 1)
    angle = math.pi * (step - warmup) / max(1, total - warmup)
    return recipe.min_lr + 0.5 * (recipe.lr - recipe.min_lr) * (1 + math.cos(angle))


def evaluation_due(step: int, per_epoch: int, recipe: Recipe) -> bool:
    """Whether the networks are evaluated when ``step`` steps are done."""
    if step == total_steps(per_epoch, recipe):
        return True
    if step == 0 or recipe.evaluate_every == 0:
        return False
    passed = _evaluations(step, per_epoch, recipe)
    return passed > _evaluations(step - 1, per_epoch, recipe)


def evaluations(per_epoch: int, recipe: Recipe) -> int:
    """How often the networks are evaluated in all; the last step's is one of them."""
    before = total_steps(per_epoch, recipe) - 1
    due = _evaluations(before, per_epoch, recipe) if recipe.evaluate_every else 0
    return min(before, due) + 1  # at most one a step


def _evaluations(step: int, per_epoch: int, recipe: Recipe) -> int:
    """How many evaluations have come due within ``step`` steps."""
    # A hair more, so that 3 × (1/3) epochs are one.
    return math.floor(step / (recipe.evaluate_every * per_epoch) + 1e-9)
