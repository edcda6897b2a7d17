"""The six class-activation maps of one pass, as pure functions of activations and gradients.

Each is a weighted sum of a stage's channels, (C, h, w) twice → (h, w), cut off below zero. Small
terms in denominators are those of pytorch-grad-cam, so that maps agree with it.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from convnext_viz.explain.maps import validity


@dataclass(frozen=True, kw_only=True, eq=False)
class WeightedSum:
    """Channels summed with weights, and how much of their magnitudes the sum keeps."""

    total: Tensor  # (h, w)
    magnitude: Tensor  # (h, w) sum of the terms' absolute values

    @property
    def map(self) -> Tensor:
        """What speaks for the class alone, (h, w)."""
        return self.total.relu()

    @property
    def remaining(self) -> float:
        """What is left of the magnitudes after the sum, from 0 to 1."""
        return validity.remaining(self.total, self.magnitude)


def weighted_sum(activation: Tensor, weights: Tensor) -> WeightedSum:
    """Activations (C, h, w) summed with a weight a channel (C,), or one a value (C, h, w)."""
    if weights.dim() == 3:  # einsum would take ten times as long: a dot product at every position
        terms = weights * activation
        return WeightedSum(total=terms.sum(0), magnitude=terms.abs().sum(0))
    return WeightedSum(
        total=torch.einsum("c,chw->hw", weights, activation),
        magnitude=torch.einsum("c,chw->hw", weights.abs(), activation.abs()),
    )


def grad_cam(activation: Tensor, gradient: Tensor) -> WeightedSum:
    """Grad-CAM, equations 1 and 2 of Selvaraju et al. 2017: a channel's mean gradient."""
    return weighted_sum(activation, gradient.mean((1, 2)))


def grad_cam_pp(activation: Tensor, gradient: Tensor) -> WeightedSum:
    """Grad-CAM++, equation 19 of Chattopadhay et al. 2018 with the logit in the exponential."""
    square = gradient**2
    total = activation.sum((1, 2), keepdim=True)  # (C, 1, 1)
    alpha = square / (2 * square + total * square * gradient + 1e-6)
    return weighted_sum(activation, (gradient.relu() * alpha).sum((1, 2)))


def hires_cam(activation: Tensor, gradient: Tensor) -> WeightedSum:
    """HiResCAM (Draelos and Carin 2020): gradient times activation, no averaging."""
    return weighted_sum(activation, gradient)


def xgrad_cam(activation: Tensor, gradient: Tensor) -> WeightedSum:
    """XGrad-CAM (Fu et al. 2020): gradients averaged by share of activation."""
    weights = (gradient * activation).sum((1, 2)) / (activation.sum((1, 2)) + 1e-7)
    return weighted_sum(activation, weights)


def layer_cam(activation: Tensor, gradient: Tensor) -> WeightedSum:
    """LayerCAM (Jiang et al. 2021): each position has a weight of its own."""
    return weighted_sum(activation, gradient.relu())


def eigen_cam(activation: Tensor, gradient: Tensor | None = None) -> WeightedSum:
    """Eigen-CAM (Muhammad and Yeasin 2020): the first principal component over positions.

    Gradients play no part. A component has no sign of its own: here its largest magnitude is
    positive (equation 13 of Chung and Ying 2025, Seg-Eigen-CAM). What cancels is the mean that is
    taken away: where all positions are alike, nothing but rounding is left.
    """
    channels, height, width = activation.shape
    uncentred = activation.reshape(channels, height * width).T.double()  # (hw, C)
    a = uncentred - uncentred.mean(0)
    # The smaller of the two Gram matrices has the same component, without a full decomposition.
    if channels <= height * width:
        component = a @ _leading(a)
    else:
        vector = _leading(a.T)
        component = vector * (a.T @ vector).norm()
    if component.min().abs() > component.max().abs():
        component = -component
    return WeightedSum(
        total=component.reshape(height, width).to(activation.dtype),
        magnitude=uncentred.norm(dim=1).reshape(height, width).to(activation.dtype),
    )


def _leading(a: Tensor) -> Tensor:
    """The first right singular vector of (m, n), float64, n not above m: (n,).

    The Gram matrix is decomposed in float32, in half the time; what the rounding did to its first
    vector is taken back by perturbation theory's first order, in the basis of all the others, which
    leaves an error of about the square of float32's. Where values coincide, any vector will do.
    """
    single = a.float()
    values, vectors = torch.linalg.eigh(single.T @ single)
    first, others = vectors[:, -1].double(), vectors[:, :-1].double()
    image = a.T @ (a @ first)
    value = first @ image
    gaps = value - values[:-1].double()
    shares = torch.where(gaps > 1e-6 * value, (others.T @ (image - value * first)) / gaps, 0.0)
    first = first + others @ shares
    return first / first.norm()
