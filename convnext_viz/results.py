"""What was measured: frozen records of numpy arrays and plain numbers.

Records with arrays compare by identity (``eq=False``): two arrays have no single truth value.
"""

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
class Evaluating:
    """An evaluation under way: a place to show progress, and to stop."""

    step: int
    done: int  # pictures passed through networks
    total: int  # of so many
