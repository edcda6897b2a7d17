"""The training loop: all arms in lockstep on the same batches, as a generator of metrics.

Every arm sees the same pictures in the same order with the same augmentation and mixing, and draws
the same stochastic depth where it has as many blocks, so that a difference between two arms is the
architecture's. The caller paces it: asking for the next event is one more step, not asking is a
pause, dropping the generator is the end.
"""

import math
import time
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from convnext_viz.data.dataset import Dataset
from convnext_viz.data.randomness import seed_of, seeded
from convnext_viz.results import (
    ArmEvaluation,
    ArmStep,
    Evaluation,
    EvaluationProgress,
    FeatureProgress,
    Score,
    StepMetrics,
    StepProgress,
)
from convnext_viz.text import t
from convnext_viz.train import ema
from convnext_viz.train.arms import TrainingArm
from convnext_viz.train.augment import Batch, batch_indices, draw, source
from convnext_viz.train.evaluation import pooled, score_of_inputs
from convnext_viz.train.feeding import fed, learner, test_inputs, with_features
from convnext_viz.train.recipe import Recipe
from convnext_viz.train.schedule import (
    evaluation_due,
    learning_rate,
    steps_per_epoch,
    total_steps,
)


def lockstep(
    arms: Sequence[TrainingArm],
    dataset: Dataset,
    recipe: Recipe,
    *,
    seed: int,
    start_step: int = 0,
    device: str | torch.device = "cpu",
) -> Iterator[StepProgress | StepMetrics | FeatureProgress | EvaluationProgress | Evaluation]:
    """Train ``arms`` (of :func:`prepare`, on the same ``device``) to the end of ``recipe``.

    Yields :class:`StepMetrics` after every step, a :class:`StepProgress` between two arms of one
    step and, where an evaluation is due, some :class:`EvaluationProgress` and then its
    :class:`Evaluation`; before all that some :class:`FeatureProgress` where an arm is frozen.
    Everything random is a function of ``seed`` and the step: with the arms restored from a
    snapshot taken after ``start_step`` steps, the same numbers follow. An evaluation due at
    ``start_step`` comes (again) first. An arm whose loss or gradient is not finite is marked and
    left at its last weights; when none is left, the run ends. Raises ValueError where a network
    does not give one logit a class.
    """
    device = torch.device(device)
    pictures = source(dataset, device)
    per_epoch = steps_per_epoch(len(pictures.images), recipe)
    size = min(recipe.batch_size, len(pictures.images))
    for arm in arms:
        if size == 1 and any(isinstance(one, torch.nn.BatchNorm2d) for one in arm.net.modules()):
            raise ValueError(t("train.error.batch_of_one", label=arm.label))
    for arm in arms:
        yield from with_features(arm, dataset, device, bf16=recipe.bf16, step=start_step)
    if evaluation_due(start_step, per_epoch, recipe):
        yield from _evaluate(arms, dataset, recipe, device, start_step, start_step / per_epoch)
    for step in range(start_step, total_steps(per_epoch, recipe)):
        running = [arm for arm in arms if arm.diverged_at is None]
        if not running:
            return
        began, away = time.perf_counter(), 0.0
        indices = batch_indices(len(pictures.images), recipe.batch_size, seed=seed, step=step)
        batch = None  # frozen arms need none
        if not all(arm.learning.frozen for arm in running):
            batch = draw(pictures, recipe, seed=seed, step=step)
        lr = learning_rate(step, per_epoch, recipe)
        done, epoch = step + 1, (step + 1) / per_epoch
        # All gradients first, then one wait for the device, then all updates that are safe.
        numbers: list[Tensor] = []
        for i, arm in enumerate(running):
            if i:
                left = time.perf_counter()
                yield StepProgress(step=done, done=i, total=len(running))
                away += time.perf_counter() - left
            given = fed(arm, batch, indices, pictures)
            numbers += _backward(
                arm, given, recipe, seed=seed_of("net", seed, step), classes=pictures.num_classes
            )
        measured = _updates(running, numbers, recipe, lr=lr, step=step)
        yield StepMetrics(
            step=done,
            epoch=epoch,
            images=done * size,
            lr=lr,
            seconds=time.perf_counter() - began - away,
            arms=measured,
        )
        if evaluation_due(done, per_epoch, recipe):
            yield from _evaluate(arms, dataset, recipe, device, done, epoch)


