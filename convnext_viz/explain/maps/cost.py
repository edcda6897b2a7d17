"""Cost of a map before it is made: the multiply-adds of all passes of the net that it takes.

A pass back costs what the pass there does, as no gradients of weights are wanted; products of two
activations, in attention, cost it twice, as both want a gradient. Each function
takes the plan at the image's size, the stage, and the method's parameters with their defaults.
"""

from collections.abc import Mapping

from convnext_viz.plans import Plan

Parameters = Mapping[str, float | None]


def one_gradient(plan: Plan, stage: str, parameters: Parameters) -> int:
    """The score, and one pass there and back."""
    return plan.macs + _there_and_back(plan)


def one_pass(plan: Plan, stage: str, parameters: Parameters) -> int:
    """The score, and one pass there."""
    return 2 * plan.macs


def score_cam(plan: Plan, stage: str, parameters: Parameters) -> int:
    """The score, the stage's output, and one pass a channel."""
    return plan.macs * (1 + plan.stage(stage).map_shape[0]) + parts(plan, stage)[0]


def ablation_cam(plan: Plan, stage: str, parameters: Parameters) -> int:
    """The score, the stage's output, and one pass behind the stage a channel."""
    upto, behind = parts(plan, stage)
    return plan.macs + upto + plan.stage(stage).map_shape[0] * behind


def smooth_grad(plan: Plan, stage: str, parameters: Parameters) -> int:
    """The score, and a pass there and back a sample."""
    return plan.macs + _number(parameters["samples"]) * _there_and_back(plan)


def integrated_gradients(plan: Plan, stage: str, parameters: Parameters) -> int:
    """The scores of image and baseline, and a pass there and back a step."""
    return 2 * plan.macs + _number(parameters["steps"]) * _there_and_back(plan)


def occlusion(plan: Plan, stage: str, parameters: Parameters) -> int:
    """The score twice, and one pass a window."""
    _, height, width = plan.in_shape
    window = _number(parameters["window"]) or max(1, min(height, width) // 4)
    stride = _number(parameters["stride"]) or max(1, window // 2)
    return plan.macs * (2 + windows(height, window, stride) * windows(width, window, stride))


def feature_ablation(plan: Plan, stage: str, parameters: Parameters) -> int:
    """The score twice, and one pass a patch."""
    _, height, width = plan.in_shape
    cells = _number(parameters["cells"])
    return plan.macs * (2 + min(cells, height) * min(cells, width))


def windows(side: int, window: int, stride: int) -> int:
    """How many windows cover a side of so many pixels."""
    return -(-(side - window) // stride) + 1


def curves(plan: Plan, *, maps: int = 4, steps: int = 16) -> int:
    """Of deletion and insertion curves of a map and of random ones, ``maps`` in all."""
    return plan.macs * (2 * maps * (steps + 1) + 1)


def _there_and_back(plan: Plan) -> int:
    return 2 * plan.macs + plan.attention_macs


def parts(plan: Plan, stage: str) -> tuple[int, int]:
    """Multiply-adds up to the end of a stage or of one of its blocks, and behind it."""
    end = plan.stages.index(plan.stage(stage)) + 1
    upto = sum(one.macs for one in plan.stages[:end])
    if stage != plan.stages[end - 1].name:
        number = int(stage.rpartition(".")[2])
        upto -= sum(one.macs for one in plan.stages[end - 1].blocks[number + 1 :])
    return upto, plan.macs - upto


def _number(value: float | None) -> int:
    return int(value or 0)
