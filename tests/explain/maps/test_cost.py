"""What a map is said to cost, beside torch's own count of what it did cost."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from convnext_viz.explain import attribute
from convnext_viz.explain.maps import cost
from convnext_viz.explain.maps.faithfulness import cascading_randomization, deletion_insertion
from convnext_viz.explain.maps.methods import METHODS
from convnext_viz.plans import plan
from tests.explain.small_nets import SPECS, frozen, picture, place_for, suited

# Wide enough that convolutions, which are counted, are nearly all there is.
SPEC = replace(SPECS["convnext"], dims=(16, 32, 32, 48))
SIDE = 32


class Counter(TorchDispatchMode):
    """Sums torch's own formulas; its FlopCounterMode breaks under ``torch.autograd.grad``."""

    def __init__(self) -> None:
        super().__init__()
        self.macs = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        known = flop_registry.get(func._overloadpacket)
        if known is None:
            with self:  # a layer in inference mode comes in one piece
                parts = func.decompose(*args, **(kwargs or {}))
            if parts is not NotImplemented:
                return parts
        out = func(*args, **(kwargs or {}))
        if known is not None:
            self.macs += known(*args, **(kwargs or {}), out_val=out) // 2
        return out


@pytest.mark.parametrize(
    ("method", "own"),
    [(m, {}) for m, row in METHODS.items() if row.kind != "cam"]
    + [
        ("integrated_gradients", {"steps": 20}),
        ("occlusion", {"window": 30, "stride": 9}),
        ("smooth_grad", {"samples": 7}),
        ("feature_ablation", {"cells": 3}),
    ],
)
def test_by_torchs_counter(method: str, own: dict[str, int]) -> None:
    stage = place_for(method, "stage3")
    spec = suited(method, SPEC)
    side = SIDE if spec is SPEC else 64
    net, x = frozen(spec), picture(spec, side)
    with Counter() as counter:
        attribute(net, x, method, stage=stage, target=2, **own)
    said = METHODS[method].macs(plan(spec, side), stage, own)
    assert counter.macs == pytest.approx(said, rel=0.1)


def test_curves_and_shuffled_weights_by_torchs_counter() -> None:
    net, x = frozen(SPEC), picture(SPEC, SIDE)
    with Counter() as counter:
        list(deletion_insertion(net, x, torch.rand(4, 4).numpy(), 2))
    assert counter.macs == pytest.approx(cost.curves(plan(SPEC, SIDE)), rel=0.02)
    with Counter() as counter:
        list(cascading_randomization(net, x, "feature_ablation", target=2))
    stages = len(plan(SPEC, SIDE).stages)
    said = METHODS["feature_ablation"].macs(plan(SPEC, SIDE), "image") * (stages + 1)
    assert counter.macs == pytest.approx(said, rel=0.05)