def _updates(
    arms: Sequence[TrainingArm], numbers: list[Tensor], recipe: Recipe, *, lr: float, step: int
) -> dict[str, ArmStep]:
    """The update of every arm whose loss and gradient, three ``numbers`` an arm, are finite."""
    values = torch.stack([number.float() for number in numbers]).tolist()
    measured = {}
    for i, arm in enumerate(arms):
        loss, accuracy, norm = values[3 * i : 3 * i + 3]
        diverged = not (math.isfinite(loss) and math.isfinite(norm))
        if diverged:
            arm.diverged_at = step + 1
        else:
            _update(arm, recipe, lr=lr, norm=numbers[3 * i + 2], step=step)
        arm.optimizer.zero_grad(set_to_none=True)
        measured[arm.label] = ArmStep(
            loss=loss, accuracy=accuracy, grad_norm=norm, diverged=diverged
        )
    return measured


def _backward(
    arm: TrainingArm, batch: Batch, recipe: Recipe, *, seed: int, classes: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Loss and accuracy of ``batch`` and the gradient's norm; it is left in the parameters."""
    device = batch.x.device
    net = learner(arm)
    net.train(not arm.learning.frozen)
    with seeded(seed, device), torch.autocast(device.type, torch.bfloat16, enabled=recipe.bf16):
        logits = net(batch.x)
    if logits.shape != (len(batch.x), classes):
        given = "×".join(str(size) for size in logits.shape[1:])
        raise ValueError(t("train.error.logits", label=arm.label, given=given, classes=classes))
    logits = logits.float()
    loss = F.cross_entropy(logits, batch.targets, label_smoothing=recipe.label_smoothing)
    loss.backward()  # type: ignore[no-untyped-call]
    correct = (logits.detach().argmax(1) == batch.labels).float().mean()
    return loss.detach(), correct, _gradient_norm(arm)


def _gradient_norm(arm: TrainingArm) -> Tensor:
    gradients = [p.grad for p in arm.net.parameters() if p.grad is not None]
    return torch.nn.utils.get_total_norm(gradients)


def _update(arm: TrainingArm, recipe: Recipe, *, lr: float, norm: Tensor, step: int) -> None:
    if recipe.grad_clip is not None:
        torch.nn.utils.clip_grads_with_norm_(arm.net.parameters(), recipe.grad_clip, norm)
    for group in arm.optimizer.param_groups:
        group["lr"] = lr * group.get("lr_scale", 1.0)
    arm.optimizer.step()
    if arm.average is not None:
        ema.update(learner(arm, arm.average), learner(arm), ema.decay_at(step, recipe.ema_decay))


def _evaluate(
    arms: Sequence[TrainingArm],
    dataset: Dataset,
    recipe: Recipe,
    device: torch.device,
    step: int,
    epoch: float,
) -> Iterator[EvaluationProgress | Evaluation]:
    """All arms that still run, each with its average."""
    began = time.perf_counter()
    running = [arm for arm in arms if arm.diverged_at is None]
    passes = [(arm, net) for arm in running for net in (arm.net, arm.average) if net is not None]
    scores: list[Score] = []
    for arm, net in passes:
        parts, last = [], learner(arm, net)
        for x, labels in test_inputs(arm, dataset, device):
            parts.append(score_of_inputs(last, x, labels, len(dataset.classes), bf16=recipe.bf16))
            done = len(scores) * len(dataset.test_images) + sum(p.confusion.sum() for p in parts)
            yield EvaluationProgress(
                step=step, done=int(done), total=len(passes) * len(dataset.test_images)
            )
        scores.append(pooled(parts))
    given = iter(scores)
    measured = {
        arm.label: ArmEvaluation(net=next(given), ema=next(given) if arm.average else None)
        for arm in running
    }
    if measured:
        seconds = time.perf_counter() - began
        yield Evaluation(step=step, epoch=epoch, seconds=seconds, arms=measured)
