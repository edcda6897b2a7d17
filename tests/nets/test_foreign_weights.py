"""Weights that are no network's of ours, or not all of one: refused in words."""

import pytest
import timm
import torchvision
from torch import Tensor

from convnext_viz.nets import build
from convnext_viz.nets.checkpoints.rename import rename, spec_of
from convnext_viz.nets.weights import WeightsError, fill
from tests.nets.official import TINY, Official


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({}, "not the weights"),
        (torchvision.models.vgg11().state_dict(), "not the weights"),
        (timm.create_model("mixer_s32_224").state_dict(), "not the weights"),
        (timm.create_model("resnet50d", layers=(1, 1, 1, 1)).state_dict(), "deep stem"),
    ],
    ids=["empty", "vgg", "mixer", "deep stem"],
)
def test_other_networks_are_refused_in_words(state: dict[str, Tensor], words: str) -> None:
    with pytest.raises(WeightsError, match=words):
        fill(spec_of(state), rename(state))


def test_a_part_of_a_network_is_refused_in_words() -> None:
    state = Official(TINY).state_dict()
    del state["stages.1.0.pwconv1.weight"]
    with pytest.raises(WeightsError, match=r"whole network"):
        spec_of(state)


@pytest.mark.parametrize("name", ["ours", "official", "resnet18"])
def test_whatever_one_tensor_is_missing_is_told_in_words(name: str) -> None:
    made = {"ours": lambda: build(TINY), "official": lambda: Official(TINY)}
    net = made.get(name, lambda: timm.create_model(name))()
    state = net.state_dict()
    told = 0
    for missing in state:
        rest = {other: tensor for other, tensor in state.items() if other != missing}
        try:
            fill(spec_of(rest), rename(rest))
        except WeightsError:
            told += 1
    assert told == sum("num_batches_tracked" not in other for other in state)
