"""Records of what was measured while nets learn."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class ArmStep:
    """One arm at one training step, before its update.

    ``accuracy`` is the share of the batch whose label was predicted; where pictures are mixed, the
    label that weighs most. ``diverged``: loss or gradient was not finite, the arm was not updated
    and takes part in no later step.
    """

    loss: float
    accuracy: float
    grad_norm: float  # Euclidean, over all parameters, before clipping
    diverged: bool = False


@dataclass(frozen=True, kw_only=True)
class StepMetrics:
    """One training step of all arms on one batch."""

    step: int  # steps done, this one included
    epoch: float  # passes over the training pictures done
    images: int  # training pictures seen
    lr: float  # learning rate of this step's update
    seconds: float  # this step took, all arms together
    arms: Mapping[str, ArmStep]  # by label; arms that diverged earlier are absent


@dataclass(frozen=True, kw_only=True)
class StepProgress:
    """A step under way, between two arms: a place to pause and to stop, not one to keep."""

    step: int  # the step that is being made
    done: int  # arms whose gradients are there
    total: int  # of so many


@dataclass(frozen=True, kw_only=True)
class FeatureProgress:
    """The features of a frozen network under way: a place to show progress, and to stop."""

    step: int  # steps done before
    done: int  # pictures passed through the network
    total: int  # of so many


@dataclass(frozen=True, kw_only=True, eq=False)
class Score:
    """How well a network does on labelled pictures."""

    loss: float  # mean cross-entropy without label smoothing
    accuracy: float  # 0 … 1
    confusion: NDArray[np.int64]  # (classes, classes) pictures: row = label, column = prediction


@dataclass(frozen=True, kw_only=True, eq=False)
class ArmEvaluation:
    """One arm on the test pictures: its network and the moving average of its weights."""

    net: Score
    ema: Score | None  # None where the recipe keeps no average


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluation:
    """All arms on the test pictures after ``step`` steps."""

    step: int
    epoch: float
    seconds: float  # the evaluation took
    arms: Mapping[str, ArmEvaluation]  # by label; arms that diverged are absent


@dataclass(frozen=True, kw_only=True)
class EvaluationProgress:
    """An evaluation under way: a place to show progress, and to stop."""

    step: int
    done: int  # pictures passed through networks
    total: int  # of so many


@dataclass(frozen=True, kw_only=True)
class StageInternals:
    """One stage of a net while it learns, on a small batch; NaN where there is no such thing."""

    stage: str
    grad_norm: float  # Euclidean, of the loss in the stage's parameters
    mean: float  # of the stage's output
    std: float
    dead: float  # share of its activations' channels that were never positive, 0 … 1
    gamma: float  # mean absolute layer scale


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """One arm under one seed as it learnt; NaN where a number was not finite.

    Training values are a step each, test values an evaluation each. ``seconds`` counts the
    training of all arms together, from the seed's first step.
    """

    label: str
    seed: int
    step: NDArray[np.int64]  # (steps,) steps done
    epoch: NDArray[np.float64]
    images: NDArray[np.int64]
    seconds: NDArray[np.float64]
    lr: NDArray[np.float64]
    loss: NDArray[np.float64]
    accuracy: NDArray[np.float64]  # 0 … 1, of the batch
    grad_norm: NDArray[np.float64]
    test_step: NDArray[np.int64]  # (evaluations,)
    test_loss: NDArray[np.float64]
    test_accuracy: NDArray[np.float64]
    ema_accuracy: NDArray[np.float64]  # NaN where the recipe keeps no average
    diverged_at: int | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class InternalsCurve:
    """One stage of one arm under one seed as it learnt."""

    label: str
    seed: int
    stage: str
    step: NDArray[np.int64]  # (looks,)
    grad_norm: NDArray[np.float64]
    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    dead: NDArray[np.float64]
    gamma: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class ProbeImages:
    """Some test pictures, and what each arm last said of them."""

    images: NDArray[np.uint8]  # (N, H, W, 3)
    labels: tuple[int, ...]  # the right classes
    classes: tuple[str, ...]
    step: Mapping[str, int]  # by arm: after so many steps
    predicted: Mapping[str, tuple[int, ...]]  # by arm: a class for each picture
    probability: Mapping[str, tuple[float, ...]]  # and its probability
