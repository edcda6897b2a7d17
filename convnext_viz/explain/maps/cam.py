"""Class-activation maps: pure functions of a stage's activations and the score's gradients."""

from collections.abc import Sequence
from time import perf_counter

from torch import Tensor, nn

from convnext_viz.explain.checks import check_labels, stage_names
from convnext_viz.explain.maps.capture import capture
from convnext_viz.results import Attribution


def grad_cam(
    net: nn.Sequential,
    x: Tensor,
    target: int | None = None,
    *,
    stage: str | None = None,
    labels: Sequence[str] = (),
) -> Attribution:
    r"""Grad-CAM: each channel weighs as much as the class's score grows with it on average.

    .. math::
        L = \mathrm{ReLU}\Big(\sum_k \alpha_k A^k\Big), \qquad
        \alpha_k = \frac{1}{hw} \sum_{i,j} \frac{\partial y_c}{\partial A^k_{ij}}

    with the stage's output :math:`A` (C, h, w) and the logit :math:`y_c` of class ``target``
    (None: the predicted class); ``stage`` None is the last one. The map keeps the stage's
    resolution and the logit's unit: it is neither enlarged nor scaled to 1.

    ``x``: (1, C, H, W), as ``preprocess`` gives it. ``labels``: a name for every class, or none.
    Raises ValueError for a net in train mode or without classifier, an input of another shape, an
    unknown stage, a class or a number of labels that the net does not have.

    Source: Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks via
    Gradient-based Localization", equations 1 and 2.
    """
    start = perf_counter()
    stage = stage_names(net)[-1] if stage is None else stage
    seen = capture(net, x, (stage,), target)
    values = grad_cam_map(seen.activations[stage], seen.gradients[stage])
    seconds = perf_counter() - start
    check_labels(tuple(labels), len(seen.logits))
    return Attribution(
        method="grad_cam",
        stage=stage,
        target=seen.target,
        label=labels[seen.target] if labels else f"#{seen.target}",
        score=float(seen.logits[seen.target]),
        values=values.float().cpu().numpy(),
        image_size=(x.shape[-2], x.shape[-1]),
        seconds=seconds,
    )


def grad_cam_map(activation: Tensor, gradient: Tensor) -> Tensor:
    """Equations 1 and 2 of Selvaraju et al. 2017: (C, h, w) twice → (h, w), not negative."""
    weights = gradient.mean((1, 2))  # (C,)
    return (weights[:, None, None] * activation).sum(0).relu().contiguous()
