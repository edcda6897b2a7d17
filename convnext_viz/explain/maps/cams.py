"""Six class-activation maps of every stage for the price of one forward and one backward pass.

Each map is a pure function of a stage's activations and gradients, (C, h, w) each → (h, w), cut off
below zero. Small terms in denominators are those of pytorch-grad-cam, so that maps agree with it.
"""

from collections.abc import Callable, Iterable, Sequence
from time import perf_counter

import torch
from torch import Tensor, nn

from convnext_viz.explain.checks import check_labels, stage_names
from convnext_viz.explain.maps.cam import grad_cam_map
from convnext_viz.explain.maps.capture import capture
from convnext_viz.results import Attribution
from convnext_viz.text import t


def weighted_map(activation: Tensor, weights: Tensor) -> Tensor:
    """Activations summed with a weight a channel, (C, h, w) and (C,) → (h, w), not negative."""
    return torch.einsum("c,chw->hw", weights, activation).relu()


def grad_cam_pp_map(activation: Tensor, gradient: Tensor) -> Tensor:
    """Grad-CAM++, equation 19 of Chattopadhay et al. 2018 with the logit in the exponential."""
    square = gradient**2
    total = activation.sum((1, 2), keepdim=True)  # (C, 1, 1)
    alpha = square / (2 * square + total * square * gradient + 1e-6)
    weights = (gradient.relu() * alpha).sum((1, 2))
    return weighted_map(activation, weights)


def hires_cam_map(activation: Tensor, gradient: Tensor) -> Tensor:
    """HiResCAM (Draelos and Carin 2020): gradient times activation, no averaging."""
    return (gradient * activation).sum(0).relu()


def xgrad_cam_map(activation: Tensor, gradient: Tensor) -> Tensor:
    """XGrad-CAM (Fu et al. 2020): gradients averaged by share of activation."""
    weights = (gradient * activation).sum((1, 2)) / (activation.sum((1, 2)) + 1e-7)
    return weighted_map(activation, weights)


def layer_cam_map(activation: Tensor, gradient: Tensor) -> Tensor:
    """LayerCAM (Jiang et al. 2021): each position has a weight of its own."""
    return (gradient.relu() * activation).sum(0).relu()


def eigen_cam_map(activation: Tensor, gradient: Tensor | None = None) -> Tensor:
    """Eigen-CAM (Muhammad and Yeasin 2020): the first principal component over positions.

    Gradients play no part. A component has no sign of its own: here its largest magnitude is
    positive (equation 13 of Chung and Ying 2025, Seg-Eigen-CAM).
    """
    channels, height, width = activation.shape
    a = activation.reshape(channels, height * width).T.double()  # (hw, C)
    a = a - a.mean(0)
    # The smaller of the two Gram matrices has the same component, without a full decomposition.
    if channels <= height * width:
        component = a @ _leading(a)
    else:
        vector = _leading(a.T)
        component = vector * (a.T @ vector).norm()
    if component.min().abs() > component.max().abs():
        component = -component
    return component.reshape(height, width).relu().to(activation.dtype)


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


CAMS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "grad_cam": grad_cam_map,
    "grad_cam_pp": grad_cam_pp_map,
    "hires_cam": hires_cam_map,
    "xgrad_cam": xgrad_cam_map,
    "layer_cam": layer_cam_map,
    "eigen_cam": eigen_cam_map,
}
"""Every map by its method's key: (activations, gradients) → map."""


def class_activation_maps(
    net: nn.Sequential,
    x: Tensor,
    target: int | None = None,
    *,
    contrast: int | None = None,
    stages: Sequence[str] = (),
    methods: Sequence[str] = tuple(CAMS),
    labels: Sequence[str] = (),
) -> tuple[Attribution, ...]:
    """Maps of all ``methods`` at all ``stages``, stage by stage, from one pass there and back.

    ``stages``: names; none means every one behind the stem. ``target`` None is the predicted class;
    with ``contrast`` the maps explain the lead of the one logit over the other. ``labels``: a name
    for every class, or none. Under ``torch.autocast`` the net runs in the lower precision, the maps
    are made in float32. ``seconds`` is the shared pass and the map's own time. Raises ValueError as
    ``grad_cam`` does, for an unknown method, and for a class against itself.
    """
    for method in methods:
        check_method(method, CAMS)
    stages = tuple(stages) or stage_names(net)[1:]
    start = perf_counter()
    seen = capture(net, x, stages, target, contrast)
    shared = perf_counter() - start
    label = score_label(seen.target, contrast, labels, len(seen.logits))
    found = []
    with torch.inference_mode(), torch.autocast(x.device.type, enabled=False):
        for stage in stages:
            activation = _at_least_single(seen.activations[stage])
            gradient = _at_least_single(seen.gradients[stage])
            for method in methods:
                start = perf_counter()
                values = CAMS[method](activation, gradient).float().contiguous().cpu().numpy()
                found.append(
                    Attribution(
                        method=method,
                        stage=stage,
                        target=seen.target,
                        contrast=contrast,
                        label=label,
                        score=seen.score,
                        values=values,
                        image_size=(x.shape[-2], x.shape[-1]),
                        seconds=shared + perf_counter() - start,
                    )
                )
    return tuple(found)


def check_method(method: str, known: Iterable[str]) -> None:
    """Raises ValueError for a method that is not among ``known``."""
    names = list(known)
    if method not in names:
        raise ValueError(t("methods.error.method", method=method, known=", ".join(names)))


def score_label(target: int, contrast: int | None, labels: Sequence[str], classes: int) -> str:
    """``"cat"``, ``"#7"`` or ``"cat − dog"``; ValueError for another number of labels."""
    check_labels(tuple(labels), classes)
    names = [labels[i] if labels else f"#{i}" for i in (target, contrast) if i is not None]
    return " − ".join(names)


def _at_least_single(x: Tensor) -> Tensor:
    return x if x.dtype == torch.float64 else x.float()
