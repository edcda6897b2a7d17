"""The models in the package: complete, small, and what their cards say they are."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from convnext_viz.nets import (
    BUNDLED,
    Card,
    Preprocess,
    WeightsError,
    build,
    fingerprint,
    load_bundled,
)
from convnext_viz.nets.checkpoints.bundled import bundled_in, load_card, save_bundled
from convnext_viz.plans import plan
from convnext_viz.specs import CIFAR, ConvNeXtSpec
from tests.nets.weights import randomise

PROMISED = {
    "cifar10_ln_gelu": 0.87,
    "cifar10_bn_relu": 0.88,
    "cifar10_repvgg": 0.87,
    "cifar10_vit": 0.72,
    "cifar10_swin": 0.77,
}
PACKAGE = Path(__file__).parents[2] / "convnext_viz" / "nets" / "checkpoints" / "bundled"
SPEC = ConvNeXtSpec(name="tiny", depths=(1, 1), dims=(4, 8), num_classes=2, patch_size=2)
CARD = Card(
    name="tiny",
    spec=SPEC,
    classes=("cat", "dog"),
    preprocess=Preprocess(image_size=(32, 32), crop_fraction=1.0),
    recipe={"lr": 4e-3, "epochs": 3},
    data="four pictures",
    seed=0,
    epochs=3,
    command="python -m nothing",
    accuracy=0.75,
    confusion=((2, 0), (1, 1)),
    licence="mit",
    params=plan(SPEC, 32).params,
)


@pytest.mark.parametrize("spec", [SPEC, replace(SPEC, norm="batch", act="relu")])
def test_what_is_saved_is_loaded(tmp_path: Path, spec: ConvNeXtSpec) -> None:
    net = randomise(build(spec))
    card = replace(CARD, spec=spec)
    save_bundled(net, card, tmp_path)
    loaded = load_bundled("tiny", tmp_path)
    assert load_card("tiny", tmp_path) == card and bundled_in(tmp_path) == ("tiny",)
    assert (loaded.spec, loaded.labels, loaded.preprocess) == (spec, card.classes, card.preprocess)
    x = torch.randn(2, 3, 32, 32)
    with torch.inference_mode():
        torch.testing.assert_close(loaded.net(x), net(x), rtol=0.02, atol=0.02)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda card: card.pop("seed"), "seed"),
        (lambda card: card.update(extra=1), "extra"),
        (lambda card: card.update(accuracy=0.99), "accuracy"),
        (lambda card: card.update(confusion=[[1, 2]]), "confusion"),
        (lambda card: card.update(classes=["cat"]), "confusion"),
        (lambda card: card["spec"].update(depths=[-1]), "depths"),
        (lambda card: card["preprocess"].update(std=[0, 0, 0]), "std"),
    ],
)
def test_a_card_that_is_wrong_is_an_error(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], words: str
) -> None:
    save_bundled(build(SPEC), CARD, tmp_path)
    values = json.loads((tmp_path / "tiny.json").read_text())
    change(values)
    (tmp_path / "tiny.json").write_text(json.dumps(values))
    with pytest.raises(WeightsError, match=words):
        load_bundled("tiny", tmp_path)


def test_a_name_that_is_not_bundled_is_an_error() -> None:
    with pytest.raises(WeightsError, match="cifar10_ln_gelu"):
        load_bundled("resnet18")


def test_all_models_ship_and_nothing_else() -> None:
    assert set(BUNDLED) == set(bundled_in()) == set(PROMISED)
    files = {f"{name}.{kind}" for name in BUNDLED for kind in ("json", "safetensors")}
    assert {file.name for file in PACKAGE.iterdir()} == files


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_model_is_small_and_what_its_card_says(name: str) -> None:
    card, loaded = load_card(name), load_bundled(name)
    params = sum(p.numel() for p in loaded.net.parameters())
    assert params == card.params <= 2_000_000
    assert (PACKAGE / f"{name}.safetensors").stat().st_size <= 4_000_000
    assert loaded.spec == card.spec and len(loaded.labels) == 10
    for field in fields(card):
        told = getattr(card, field.name)
        assert told not in (None, "", (), {}) or field.name == "restart", field.name
    assert sum(map(sum, card.confusion)) == 10_000
    with torch.inference_mode():
        logits = loaded.net(torch.randn(2, 3, 32, 32))
    assert logits.shape == (2, 10) and logits.isfinite().all()


def test_the_twins_differ_in_norm_and_activation_alone() -> None:
    ln, bn = (load_card(name).spec for name in BUNDLED[:2])
    assert isinstance(ln, ConvNeXtSpec) and isinstance(bn, ConvNeXtSpec)
    assert (ln.norm, ln.act, bn.norm, bn.act) == ("layer", "gelu", "batch", "relu")
    assert replace(bn, name=ln.name, norm="layer", act="gelu", norm_eps=ln.norm_eps) == ln
    assert (ln, bn) == (CIFAR["cifar10_ln_gelu"], CIFAR["cifar10_bn_relu"])


@pytest.mark.parametrize(("name", "least"), PROMISED.items())
def test_each_is_as_good_as_promised(name: str, least: float) -> None:
    """The card's own test compares it with the weights."""
    assert load_card(name).accuracy >= least


@pytest.mark.parametrize("name", BUNDLED[:2])
def test_the_last_stage_sees_eight_cells_a_side(name: str) -> None:
    spec = load_card(name).spec
    assert plan(spec, 32).stages[-2].layers[-1].out_shape[-2:] == (8, 8)


def test_a_fingerprint_is_of_the_numbers_alone() -> None:
    net = load_bundled(BUNDLED[0]).net
    assert fingerprint(net) == fingerprint(load_bundled(BUNDLED[0]).net)
    assert fingerprint(net) == fingerprint(deepcopy(net).to(memory_format=torch.contiguous_format))
    assert fingerprint(net) != fingerprint(load_bundled(BUNDLED[1]).net)
    other = deepcopy(net)
    with torch.no_grad():
        weight = other.get_parameter("head.fc.bias")
        weight[0] = torch.nextafter(weight[0], torch.tensor(9.0))
    assert fingerprint(net) != fingerprint(other)
