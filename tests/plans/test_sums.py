"""The sum of a stage adds up to what torch counts in its modules, with equal blocks together."""

import re

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from convnext_viz.nets import build
from convnext_viz.plans import Plan, plan
from convnext_viz.plans.sums import equation
from convnext_viz.specs import VARIANTS
from tests.plans.handmade import map_plan

NAMES = ("convnext_xlarge", "convnextv2_atto", "convnext_iso_small", "resnet18", "resnet50",
         "resnext50_32x4d", "convnext_atto_ols")  # fmt: skip


def worth(sum_: str) -> int:
    """What the left side is worth; both sides are, or the test fails."""
    assert re.fullmatch(r"[\d,× +=]+", sum_)
    left, *right = (eval(side.replace(",", "").replace("×", "*")) for side in sum_.split("="))
    assert right in ([], [left])
    return int(left)


def counted(described: Plan) -> tuple[dict[str, int], dict[str, int]]:
    """torch's parameters and multiply-adds of every stage."""
    with torch.device("meta"):
        net = build(described.spec).eval()
        image = torch.empty(1, *described.in_shape)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(image)
    flops, root = counter.get_flop_counts(), type(net).__name__
    params = {name: sum(p.numel() for p in one.parameters()) for name, one in net.named_children()}
    return params, {name: sum(flops.get(f"{root}.{name}", {}).values()) // 2 for name in params}


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_is_worth_what_torch_counts(name: str) -> None:
    described = plan(VARIANTS[name])
    params, macs = counted(described)
    assert list(params) == [stage.name for stage in described.stages]
    for stage in described.stages:
        assert worth(equation(stage, "params")) == params[stage.name]
        assert worth(equation(stage, "macs")) == macs[stage.name]


@pytest.mark.parametrize(
    ("name", "stage", "params"),
    [
        ("convnext_base", "stage3", "27 × 2,126,848 + 525,312 = 57,950,208"),
        ("convnext_tiny", "stage1", "3 × 79,296 = 237,888"),
        ("convnext_tiny", "stem", "4,704 + 192 = 4,896"),
        ("resnet50", "stage3", "1,512,448 + 5 × 1,117,184 = 7,098,368"),  # one has a projection
        ("resnet18", "stage1", "2 × 73,984 = 147,968"),
        ("resnet50", "head", "2,049,000"),
    ],
)
def test_a_sum_reads_as_one_would_write_it(name: str, stage: str, params: str) -> None:
    assert equation(plan(VARIANTS[name]).stage(stage), "params") == params


def test_unequal_neighbours_stand_apart() -> None:
    mixed = map_plan("repvgg", "two residuals", "deployed", "deployed").stage("stage1")
    sum_ = equation(mixed, "params")
    assert worth(sum_) == mixed.params and sum_.count("+") == 2 and sum_.count("2 × ") == 1
