"""Lessons: methods that mean nothing on a kind of net, each with the measurement that shows it.

Captum puts hooks into the net for them, so they run on a copy, which shares the weights.
"""

from copy import deepcopy

import torch
from torch import Tensor, nn

from convnext_viz.explain.checks import as_input, check_input, check_net
from convnext_viz.explain.maps.class_activation import class_activation_maps
from convnext_viz.explain.maps.score import score_of
from convnext_viz.explain.outputs import class_logits
from convnext_viz.results import Lesson

_CAPTUM = ("guided_backprop", "deconvolution", "deep_lift", "lrp")
LESSONS = ("hires_cam", *_CAPTUM)


def lessons(net: nn.Sequential, x: Tensor, target: int | None = None) -> tuple[Lesson, ...]:
    """What five methods give on this net and picture, and what they ought to differ from.

    HiResCAM is zero in front of a norm over channels, as what follows does not change when all
    channels of a position are scaled: what is left of its terms is rounding.
    Guided backpropagation and deconvolution change the slope of ReLU alone: without one they are
    the plain gradient. DeepLift knows no rule for GELU and LayerNorm: what is left is gradient ×
    (input − baseline), whose sum is not the difference of scores that it promises. LRP has no rule
    for LayerNorm, and raises. ``x`` (1, C, H, W). Raises ValueError as ``grad_cam`` does.
    """
    check_net(net, classifies=True)
    check_input(net, x)
    with torch.inference_mode(False), torch.enable_grad():
        x = as_input(x).clone()
        with torch.no_grad():
            logits = net(x)
            target = int(class_logits(logits).argmax()) if target is None else target
            fallen = score_of(logits - net(torch.zeros_like(x)), target, None)
        x.requires_grad_()
        (gradient,) = torch.autograd.grad(score_of(net(x), target, None)[0], x)
        simple = {
            "guided_backprop": ("gradient", gradient),
            "deconvolution": ("gradient", gradient),
            "deep_lift": ("gradient_times_difference", gradient * x.detach()),
            "lrp": ("", gradient),
        }
        captum = tuple(
            _lesson(name, net, x.detach(), target, *simple[name], float(fallen)) for name in _CAPTUM
        )
    return (_hires_cam(net, x.detach(), target), *captum)


class _Classes(nn.Module):
    """The outputs as the logits of classes, as captum wants a module."""

    def forward(self, logits: Tensor) -> Tensor:
        return class_logits(logits)


def _hires_cam(net: nn.Sequential, x: Tensor, target: int) -> Lesson:
    """How much of its terms' magnitudes HiResCAM keeps, stage by stage."""
    maps = class_activation_maps(net, x, target, methods=("hires_cam",))
    return Lesson(
        method="hires_cam",
        same_as="zero",
        difference=min(one.remaining for one in maps),
        largest=1.0,
        total=float("nan"),
        score_difference=float("nan"),
        error="",
        remaining={one.stage: one.remaining for one in maps},
    )


def _lesson(
    name: str, net: nn.Module, x: Tensor, target: int, same_as: str, simple: Tensor, fallen: float
) -> Lesson:
    from captum.attr import LRP, Deconvolution, DeepLift, GuidedBackprop

    classes = {
        "guided_backprop": GuidedBackprop,
        "deconvolution": Deconvolution,
        "deep_lift": DeepLift,
        "lrp": LRP,
    }
    nothing, promised = float("nan"), name in ("deep_lift", "lrp")
    # LRP writes weights and restores them: it gets some of its own.
    shared = () if name == "lrp" else (*net.parameters(), *net.buffers())
    try:
        private = deepcopy(net, {id(tensor): tensor for tensor in shared})
        method = classes[name](nn.Sequential(private, _Classes()))
        found = method.attribute(x.clone().requires_grad_(), target=target).detach()
    except (TypeError, AssertionError, RuntimeError) as failed:
        return Lesson(
            method=name,
            same_as="",
            difference=nothing,
            largest=nothing,
            total=nothing,
            score_difference=nothing,
            error=f"{type(failed).__name__}: {failed}",
        )
    return Lesson(
        method=name,
        same_as=same_as,
        difference=float((found - simple).abs().max()),
        largest=float(simple.abs().max()),
        total=float(found.sum()),
        score_difference=fallen if promised else nothing,
        error="",
    )
