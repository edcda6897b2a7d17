"""What a map that shows nothing is said to be, beside float64 and beside the closed forms."""

from collections import OrderedDict
from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from convnext_viz.data import preprocess, sample_image
from convnext_viz.explain import attribute, class_activation_maps, stage_names
from convnext_viz.explain.maps.capture import capture
from convnext_viz.explain.maps.faithfulness import agreement
from convnext_viz.explain.maps.methods import CAMS, METHODS
from convnext_viz.explain.maps.validity import CANCELLED
from convnext_viz.nets import BUNDLED, load_bundled
from convnext_viz.plans import plan
from tests.explain.small_nets import SIDES, SPECS, frozen, picture, suited

LN, BN = BUNDLED[:2]
# Stages with a norm over channels right behind them; Swin's merging norms four positions together.
SILENT = {LN: ("stage1",), "cifar10_swin": ("stage3",)}
PHOTOS = ("chelsea", "coffee", "motorcycle")


def photo(network: str, name: str) -> tuple[nn.Sequential, Tensor]:
    model = load_bundled(network)
    return model.net, preprocess(sample_image(name), model.preprocess)[0]


@pytest.mark.parametrize("name", PHOTOS)
@pytest.mark.parametrize("contrast", [None, 5])
def test_hires_cam_in_front_of_a_norm_over_channels(name: str, contrast: int | None) -> None:
    net, x = photo(LN, name)
    found = class_activation_maps(net, x, 3, contrast=contrast)
    silent = {(one.method, one.stage) for one in found if one.nothing == "cancelled"}
    # Every stage of the LN network but the last one has a norm over channels behind it.
    assert silent == {("hires_cam", "stage1")}
    for one in found:
        if one.nothing == "cancelled":
            assert one.remaining < 1e-6
            assert one.values.any()  # it would be drawn in full colour
        else:
            assert 0.05 < one.remaining <= 1 + 1e-6 or one.method == "eigen_cam"


@pytest.mark.parametrize("network", BUNDLED)
@pytest.mark.parametrize("method", METHODS)
def test_no_other_map_of_a_trained_network_is_silenced(network: str, method: str) -> None:
    for name in PHOTOS if network in (LN, BN) else PHOTOS[:1]:
        net, x = photo(network, name)
        if not METHODS[method].fits(plan(load_bundled(network).spec, 32)):
            continue
        for stage in (METHODS[method].place,) if METHODS[method].place else stage_names(net):
            if METHODS[method].kind == "perturbation_cam" and stage != "stage2":
                continue  # slow, and all stages alike
            found = attribute(net, x, method, stage=stage).attribution
            zero = method == "hires_cam" and stage in SILENT.get(network, ())
            assert (found.nothing in ("cancelled", "saturated")) == zero, (name, stage)
            assert found.nothing != "empty" or not found.values.any()


@pytest.mark.parametrize("trained_like", [True, False])
@pytest.mark.parametrize("kind", SPECS)
def test_float64_agrees(kind: str, trained_like: bool) -> None:
    """In double precision a sum that is zero is zero, up to the norm's ε: what is silenced is below
    the threshold there too, and what is shown is the same map."""
    net = frozen(SPECS[kind], trained_like=trained_like)
    x = picture(SPECS[kind], SIDES.get(kind, 64))
    seen = capture(deepcopy(net).double(), x.double(), stage_names(net), 2)
    for one in class_activation_maps(net, x, 2, stages=stage_names(net), methods=("hires_cam",)):
        terms = seen.activations[one.stage] * seen.gradients[one.stage]  # (C, h, w)
        share = float(terms.sum(0).abs().max() / terms.abs().sum(0).max())
        assert (one.nothing == "cancelled") == (share < CANCELLED), one.stage
        if not one.nothing:
            exact = terms.sum(0).relu().numpy()
            np.testing.assert_allclose(one.values, exact, atol=0.01 * exact.max())


def test_scaling_a_position_changes_nothing_behind_a_norm_over_channels() -> None:
    """The first line of the proof: f(sA) = f(A); its derivative at s = 1 is the map."""
    net, x = photo(LN, "chelsea")
    net = deepcopy(net).double()
    activation = net[:2](x.double())  # (1, C, h, w)
    scale = 0.5 + torch.rand(1, 1, *activation.shape[2:], dtype=torch.float64)
    logits, scaled = net[2:](activation), net[2:](scale * activation)
    torch.testing.assert_close(logits, scaled, rtol=1e-3, atol=1e-4)  # ε is not scaled
    other, x = photo(BN, "chelsea")
    other = deepcopy(other).double()
    activation = other[:2](x.double())
    assert (
        other[2:](scale[..., :1, :1] * 2 * activation) - other[2:](activation)
    ).abs().max() > 0.1


