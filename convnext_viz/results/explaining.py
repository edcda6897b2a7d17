"""What was measured of a net that looks at pictures."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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
    against: int | None = (
        None  # a second class: ``score`` and map are of the two logits' difference
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class FeatureMaps:
    """What one stage of a net makes of one picture."""

    stage: str
    values: NDArray[np.float32]  # (C, h, w)

    def strongest(self, count: int) -> tuple[int, ...]:
        """The channels of the largest mean activation, the first one largest."""
        return tuple(map(int, np.argsort(-self.values.mean((1, 2)), kind="stable")[:count]))
