"""One forward and one backward pass: the activations of some stages, and the score's gradients.

What every class-activation map is a function of. Nothing is hooked and nothing is written into the
net: it is sliced, so that one net may serve many threads at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from convnext_viz.explain.checks import as_input, check_input, check_net, check_stage
from convnext_viz.explain.maps.score import score_of
from convnext_viz.explain.outputs import class_logits
from convnext_viz.explain.places import grid_of, parts
from convnext_viz.explain.slices import as_map


@dataclass(frozen=True, kw_only=True, eq=False)
class Capture:
    """Of one picture and one class: tensors of (C, h, w), by stage, without a graph.

    At the last block of a net whose head reads a token they are those of the input of its
    attention: behind it, the gradients of all patches are exactly zero.
    """

    target: int
    logits: Tensor  # (classes,)
    activations: Mapping[str, Tensor]
    gradients: Mapping[str, Tensor]  # of the score with respect to the activations
    score: float  # the target's logit, less that of the contrast class


def capture(
    net: nn.Sequential,
    x: Tensor,
    stages: Sequence[str],
    target: int | None,
    contrast: int | None = None,
) -> Capture:
    """Runs the net once forwards, and backwards as far as the first of ``stages``.

    The graph begins at the output of that stage: what comes before runs without one, and no
    parameter gets a gradient. ``target`` None is the predicted class; with ``contrast``, a second
    class, the score is the difference of the two logits: why the one and not the other. Raises
    ValueError for a net in train mode or without classifier, an input of another shape, an unknown
    stage or class.
    """
    check_net(net, classifies=True)
    check_input(net, x)
    for stage in stages:
        check_stage(net, stage)
    grid = grid_of(net, (x.shape[2], x.shape[3]))
    outputs: dict[str, Tensor] = {}
    # The caller may be in any mode; these three are the thread's own and end with the block.
    with torch.inference_mode(False):
        y = as_input(x)
        for part in parts(net, stages, scored=True):
            here = [place for place in part.places if place in stages]
            with torch.set_grad_enabled(bool(outputs)):
                seen = part.seen(y)
                if here and not outputs:
                    seen.requires_grad_()
            with torch.set_grad_enabled(bool(outputs or here)):
                y = part.rest(seen, y)
            outputs |= dict.fromkeys(here, seen)
        with torch.enable_grad():
            logits = class_logits(y)[0]  # (classes,)
            chosen = int(logits.argmax()) if target is None else target
            score = score_of(y, chosen, contrast)[0]
            gradients = torch.autograd.grad(score, list(outputs.values()))
    return Capture(
        target=chosen,
        logits=logits.detach(),
        activations={place: as_map(seen.detach(), grid)[0] for place, seen in outputs.items()},
        gradients={
            place: as_map(gradient, grid)[0]
            for place, gradient in zip(outputs, gradients, strict=True)
        },
        score=float(score.detach()),
    )
