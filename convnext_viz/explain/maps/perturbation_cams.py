"""Class-activation maps without gradients: what happens to the score when something is changed."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from convnext_viz.explain.checks import check_stage, stage_names
from convnext_viz.explain.maps.cams import weighted_sum
from convnext_viz.explain.maps.progress import OnProgress, ignore
from convnext_viz.explain.maps.score import Score
from convnext_viz.explain.places import Seen, seen_at
from convnext_viz.results import Attribution


def score_cam(
    net: nn.Sequential,
    x: Tensor,
    target: int | None = None,
    *,
    stage: str | None = None,
    contrast: int | None = None,
    batch: int = 16,
    on_progress: OnProgress = ignore,
) -> Attribution:
    r"""Score-CAM: a channel weighs as much as the score of the image seen through it.

    Each channel, enlarged and scaled to 0 … 1, masks the input; the weights are the softmax over
    channels of the scores. One pass of the net a channel. ``x`` (1, C, H, W); ``stage`` None
    is the last one. Raises ValueError as ``grad_cam`` does.

    Source: Wang et al. 2020, "Score-CAM"; enlarged as pytorch-grad-cam does it
    (corners aligned). The score of the empty image cancels in the softmax.
    """
    score = Score(net, x, target, contrast)
    stage, seen_there = _seen(score, stage)
    activation = seen_there.map
    channels = activation.shape[1]
    score.expect(channels, on_progress)
    scores = []
    with torch.inference_mode():
        for first in range(0, channels, batch):
            masks = activation[0, first : first + batch, None]  # (n, 1, h, w)
            masks = interpolate(masks, size=x.shape[-2:], mode="bilinear", align_corners=True)
            low = masks.amin((2, 3), keepdim=True)
            masks = (masks - low) / (masks.amax((2, 3), keepdim=True) - low + 1e-8)
            scores.append(score(x * masks))
        seen = torch.cat(scores)  # (C,)
        found = weighted_sum(activation[0], seen.softmax(0))
        effect = (seen - score.value).abs().max()
    return score.attribution(
        "score_cam", found.map, effect=effect, remains=found.remaining, stage=stage
    )


def ablation_cam(
    net: nn.Sequential,
    x: Tensor,
    target: int | None = None,
    *,
    stage: str | None = None,
    contrast: int | None = None,
    batch: int = 32,
    on_progress: OnProgress = ignore,
) -> Attribution:
    r"""Ablation-CAM: a channel weighs as much as the score falls when the channel is set to zero.

    The net runs once up to the stage, then behind it once a channel. Weights are divided by the
    score's magnitude (the paper divides by the score, which turns the map around where that is
    negative). ``x`` (1, C, H, W); ``stage`` None is the last one. Raises ValueError as
    ``grad_cam`` does.

    Source: Desai and Ramaswamy 2020, "Ablation-CAM". pytorch-grad-cam sets
    channels to −10⁷ instead of 0 where activations may be negative, as they are here.
    """
    score = Score(net, x, target, contrast)
    stage, seen_there = _seen(score, stage)
    activation = seen_there.map
    channels = activation.shape[1]
    score.expect(channels, on_progress)
    scores = []
    with torch.inference_mode():
        for first in range(0, channels, batch):
            some = torch.arange(first, min(first + batch, channels))
            scores.append(score(seen_there.without(some), net=seen_there.behind))
        falls = score.value - torch.cat(scores)  # (C,)
        found = weighted_sum(activation[0], falls / max(abs(score.value), 1e-12))
    return score.attribution(
        "ablation_cam", found.map, effect=falls.abs().max(), remains=found.remaining, stage=stage
    )


def _seen(score: Score, stage: str | None) -> tuple[str, Seen]:
    """The stage's name, the last one for None, and what is seen there of the one image."""
    stage = stage_names(score.net)[-1] if stage is None else stage
    check_stage(score.net, stage)
    with torch.inference_mode():
        return stage, seen_at(score.net, score.x, stage, scored=True)
