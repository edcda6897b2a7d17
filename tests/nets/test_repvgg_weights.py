"""RepVGG's weights of timm, the official repository and mmpretrain, in both forms: equal logits."""

from dataclasses import replace

import pytest
import safetensors.torch
import timm
import torch
from timm.models.byobnet import ByobNet, ByoModelCfg, _rep_vgg_bcfg
from timm.utils import reparameterize_model
from torch import Tensor, nn

from convnext_viz.nets import build, load_checkpoint, load_pretrained, save_net
from convnext_viz.nets.checkpoints.rename import rename, spec_of
from convnext_viz.nets.reparam import reparameterize
from convnext_viz.nets.weights import WeightsError, fill
from convnext_viz.specs import CIFAR_REPVGG, REPVGG, VARIANTS, RepVGGSpec
from tests.hub_server import Hub, serving
from tests.nets.inputs import images, shaken
from tests.nets.official_repvgg import MMPRETRAIN, OFFICIAL, PLUS, Official

TINY = RepVGGSpec(name="checkpoint", depths=(2, 1, 3, 1), dims=(8, 12, 16, 24), num_classes=5)


def assert_same(ours: nn.Module, theirs: nn.Module, x: Tensor) -> None:
    with torch.inference_mode():
        a, b = ours(x), theirs.eval()(x)
    assert b.std() > 1e-2, "the test's own weights say nothing"
    assert (a - b).abs().max() <= 1e-5 * b.abs().max()


def small_timm(groups: int = 0, **more: object) -> nn.Module:
    widths = (1 / 8, 1 / 8, 1 / 8, 1 / 4)
    config = ByoModelCfg(
        blocks=_rep_vgg_bcfg(d=(2, 2, 4, 1), wf=widths, groups=groups),
        stem_type="rep",
        stem_chs=8,
        **more,
    )
    return ByobNet(config, num_classes=5)


SMALL = replace(TINY, depths=(2, 2, 4, 1), dims=(8, 16, 32, 128))
TIMMS = {
    "repvgg_a0": (lambda: timm.create_model("repvgg_a0"), VARIANTS["repvgg_a0"]),
    "groups": (
        lambda: small_timm(groups=4),
        replace(SMALL, groups=4),
    ),
    "se": (
        lambda: small_timm(attn_layer="se", attn_kwargs={"rd_ratio": 0.25, "rd_divisor": 1}),
        replace(SMALL, se_reduction=4),
    ),
}


@pytest.mark.parametrize("name", TIMMS)
def test_timm_gives_the_same_logits_in_both_forms(name: str) -> None:
    make, expected = TIMMS[name]
    theirs = shaken(make()).eval()
    spec = spec_of(theirs.state_dict())
    assert spec == expected
    ours = fill(spec, rename(theirs.state_dict()))
    assert_same(ours, theirs, images())
    fused = reparameterize_model(theirs)
    deployed = spec_of(fused.state_dict())
    assert deployed == replace(spec, form="deployed")
    assert_same(fill(deployed, rename(fused.state_dict())), fused, images())
    assert_same(reparameterize(ours, spec), fused, images())


@pytest.mark.parametrize("name", timm.list_models("repvgg*"))
def test_all_of_timm_have_our_names_and_shapes(name: str) -> None:
    with torch.device("meta"):
        theirs, ours = timm.create_model(name), build(VARIANTS[name])
    shapes = {name: tensor.shape for name, tensor in ours.state_dict().items()}
    renamed = rename(theirs.state_dict())
    assert {name: tensor.shape for name, tensor in renamed.items()} == shapes
    assert spec_of(theirs.state_dict()) == VARIANTS[name]


SE = replace(TINY, se_reduction=4)
CASES = {
    "official": (OFFICIAL, TINY),
    "official, groups": (OFFICIAL, replace(TINY, groups=2)),
    "official, se": (OFFICIAL, SE),
    "plus": (PLUS, replace(SE, se_position="after_act")),
    "mmpretrain": (MMPRETRAIN, replace(TINY, groups=4)),
    "mmpretrain, se": (MMPRETRAIN, SE),
}


@pytest.mark.parametrize("deployed", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_others_give_the_same_logits(case: str, deployed: bool) -> None:
    names, spec = CASES[case]
    theirs = shaken(Official(spec, names)).eval()
    if deployed:
        theirs.deploy()
    form = "deployed" if deployed else "training"
    prefix = "backbone." if names is MMPRETRAIN else "module."
    state = theirs.state_dict()
    wrapped = {name if name.startswith("head.") else prefix + name: v for name, v in state.items()}
    read = spec_of(wrapped, se_position=spec.se_position)  # no weight tells
    assert read == replace(spec, form=form)
    assert_same(fill(read, rename(wrapped)), theirs, images(size=(64, 64)))


@pytest.mark.parametrize("name", [*REPVGG, *CIFAR_REPVGG])
@pytest.mark.parametrize("form", ["training", "deployed"])
def test_named_networks_are_recognised_in_both_forms(name: str, form: str) -> None:
    spec = replace(VARIANTS[name], form=form, num_classes=7)
    with torch.device("meta"):
        read = spec_of(build(spec).state_dict())
    # Once they are fused, nothing is left of the branches.
    assert read == spec or (form == "deployed" and read.name == "cifar_repvgg")


def test_our_own_file_brings_the_form_back(tmp_path: object) -> None:
    spec = replace(TINY, form="deployed", act="silu")
    net = shaken(build(spec, seed=0)).eval()
    save_net(net, spec, f"{tmp_path}/net.safetensors")
    loaded = load_checkpoint(f"{tmp_path}/net.safetensors")
    assert loaded.spec == spec
    assert_same(loaded.net, net, images())


def test_a_tag_of_timm_is_loaded(tmp_path: object) -> None:
    tag = "repvgg_a0.rvgg_in1k"
    theirs = shaken(timm.create_model("repvgg_a0")).eval()
    weights = safetensors.torch.save(theirs.state_dict())
    with serving(Hub(files={f"timm/{tag}/model.safetensors": weights})) as hub:
        loaded = load_pretrained(tag, endpoint=hub.url, cache_dir=str(tmp_path))
    assert (loaded.spec, loaded.licence) == (VARIANTS["repvgg_a0"], "mit")
    assert loaded.preprocess.image_size == (224, 224) and loaded.labels[1] == "goldfish"
    assert_same(loaded.net, theirs, images())


def test_half_a_network_is_refused_by_name() -> None:
    state = {n: v for n, v in Official(TINY).state_dict().items() if not n.startswith("stage2")}
    with pytest.raises(WeightsError, match="do not form a network"):
        fill(spec_of(state), rename(state))
