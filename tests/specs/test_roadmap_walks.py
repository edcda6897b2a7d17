"""Walks along the roadmap: in another order, and between small networks."""

import pickle
from dataclasses import replace

import pytest
import torch

from convnext_viz.nets import build
from convnext_viz.plans import plan
from convnext_viz.specs import VARIANTS, roadmap
from convnext_viz.specs.roadmap import before, small_roadmap, small_twins, walk

PAPER = [step.key for step in roadmap()[1:] if step.adopted]


def test_the_papers_order_leads_to_the_papers_networks() -> None:
    specs = {step.key: step.spec for step in roadmap()}
    assert all(step.spec == specs[step.key] for step in walk("resnet50", PAPER))


def test_every_order_counts_where_it_is_a_network() -> None:
    first, *_, last = walk("resnet50", reversed(PAPER))
    assert plan(first.spec).params == plan(VARIANTS["resnet50"]).params
    assert plan(last.spec).macs == plan(roadmap()[-1].spec).macs  # they are the same changes
    *_, grn = walk("resnet50", [*PAPER, "grn"])
    assert plan(grn.spec).params == plan(VARIANTS["convnextv2_tiny"]).params


def test_what_is_no_network_says_why() -> None:
    steps = walk("resnet50", ["nothing"])
    next(steps)
    with pytest.raises(KeyError):
        next(steps)


def test_what_was_tried_is_not_what_the_next_step_starts_from() -> None:
    steps = roadmap()
    keys = {step.key: number for number, step in enumerate(steps)}
    earlier = before(steps, keys["gelu"])
    assert earlier is not None and earlier.key == "kernel7"
    assert before(steps, 0) is None


@pytest.mark.parametrize("step", small_roadmap(), ids=lambda step: step.key)
def test_every_small_network_runs_and_has_its_plan(step: object) -> None:
    spec = step.spec  # type: ignore[attr-defined]
    net = build(spec, seed=0).eval()
    assert net(torch.zeros(1, 3, 32, 32)).shape == (1, 10)
    assert sum(one.numel() for one in net.parameters()) == plan(spec, 32).params < 300_000


def test_twins_are_the_small_networks_of_two_steps() -> None:
    small = {step.key: step.spec for step in small_roadmap()}
    assert small_twins("patchify", "depthwise") == (small["patchify"], small["depthwise"])
    assert small_twins("start", "recipe") is None


@pytest.mark.parametrize(("stride", "side"), [(1, 32), (2, 16)])
def test_the_stem_for_small_pictures_is_a_3x3_convolution(stride: int, side: int) -> None:
    spec = next(step.spec for step in small_roadmap())
    shown = plan(replace(spec, patch_size=stride), 32)
    assert shown.stage("stem").out_shape == (16, side, side)
    assert shown.stage("stem").params == 3 * 3 * 3 * 16 + 2 * 16


def test_a_step_can_be_pickled_and_stays_as_it_is() -> None:
    for step in roadmap():
        copy = pickle.loads(pickle.dumps(step))
        assert copy == step
        with pytest.raises(TypeError):
            copy.change["norm"] = "layer"
