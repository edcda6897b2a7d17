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


@dataclass(frozen=True, kw_only=True, eq=False)
class Capture:
    """Of one picture and one class: tensors of (C, h, w), by stage, without a graph."""

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
    children = list(net.named_children())
    first = min(i for i, (name, _) in enumerate(children) if name in stages)
    outputs: dict[str, Tensor] = {}
    # The caller may be in any mode; these three are the thread's own and end with the block.
    with torch.inference_mode(False):
        with torch.no_grad():
            y = net[: first + 1](as_input(x))  # (1, C, h, w)
        with torch.enable_grad():
            outputs[children[first][0]] = y = y.requires_grad_()
            for name, module in children[first + 1 :]:
                y = module(y)
                if name in stages:
                    outputs[name] = y
            logits = y[0]  # (classes,)
            chosen = int(logits.argmax()) if target is None else target
            score = score_of(y, chosen, contrast)[0]
            gradients = torch.autograd.grad(score, list(outputs.values()))
    return Capture(
        target=chosen,
        logits=logits.detach(),
        activations={stage: output.detach()[0] for stage, output in outputs.items()},
        gradients={s: gradient[0] for s, gradient in zip(outputs, gradients, strict=True)},
        score=float(score.detach()),
    )
