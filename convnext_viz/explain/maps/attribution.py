"""Attribution to the input's pixels, through captum: gradients, paths, and what covering costs.

Captum gives one number for every number of the input; a map has one for every pixel. The rule is
each paper's: the largest over colours for gradients, the sum for contributions to the score.
"""

from collections.abc import Callable, Sequence
from time import perf_counter

import torch
from torch import Tensor, nn

from convnext_viz.explain.checks import as_input, check_input, check_net
from convnext_viz.explain.maps.cams import score_label
from convnext_viz.explain.maps.capture import score_of
from convnext_viz.explain.maps.progress import OnProgress, ignore
from convnext_viz.results import Attribution, IntegratedGradients


class _Score:
    """The explained score as a function of pictures; counts them, and tells before every pass.

    What ``told`` raises ends the computation: that is how a page cancels it.
    """

    def __init__(
        self, net: nn.Sequential, x: Tensor, target: int | None, contrast: int | None
    ) -> None:
        check_net(net, classifies=True)
        check_input(net, x)
        self.start = perf_counter()
        self.net, self.x, self.contrast = net, as_input(x), contrast
        with torch.inference_mode():
            logits = net(self.x)
            self.classes = logits.shape[1]
            self.target = int(logits.argmax()) if target is None else target
            self.value = float(score_of(logits, self.target, contrast))
        self.done, self.total = 0, 1
        self.told: OnProgress = ignore

    def expect(self, total: int, told: OnProgress) -> None:
        self.total, self.told = total, told

    def __call__(self, x: Tensor) -> Tensor:  # (N, C, H, W) → (N,)
        self.told(min(self.done, self.total), self.total)
        self.done += len(x)
        x = x.contiguous(memory_format=torch.channels_last)
        return score_of(self.net(x), self.target, self.contrast)

    def attribution(self, method: str, values: Tensor, labels: Sequence[str]) -> Attribution:
        return Attribution(
            method=method,
            stage="image",
            target=self.target,
            contrast=self.contrast,
            label=score_label(self.target, self.contrast, labels, self.classes),
            score=self.value,
            values=values.detach().float().contiguous().cpu().numpy(),
            image_size=(self.x.shape[-2], self.x.shape[-1]),
            seconds=perf_counter() - self.start,
        )


def saliency(
    net: nn.Sequential,
    x: Tensor,
    target: int | None = None,
    *,
    contrast: int | None = None,
    labels: Sequence[str] = (),
) -> Attribution:
    """The magnitude of the score's gradient at each pixel, the largest over colours.

    ``x`` (1, C, H, W); ``target`` None is the predicted class, ``contrast`` a second one that it is
    held against. Raises ValueError as ``grad_cam`` does. Source: Simonyan et al. 2014, section 3.1.
    """
    from captum.attr import Saliency

    score = _Score(net, x, target, contrast)
    with torch.inference_mode(False), torch.enable_grad():
        found = Saliency(score).attribute(score.x.clone().requires_grad_())
    return score.attribution("saliency", found[0].amax(0), labels)


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
    labels: Sequence[str] = (),
    told: OnProgress = ignore,
) -> Attribution:
    """The gradient averaged over ``samples`` noisy copies of the picture, then as ``saliency``.

    ``noise``: standard deviation as a share of the input's range. The noise has a generator of its
    own, as captum's tunnel draws from the process-wide one that other threads draw from, too.
    Raises ValueError as ``grad_cam`` does. Source: Smilkov et al. 2017.
    """
    from captum.attr import Saliency

    score = _Score(net, x, target, contrast)
    score.expect(samples, told)
    generator = torch.Generator().manual_seed(seed)
    deviation = noise * float(score.x.max() - score.x.min())
    total = torch.zeros_like(score.x[0])
    with torch.inference_mode(False), torch.enable_grad():
        for first in range(0, samples, batch):
            n = min(batch, samples - first)
            drawn = torch.randn(n, *score.x.shape[1:], generator=generator).to(score.x)
            noisy = (score.x + deviation * drawn).requires_grad_()
            total += Saliency(score).attribute(noisy, abs=False).sum(0)
    return score.attribution("smooth_grad", (total / samples).abs().amax(0), labels)