@pytest.mark.parametrize("method", [*CAMS, "saliency"])  # others look at other images too
def test_a_saturated_score(method: str) -> None:
    """A head that ends with softmax: at probability 1 the score does not move any more."""
    net, x = photo(BN, "chelsea")
    net = deepcopy(net)
    with torch.no_grad():
        net.head.fc.weight *= 40
        net.head.fc.bias *= 40
    parts = OrderedDict([*net.head.named_children(), ("softmax", nn.Softmax(1))])
    net.head = nn.Sequential(parts).eval()
    net[-1].requires_grad_(False)
    assert float(net(x).max()) == 1
    found = attribute(net, x, method).attribution
    assert found.nothing == ("" if METHODS[method].class_blind else "saturated")


@pytest.mark.parametrize("method", METHODS)
def test_a_network_that_knows_one_answer(method: str) -> None:
    """Without weights in its classifier a net's score depends on nothing that it sees."""
    spec = suited(method, SPECS["batch_norm"])
    net, x = frozen(spec), picture(spec)
    net.head.fc.weight.zero_()
    found = attribute(net, x, method, target=int(net.head.fc.bias.argmax())).attribution
    if METHODS[method].class_blind:
        assert found.nothing == ""
    else:
        assert found.nothing == "saturated"


def test_an_image_of_one_colour_has_no_component() -> None:
    """Where all positions are alike, the first principal component is of rounding alone."""
    net = load_bundled(LN).net
    x = torch.full((1, 3, 32, 32), 0.3)
    (found,) = class_activation_maps(net, x, stages=("stem",), methods=("eigen_cam",))
    assert found.nothing == "cancelled" and found.remaining < 1e-6


def test_empty_and_flat_maps() -> None:
    net = frozen(SPECS["resnet"])
    side = 32
    (one,) = class_activation_maps(
        net, picture(SPECS["resnet"], side), stages=("stage4",), methods=("layer_cam",)
    )
    assert one.values.shape == (1, 1) and one.nothing == "flat"
    empty = [
        one
        for target in range(7)
        for one in class_activation_maps(net, picture(SPECS["resnet"]), target)
        if not one.values.any()
    ]
    assert empty and {one.nothing for one in empty} == {"empty"}


def test_nothing_is_like_nothing() -> None:
    net, x = photo(LN, "chelsea")
    maps = class_activation_maps(net, x, stages=("stage1",), methods=("grad_cam", "hires_cam"))
    numbers = agreement(maps)
    assert numbers[0, 0] == pytest.approx(1) and np.isnan(numbers[[0, 1, 1], [1, 0, 1]]).all()


def test_six_formulas_by_hand() -> None:
    """Two channels on 2 × 2 cells, every number computed on paper from the formulas in METHODS."""
    a = torch.tensor([[[1.0, 2.0], [3.0, 4.0]], [[1.0, 0.0], [0.0, 1.0]]], dtype=torch.float64)
    g = torch.tensor([[[4.0, 0.0], [0.0, 0.0]], [[-1.0, -1.0], [0.0, -2.0]]], dtype=torch.float64)
    expected = {
        # mean gradients 1 and −1
        "grad_cam": [[0, 2], [3, 3]],
        # α of channel 1 at its one positive gradient: 16 / (2·16 + 10·64) = 1/42, weight 4/42;
        # channel 2 has no positive gradient
        "grad_cam_pp": [[2 / 21, 4 / 21], [6 / 21, 8 / 21]],
        # 4·1 − 1, 0, 0, −2 → 0
        "hires_cam": [[3, 0], [0, 0]],
        # weights (4·1)/10 = 0.4 and (−1 − 2)/2 = −1.5
        "xgrad_cam": [[0, 0.8], [1.2, 0.1]],
        # positive gradients alone: 4·1
        "layer_cam": [[4, 0], [0, 0]],
    }
    for method, values in expected.items():
        found = METHODS[method].function()(a, g).map
        np.testing.assert_allclose(found.numpy(), values, atol=1e-6, err_msg=method)
    # Centred positions (−1.5, .5), (−.5, −.5), (.5, −.5), (1.5, .5): covariance [[5, 0], [0, 1]],
    # so the first component is channel 1 less its mean.
    # As large on both sides of zero: either may be the positive one.
    eigen = METHODS["eigen_cam"].function()(a, g).map.numpy()
    mirrored = eigen if eigen[1, 1] else eigen[::-1, ::-1]
    np.testing.assert_allclose(mirrored, [[0, 0], [0.5, 1.5]], atol=1e-6)
    assert {*expected, "eigen_cam"} == set(CAMS)
