"""Attribution to the input's pixels, through captum: gradients, paths, and what covering costs.

Captum gives one number for every number of the input; a map has one for every pixel. The rule is
each paper's: the largest over colours for gradients, the sum for contributions to the score.
"""

import torch
from torch import Tensor, nn

from convnext_viz.explain.maps.cost import windows
from convnext_viz.explain.maps.progress import OnProgress, ignore
from convnext_viz.explain.maps.score import Score
from convnext_viz.explain.maps.validity import remaining
from convnext_viz.results import Attribution, IntegratedGradients


def saliency(
    net: nn.Sequential,
    x: Tensor,
    target: int | None = None,
    *,
    contrast: int | None = None,
    on_progress: OnProgress = ignore,
) -> Attribution:
    """The magnitude of the score's gradient at each pixel, the largest over colours.

    ``x`` (1, C, H, W); ``target`` None is the predicted class, ``contrast`` a second one that it is
    compared with. Raises ValueError as ``grad_cam`` does.

    Source: Simonyan et al. 2014, section 3.1.
    """
    from captum.attr import Saliency

    score = Score(net, x, target, contrast)
    score.expect(1, on_progress)
    with torch.inference_mode(False), torch.enable_grad():
        found = Saliency(score).attribute(score.x.clone().requires_grad_())[0]
    return score.attribution("saliency", found.amax(0), effect=(found * score.x[0]).abs().sum())


def smooth_grad(
    net: nn.Sequential,
    x: Tensor,
    target: int | None = None,
    *,
    contrast: int | None = None,
    samples: int = 25,
    noise: float = 0.15,
    seed: int = 0,
    batch: int = 5,
    on_progress: OnProgress = ignore,
) -> Attribution:
    """The gradient averaged over ``samples`` noisy copies of the picture, then as ``saliency``.

    ``noise``: standard deviation as a share of the input's range. The noise has a generator of its
    own, as captum's tunnel draws from the process-wide one that other threads draw from, too.
    Raises ValueError as ``grad_cam`` does. Source: Smilkov et al. 2017.
    """
    from captum.attr import Saliency

    score = Score(net, x, target, contrast)
    score.expect(samples, on_progress)
    generator = torch.Generator().manual_seed(seed)
    deviation = noise * float(score.x.max() - score.x.min())
    total = torch.zeros_like(score.x[0])
    with torch.inference_mode(False), torch.enable_grad():
        for first in range(0, samples, batch):
            n = min(batch, samples - first)
            drawn = torch.randn(n, *score.x.shape[1:], generator=generator).to(score.x)
            noisy = (score.x + deviation * drawn).requires_grad_()
            total += Saliency(score).attribute(noisy, abs=False).sum(0)
    mean = total / samples  # (C, H, W)
    effect = (mean * score.x[0]).abs().sum()
    return score.attribution("smooth_grad", mean.abs().amax(0), effect=effect)


def integrated_gradients(
    net: nn.Sequential,
    x: Tensor,
    target: int | None = None,
    *,
    contrast: int | None = None,
    steps: int = 50,
    batch: int = 10,
    on_progress: OnProgress = ignore,
) -> IntegratedGradients:
    """Gradients along the straight way from a plain picture to this one, times the difference.

    The plain picture is 0, the mean colour. By completeness the attributions add up to the
    difference of the two scores; what is lacking is in the record (LayerNorm is not smooth at a
    plain picture, so look at it). Raises ValueError as ``grad_cam`` does.
    Source: Sundararajan et al. 2017.
    """
    from captum.attr import IntegratedGradients as CaptumIntegratedGradients

    score = Score(net, x, target, contrast)
    with torch.inference_mode():
        plain = float(score(torch.zeros_like(score.x)))
    score.done = 0
    score.expect(steps, on_progress)
    with torch.inference_mode(False), torch.enable_grad():
        found = CaptumIntegratedGradients(score).attribute(
            score.x.clone(), n_steps=steps, internal_batch_size=batch
        )
    values, magnitude = found[0].sum(0), found[0].abs().sum(0)  # (H, W)
    return IntegratedGradients(
        attribution=score.attribution(
            "integrated_gradients",
            values,
            remains=remaining(values, magnitude),
            effect=magnitude.sum(),
        ),
        total=float(found.double().sum()),
        difference=score.value - plain,
        steps=steps,
    )


def occlusion(
    net: nn.Sequential,
    x: Tensor,
    target: int | None = None,
    *,
    contrast: int | None = None,
    window: int | None = None,
    stride: int | None = None,
    batch: int = 16,
    on_progress: OnProgress = ignore,
) -> Attribution:
    """How far the score falls when a sliding square is covered with the mean colour.

    ``window``: pixels, None for a quarter of the shorter side; ``stride`` None for half of the
    window. A pixel gets the mean over all windows that cover it. Raises ValueError as ``grad_cam``
    does. Source: Zeiler and Fergus 2014, section 4.2.
    """
    from captum.attr import Occlusion

    score = Score(net, x, target, contrast)
    channels, height, width = score.x.shape[1:]
    window = max(1, min(height, width) // 4) if window is None else min(window, height, width)
    stride = max(1, window // 2) if stride is None else min(stride, window)
    score.expect(1 + windows(height, window, stride) * windows(width, window, stride), on_progress)
    with torch.inference_mode():
        found = Occlusion(score).attribute(
            score.x,
            sliding_window_shapes=(channels, window, window),
            strides=(channels, stride, stride),
            perturbations_per_eval=batch,
        )
    return _of_covering(score, "occlusion", found)


def feature_ablation(
    net: nn.Sequential,
    x: Tensor,
    target: int | None = None,
    *,
    contrast: int | None = None,
    cells: int = 8,
    batch: int = 16,
    on_progress: OnProgress = ignore,
) -> Attribution:
    """How far the score falls when one of ``cells`` × ``cells`` patches gets the mean colour.

    Raises ValueError as ``grad_cam`` does. Source: captum's FeatureAblation.
    """
    from captum.attr import FeatureAblation

    score = Score(net, x, target, contrast)
    height, width = score.x.shape[2:]
    rows, columns = min(cells, height), min(cells, width)
    patches = patch_mask(height, width, rows, columns)
    score.expect(1 + rows * columns, on_progress)
    with torch.inference_mode():
        found = FeatureAblation(score).attribute(
            score.x, feature_mask=patches, perturbations_per_eval=batch
        )
    return _of_covering(score, "feature_ablation", found)


def patch_mask(height: int, width: int, rows: int, columns: int) -> Tensor:
    """The number of the patch that each pixel belongs to, (1, 1, H, W)."""
    down = torch.arange(height) * rows // height
    across = torch.arange(width) * columns // width
    return (down[:, None] * columns + across)[None, None]


def _of_covering(score: Score, method: str, found: Tensor) -> Attribution:
    values = found[0, 0]  # the same for every colour
    return score.attribution(method, values, effect=values.abs().max())
