"""Class-activation maps without gradients: what happens to the score when something is changed.

Generators: each yields its progress after every batch and ends with the map, so that whoever waits
can be told, and can stop by not asking for more: ``*_, found = score_cam(net, x)``.
"""

from collections.abc import Iterator, Sequence
from time import perf_counter

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from convnext_viz.explain.checks import as_input, check_input, check_net, check_stage, stage_names
from convnext_viz.explain.maps.cams import score_label, weighted_map
from convnext_viz.explain.maps.capture import score_of
from convnext_viz.results import Attribution, Progress


def score_cam(
    net: nn.Sequential,
    x: Tensor,
    target: int | None = None,
    *,
    stage: str | None = None,
    contrast: int | None = None,
    labels: Sequence[str] = (),
    batch: int = 16,
) -> Iterator[Progress | Attribution]:
    r"""Score-CAM: a channel weighs as much as the score of the picture seen through it.

    Each channel, enlarged and scaled to 0 … 1, masks the input; the weights are the softmax over
    channels of the scores. One pass of the whole net a channel. ``x`` (1, C, H, W); ``stage`` None
    is the last one. Raises ValueError as ``grad_cam`` does.

    Source: Wang et al. 2020, "Score-CAM"; enlarged as pytorch-grad-cam does it
    (corners aligned). The score of the empty picture cancels in the softmax.
    """
    start = perf_counter()
    at, activation, logits = _look(net, x, stage)
    target = int(logits.argmax()) if target is None else target
    score = score_of(logits, target, contrast)
    label = score_label(target, contrast, labels, logits.shape[1])
    channels = activation.shape[1]
    scores = []
    for first in range(0, channels, batch):
        with torch.inference_mode():
            masks = activation[0, first : first + batch, None]  # (n, 1, h, w)
            masks = interpolate(masks, size=x.shape[-2:], mode="bilinear", align_corners=True)
            low = masks.amin((2, 3), keepdim=True)
            masks = (masks - low) / (masks.amax((2, 3), keepdim=True) - low + 1e-8)
            scores.append(score_of(net(as_input(x * masks)), target, contrast))
        yield Progress(done=min(first + batch, channels), total=channels)
    with torch.inference_mode():
        values = weighted_map(activation[0], torch.cat(scores).softmax(0))
    yield _attribution("score_cam", at, target, contrast, label, score, values, x, start)


def ablation_cam(
    net: nn.Sequential,
    x: Tensor,
    target: int | None = None,
    *,
    stage: str | None = None,
    contrast: int | None = None,
    labels: Sequence[str] = (),
    batch: int = 32,
) -> Iterator[Progress | Attribution]:
    r"""Ablation-CAM: a channel weighs as much as the score falls when the channel is set to zero.

    The net runs once up to the stage, then behind it once a channel. Weights are divided by the
    score's magnitude (the paper divides by the score, which turns the map around where that is
    negative). ``x`` (1, C, H, W); ``stage`` None is the last one. Raises ValueError as
    ``grad_cam`` does.

    Source: Desai and Ramaswamy 2020, "Ablation-CAM". pytorch-grad-cam sets
    channels to −10⁷ instead of 0 where activations may be negative, as they are here.
    """
    start = perf_counter()
    at, activation, logits = _look(net, x, stage)
    target = int(logits.argmax()) if target is None else target
    score = score_of(logits, target, contrast)
    label = score_label(target, contrast, labels, logits.shape[1])
    behind = net[stage_names(net).index(at) + 1 :]
    channels = activation.shape[1]
    scores = []
    for first in range(0, channels, batch):
        with torch.inference_mode():
            n = min(batch, channels - first)
            ablated = activation.repeat(n, 1, 1, 1)  # (n, C, h, w)
            ablated[torch.arange(n), first + torch.arange(n)] = 0
            scores.append(score_of(behind(as_input(ablated)), target, contrast))
        yield Progress(done=first + n, total=channels)
    with torch.inference_mode():
        weights = (score - torch.cat(scores)) / score.abs().clamp(min=1e-12)
        values = weighted_map(activation[0], weights)
    yield _attribution("ablation_cam", at, target, contrast, label, score, values, x, start)


def _look(net: nn.Sequential, x: Tensor, stage: str | None) -> tuple[str, Tensor, Tensor]:
    """The stage's name, its output (1, C, h, w), and the logits (1, classes)."""
    check_net(net, classifies=True)
    check_input(net, x)
    stage = stage_names(net)[-1] if stage is None else stage
    check_stage(net, stage)
    at = stage_names(net).index(stage) + 1
    with torch.inference_mode():
        activation = net[:at](as_input(x))
        return stage, activation, net[at:](activation)


def _attribution(
    method: str,
    stage: str,
    target: int,
    contrast: int | None,
    label: str,
    score: Tensor,
    values: Tensor,
    x: Tensor,
    start: float,
) -> Attribution:
    return Attribution(
        method=method,
        stage=stage,
        target=target,
        contrast=contrast,
        label=label,
        score=float(score),
        values=values.float().contiguous().cpu().numpy(),
        image_size=(x.shape[-2], x.shape[-1]),
        seconds=perf_counter() - start,
    )
