"""What was measured: frozen records of numpy arrays and plain numbers.

Records with arrays compare by identity (``eq=False``): two arrays have no single truth value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

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
class Stepping:
    """A step under way, between two arms: a place to pause and to stop, not one to keep."""

    step: int  # the step that is being made
    done: int  # arms whose gradients are there
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
class Evaluating:
    """An evaluation under way: a place to show progress, and to stop."""

    step: int
    done: int  # pictures passed through networks
    total: int  # of so many


@dataclass(frozen=True, kw_only=True, eq=False)
class Prediction:
    """What a net says about one picture."""

    logits: NDArray[np.float32]  # (classes,)
    probabilities: NDArray[np.float32]  # (classes,) softmax of the logits, sum 1
    top: tuple[int, ...]  # the k most probable classes, the first one most
    labels: tuple[str, ...]  # a name for every class; empty where the names are not known
    seconds: float  # the forward pass took

    def label(self, target: int) -> str:
        """A class's name, or ``#7`` where the names are not known."""
        return self.labels[target] if self.labels else f"#{target}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Attribution:
    """Where in one picture a class's score comes from, as one stage of a net sees it."""

    method: str
    stage: str
    target: int  # class
    label: str  # its name, or #7
    score: float  # its logit
    values: NDArray[np.float32]  # (h, w) of the stage; for class-activation maps not negative
    image_size: tuple[int, int]  # (height, width) of the net's input, pixels
    seconds: float  # forward and backward pass took


@dataclass(frozen=True, kw_only=True, eq=False)
class FeatureMaps:
    """What one stage of a net makes of one picture."""

    stage: str
    values: NDArray[np.float32]  # (C, h, w)

    def strongest(self, count: int) -> tuple[int, ...]:
        """The channels of the largest mean activation, the first one largest."""
        return tuple(map(int, np.argsort(-self.values.mean((1, 2)), kind="stable")[:count]))


@dataclass(frozen=True, kw_only=True, eq=False)
class Operation:
    """One operation of a block on one picture: what it put out."""

    name: str  # "input", the module's name in the block, "shortcut", "sum"
    values: NDArray[np.float32]  # (C, H, W)

    @property
    def negative(self) -> float:
        """Share of values below zero, 0 … 1."""
        return float(np.mean(self.values < 0))

    @property
    def zero(self) -> float:
        """Share of values that are exactly zero, 0 … 1."""
        return float(np.mean(self.values == 0))

    @property
    def mean(self) -> float:
        """Mean over all channels and positions."""
        return float(self.values.mean(dtype=np.float64))

    @property
    def std(self) -> float:
        """Standard deviation over all channels and positions."""
        return float(self.values.std(dtype=np.float64))

    @property
    def norm(self) -> float:
        """Euclidean length of all values."""
        return float(np.sqrt(np.square(self.values, dtype=np.float64).sum()))


@dataclass(frozen=True, kw_only=True, eq=False)
class BlockTrace:
    """A block's operations on one picture in the order in which they run, the input first."""

    operations: tuple[Operation, ...]

    def operation(self, name: str) -> Operation:
        """The operation of that name; ``KeyError`` if there is none."""
        return {operation.name: operation for operation in self.operations}[name]

    def before(self, name: str) -> tuple[Operation, ...]:
        """What the operation was given: one operation, for ``"sum"`` both of its terms."""
        names = [operation.name for operation in self.operations]
        at = names.index(name)
        if name == "sum":
            other = "shortcut" if "shortcut" in names else "input"
            return (self.operation(other), self.operations[at - 1 - (other == "shortcut")])
        if name == "shortcut":
            return (self.operations[0],)
        return (self.operations[max(at - 1, 0)],)


@dataclass(frozen=True, kw_only=True)
class Timing:
    """One way of computing in one memory format."""

    way: str  # "channels_first" or "channels_last": how the block is written
    memory: str  # "contiguous" (NCHW) or "channels_last" (NHWC): how the input lies in memory
    seconds: float  # median of the rounds
    quartiles: tuple[float, float]  # a quarter of the rounds took less, a quarter more, seconds
    rounds: int  # all ways once a round, one after the other


@dataclass(frozen=True, kw_only=True)
class WaysCompared:
    """The two ways of writing a block on the same input with the same weights."""

    difference: float  # largest absolute difference of the two outputs
    largest: float  # largest absolute value of the first output
    timings: tuple[Timing, ...]
    shape: tuple[int, int, int, int]  # (N, C, H, W) of the input
    threads: int  # torch used so many


@dataclass(frozen=True, kw_only=True)
class BranchShare:
    """How much a block's branch adds to what goes past it, on one picture."""

    name: str  # "stage3.blocks.4"
    share: float  # ‖branch‖ / ‖shortcut‖, Euclidean
    plain: float  # the same without layer scale


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
class Watched:
    """Some test pictures, and what each arm last said of them."""

    images: NDArray[np.uint8]  # (N, H, W, 3)
    labels: tuple[int, ...]  # the right classes
    classes: tuple[str, ...]
    step: Mapping[str, int]  # by arm: after so many steps
    predicted: Mapping[str, tuple[int, ...]]  # by arm: a class for each picture
    probability: Mapping[str, tuple[float, ...]]  # and its probability


Outcome = Literal["better", "worse", "too_small", "one_seed", "no_seed"]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The difference of an arm's test accuracy to the baseline's, paired over seeds."""

    label: str
    baseline: str
    differences: tuple[float, ...]  # one a seed, 0.01 = one percentage point
    mean: float
    low: float  # the interval's ends; infinite with fewer than two seeds
    high: float
    confidence: float  # of all comparisons together
    comparisons: int
    outcome: Outcome
