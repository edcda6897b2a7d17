"""Outputs of a classifier as classes: a network with one output tells two classes apart.

Of its one logit y, sigmoid(y) is the probability of the class that it means, 1 − sigmoid(y) =
sigmoid(−y) that of the other one. So the classes' logits are (y, −y), class 0 being the output.
"""

import torch
from torch import Tensor


def class_logits(logits: Tensor) -> Tensor:
    """The logit of every class: (N, outputs) → (N, classes)."""
    return torch.cat([logits, -logits], 1) if logits.shape[1] == 1 else logits


def class_probabilities(logits: Tensor) -> Tensor:
    r"""The probability of every class, (N, outputs) → (N, classes), in float32 at least:

    .. math:: p_c = \frac{e^{y_c}}{\sum_k e^{y_k}}, \qquad
        p = \left(\frac{1}{1 + e^{-y}}, \frac{1}{1 + e^{y}}\right) \text{ of one output}
    """
    logits = logits if logits.dtype == torch.float64 else logits.float()
    return class_logits(logits).sigmoid() if logits.shape[1] == 1 else logits.softmax(1)
