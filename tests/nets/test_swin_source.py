"""The source of a Swin Transformer: it runs, and it is the same network."""

from dataclasses import replace
from typing import Any

import pytest

from convnext_viz.nets import build, source
from convnext_viz.plans import plan
from convnext_viz.specs import SwinSpec
from tests.nets.test_swin import TINY, TINY_V2, assert_same_logits, images
from tests.nets.weights import randomise

SPECS = [
    TINY,
    TINY_V2,
    replace(TINY, shift=False, patch_norm=False, act="relu", mlp_ratio=2.5),
    replace(TINY, qkv_bias=False, drop_path_rate=0.2),
    replace(TINY_V2, qkv_bias=False, drop_path_rate=0.1, num_classes=0),
    replace(TINY, depths=(3,), dims=(8,), heads=(2,), window=1),
    replace(TINY_V2, window=1),
]


@pytest.mark.parametrize("spec", SPECS, ids=range(len(SPECS)))
def test_the_source_is_the_network(spec: SwinSpec) -> None:
    ours = randomise(build(spec))
    namespace: dict[str, Any] = {"__name__": "downloaded"}
    exec(compile(source(spec), "net.py", "exec"), namespace)
    written = namespace["SwinTransformer"]()
    namespace["load_weights"](written, ours.state_dict())
    assert_same_logits(written.eval(), ours, images(60, 90))
    written.train()(images(32, 32)).sum().backward()
    assert sum(p.numel() for p in written.parameters()) == plan(spec, 32).params
