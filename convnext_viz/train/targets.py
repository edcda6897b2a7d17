"""Targets of a loss: label smoothing, and the cross-entropy with a target of probabilities."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def smoothed(target: Floats, epsilon: float) -> Floats:
    """(K,) probabilities of which the share ``epsilon`` is spread evenly over all classes.

    Of a single true class: 1 − ε + ε/K there, ε/K elsewhere (Szegedy et al. 2016, section 7).
    """
    mixed: Floats = (1 - epsilon) * target + epsilon / len(target)
    return mixed


def one_hot(classes: int, label: int) -> Floats:
    """(K,) all of the probability at one class."""
    target = np.zeros(classes)
    target[label] = 1.0
    return target


def cross_entropy(logits: NDArray[np.floating], target: Floats) -> float:
    """Cross-entropy of the softmax of ``logits`` (K,) with ``target`` (K,), in nats."""
    shifted = logits.astype(np.float64) - float(logits.max())
    return float(-(target * (shifted - np.log(np.exp(shifted).sum()))).sum())


def entropy(target: Floats) -> float:
    """The smallest cross-entropy that any logits reach with ``target``, in nats."""
    held = target[target > 0]
    return float((held * np.log(1 / held)).sum())  # of one class 0, not −0


def best_gap(classes: int, epsilon: float) -> float:
    """How far the true class's logit lies above the others where the smoothed loss is smallest:
    ln(1 + K (1 − ε) / ε); infinite without smoothing."""
    return float(np.log1p(classes * (1 - epsilon) / epsilon)) if epsilon else float("inf")