def integrated_gradients(
    net: nn.Sequential,
    x: Tensor,
    target: int | None = None,
    *,
    contrast: int | None = None,
    steps: int = 50,
    batch: int = 10,
    labels: Sequence[str] = (),
    told: OnProgress = ignore,
) -> IntegratedGradients:
    """Gradients along the straight way from a plain picture to this one, times the difference.

    The plain picture is 0, the mean colour. By completeness the attributions add up to the
    difference of the two scores; what is lacking is in the record (LayerNorm is not smooth at a
    plain picture, so look at it). Raises ValueError as ``grad_cam`` does.
    Source: Sundararajan et al. 2017.
    """
    from captum.attr import IntegratedGradients

    score = _Score(net, x, target, contrast)
    with torch.inference_mode():
        plain = float(score(torch.zeros_like(score.x)))
    score.done = 0
    score.expect(steps, told)
    with torch.inference_mode(False), torch.enable_grad():
        found = IntegratedGradients(score).attribute(
            score.x.clone(), n_steps=steps, internal_batch_size=batch
        )
    return IntegratedGradients(
        attribution=score.attribution("integrated_gradients", found[0].sum(0), labels),
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
    labels: Sequence[str] = (),
    told: OnProgress = ignore,
) -> Attribution:
    """How far the score falls when a sliding square is covered with the mean colour.

    ``window``: pixels, None for a quarter of the shorter side; ``stride`` None for half of the
    window. A pixel gets the mean over all windows that cover it. Raises ValueError as ``grad_cam``
    does. Source: Zeiler and Fergus 2014, section 4.2.
    """
    from captum.attr import Occlusion

    score = _Score(net, x, target, contrast)
    channels, height, width = score.x.shape[1:]
    window = max(1, min(height, width) // 4) if window is None else min(window, height, width)
    stride = max(1, window // 2) if stride is None else min(stride, window)
    score.expect(1 + _places(height, window, stride) * _places(width, window, stride), told)
    with torch.inference_mode():
        found = Occlusion(score).attribute(
            score.x,
            sliding_window_shapes=(channels, window, window),
            strides=(channels, stride, stride),
            perturbations_per_eval=batch,
        )
    return score.attribution("occlusion", found[0, 0], labels)  # the same for every colour


def feature_ablation(
    net: nn.Sequential,
    x: Tensor,
    target: int | None = None,
    *,
    contrast: int | None = None,
    cells: int = 8,
    batch: int = 16,
    labels: Sequence[str] = (),
    told: OnProgress = ignore,
) -> Attribution:
    """How far the score falls when one of ``cells`` × ``cells`` patches gets the mean colour.

    Raises ValueError as ``grad_cam`` does. Source: captum's FeatureAblation.
    """
    from captum.attr import FeatureAblation

    score = _Score(net, x, target, contrast)
    height, width = score.x.shape[2:]
    rows, columns = min(cells, height), min(cells, width)
    patches = patch_mask(height, width, rows, columns)
    score.expect(1 + rows * columns, told)
    with torch.inference_mode():
        found = FeatureAblation(score).attribute(
            score.x, feature_mask=patches, perturbations_per_eval=batch
        )
    return score.attribution("feature_ablation", found[0, 0], labels)  # the same for every colour


def patch_mask(height: int, width: int, rows: int, columns: int) -> Tensor:
    """The number of the patch that each pixel belongs to, (1, 1, H, W)."""
    down = torch.arange(height) * rows // height
    across = torch.arange(width) * columns // width
    return (down[:, None] * columns + across)[None, None]


def _places(side: int, window: int, stride: int) -> int:
    return -(-(side - window) // stride) + 1


INPUT_METHODS: dict[str, Callable[..., Attribution | IntegratedGradients]] = {
    "saliency": saliency,
    "smooth_grad": smooth_grad,
    "integrated_gradients": integrated_gradients,
    "occlusion": occlusion,
    "feature_ablation": feature_ablation,
}
"""Every method on the input by its key."""
