"""The source of a RepVGG: it runs in both forms, and is the network."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from convnext_viz.nets import build, source
from convnext_viz.nets.reparam import reparameterize
from convnext_viz.plans import plan
from convnext_viz.specs import CIFAR_REPVGG, REPVGG, RepVGGSpec
from convnext_viz.text import LANGUAGES, use_language
from tests.nets.inputs import images, shaken
from tests.nets.test_reparam import SPECS
from tests.nets.test_source import checked, run

FORMS = ("training", "deployed")
ALL = SPECS | {"dropout": replace(SPECS["groups 2"], drop_rate=0.5, act="gelu_tanh")}


def written(spec: RepVGGSpec, ours: nn.Module) -> nn.Module:
    namespace = run(source(spec))
    theirs: nn.Module = namespace["RepVGG"]()
    namespace["load_weights"](theirs, ours.state_dict())
    return theirs.eval()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ALL)
def test_the_source_is_the_network(name: str, form: Any) -> None:
    spec = replace(ALL[name], form=form)
    ours = shaken(build(spec)).eval()
    theirs = written(spec, ours)
    with torch.inference_mode():
        a, b = theirs(images()), ours(images())
    assert (a - b).abs().max() <= 1e-5 * b.abs().max()
    assert sum(p.numel() for p in theirs.parameters()) == plan(spec).params


def test_the_whole_network_is_the_same_in_both_forms() -> None:
    spec = CIFAR_REPVGG["cifar_repvgg"]
    ours = shaken(build(spec)).eval()
    x = images(size=(32, 32))
    for net, of in ((ours, spec), (reparameterize(ours, spec), replace(spec, form="deployed"))):
        with torch.inference_mode():
            found = written(of, net)(x)
            assert (found - ours(x)).abs().max() <= 1e-5 * ours(x).abs().max()


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_formatted_as_a_person_would(language: str, tmp_path: Path) -> None:
    specs = [*REPVGG.values(), *CIFAR_REPVGG.values(), *ALL.values()]
    with use_language(language):
        files = {
            f"net{i}_{form}": source(replace(spec, form=form))
            for i, spec in enumerate(specs)
            for form in FORMS
        }
        checked(files, tmp_path)


def test_only_what_the_network_needs_is_there() -> None:
    plain = source(replace(REPVGG["repvgg_a0"], form="deployed"))
    for absent in ("groups", "BatchNorm", "SqueezeExcite", "conv_norm", "replace"):
        assert absent not in plain
    assert "class SqueezeExcite" in source(REPVGG["repvgg_d2se"])
