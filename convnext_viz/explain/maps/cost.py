"""What a map costs before it is made: the multiply-adds of all passes of the net that it takes."""

from collections.abc import Mapping

from convnext_viz.explain.maps.methods import METHODS
from convnext_viz.plans import Plan

_THERE_AND_BACK = 2  # without gradients of weights the way back costs what the way there does
_USUAL = {"samples": 25, "steps": 50, "cells": 8}  # of the methods' own parameters


def macs(
    plan: Plan, method: str, stage: str, parameters: Mapping[str, float | None] | None = None
) -> int:
    """Multiply-adds of one map, padding and captum's overhead left out.

    ``plan`` is of the picture's size. Raises KeyError for a method that there is not.
    """
    own = _USUAL | {name: int(value) for name, value in (parameters or {}).items() if value}
    _, height, width = plan.in_shape
    match method:
        case "score_cam":
            return plan.macs * plan.stage(stage).out_shape[0]
        case "ablation_cam":
            names = [one.name for one in plan.stages]
            behind = plan.stages[names.index(stage) + 1 :]
            return plan.macs + plan.stage(stage).out_shape[0] * sum(one.macs for one in behind)
        case "smooth_grad":
            return plan.macs * (_THERE_AND_BACK * own["samples"] + 1)
        case "integrated_gradients":
            return plan.macs * (_THERE_AND_BACK * own["steps"] + 2)
        case "occlusion":
            window = own.get("window", max(1, min(height, width) // 4))
            stride = own.get("stride", max(1, window // 2))
            places = [-(-(side - window) // stride) + 1 for side in (height, width)]
            return plan.macs * (places[0] * places[1] + 2)
        case "feature_ablation":
            return plan.macs * (min(own["cells"], height) * min(own["cells"], width) + 2)
    return plan.macs * (_THERE_AND_BACK + 1) if METHODS[method] else 0


def curves_macs(plan: Plan, *, maps: int = 4, steps: int = 16) -> int:
    """Of deletion and insertion curves of a map and of random ones, ``maps`` in all."""
    return plan.macs * (2 * maps * (steps + 1) + 1)


def shuffled_macs(
    plan: Plan, method: str, stage: str, parameters: Mapping[str, float | None] | None = None
) -> int:
    """Of the same map once for the whole net and once for every depth of shuffled weights."""
    return macs(plan, method, stage, parameters) * (len(plan.stages) + 1)
