"""Class-activation maps of a net at any stage, from one forward and one backward pass."""

from collections.abc import Iterable, Sequence
from time import perf_counter

import torch
from torch import Tensor, nn

from convnext_viz.explain.checks import stage_names
from convnext_viz.explain.maps.capture import capture
from convnext_viz.explain.maps.methods import CAMS, METHODS
from convnext_viz.explain.maps.validity import nothing_to_see
from convnext_viz.results import Attribution
from convnext_viz.text import t


def grad_cam(
    net: nn.Sequential, x: Tensor, target: int | None = None, *, stage: str | None = None
) -> Attribution:
    r"""Grad-CAM: each channel weighs as much as the class's score grows with it on average.

    .. math::
        L = \mathrm{ReLU}\Big(\sum_k \alpha_k A^k\Big), \qquad
        \alpha_k = \frac{1}{hw} \sum_{i,j} \frac{\partial y_c}{\partial A^k_{ij}}

    with the stage's output :math:`A` (C, h, w) and the logit :math:`y_c` of class ``target``
    (None: the predicted class); ``stage`` None is the last one. The map keeps the stage's
    resolution and the logit's unit: it is neither enlarged nor scaled to 1.

    ``x``: (1, C, H, W), as ``preprocess`` gives it. Raises ValueError for a net in train mode or
    without classifier, an input of another shape, an unknown stage, a class that the net does not
    have.

    Source: Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks via
    Gradient-based Localization", equations 1 and 2.
    """
    stages = (stage_names(net)[-1] if stage is None else stage,)
    (found,) = class_activation_maps(net, x, target, stages=stages, methods=("grad_cam",))
    return found


def class_activation_maps(
    net: nn.Sequential,
    x: Tensor,
    target: int | None = None,
    *,
    contrast: int | None = None,
    stages: Sequence[str] = (),
    methods: Sequence[str] = CAMS,
) -> tuple[Attribution, ...]:
    """Maps of all ``methods`` at all ``stages``, stage by stage, from one pass there and back.

    ``stages``: names; none means every one behind the stem. ``target`` None is the predicted class;
    with ``contrast`` the maps explain the lead of the one logit over the other. Under
    ``torch.autocast`` the net runs in the lower precision, the maps are made in float32.
    ``seconds`` is the shared pass and the map's own time. Raises ValueError as ``grad_cam`` does,
    for an unknown method, and for a class against itself.
    """
    for method in methods:
        check_method(method, CAMS)
    formulas = {method: METHODS[method].function() for method in methods}
    stages = tuple(stages) or stage_names(net)[1:]
    start = perf_counter()
    seen = capture(net, x, stages, target, contrast)
    shared = perf_counter() - start
    largest = float(seen.logits.abs().max())
    found = []
    with torch.inference_mode(), torch.autocast(x.device.type, enabled=False):
        for stage in stages:
            activation = _at_least_single(seen.activations[stage])
            gradient = _at_least_single(seen.gradients[stage])
            effect = float(torch.einsum("chw,chw->", gradient.abs(), activation.abs()))
            for method in methods:
                start = perf_counter()
                summed = formulas[method](activation, gradient)
                values = summed.map.float().contiguous().cpu().numpy()
                remains = summed.remaining
                found.append(
                    Attribution(
                        method=method,
                        stage=stage,
                        target=seen.target,
                        contrast=contrast,
                        score=seen.score,
                        values=values,
                        image_size=(x.shape[-2], x.shape[-1]),
                        seconds=shared + perf_counter() - start,
                        remaining=remains,
                        nothing=nothing_to_see(
                            values,
                            remains=remains,
                            effect=float("nan") if METHODS[method].class_blind else effect,
                            largest_logit=largest,
                        ),
                    )
                )
    return tuple(found)


def check_method(method: str, known: Iterable[str]) -> None:
    """Raises ValueError for a method that is not among ``known``."""
    names = list(known)
    if method not in names:
        raise ValueError(t("methods.error.method", method=method, known=", ".join(names)))


def _at_least_single(x: Tensor) -> Tensor:
    return x if x.dtype == torch.float64 else x.float()
