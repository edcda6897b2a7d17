"""The same oracles on nets as they come: fresh ones, and those that were trained and ship."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy

import numpy as np
import pytest
import torch
from captum.attr import FeatureAblation, IntegratedGradients, NoiseTunnel, Occlusion, Saliency
from torch import Tensor, nn

from convnext_viz.data import preprocess, sample_image
from convnext_viz.explain import attribute
from convnext_viz.explain.maps.attribution import patch_mask
from convnext_viz.explain.maps.class_activation import class_activation_maps
from convnext_viz.explain.maps.faithfulness import cascading_randomization, deletion_insertion
from convnext_viz.explain.maps.lessons import lessons
from convnext_viz.explain.maps.methods import CAMS, METHODS
from convnext_viz.nets import BUNDLED, load_bundled
from tests.explain.maps.test_cams import Score, oracle, scaled
from tests.explain.small_nets import SPECS, frozen, picture, suited
from tests.explain.traces import traces

Made = Callable[[], tuple[nn.Sequential, Tensor]]


def shipped(name: str, sample: str = "chelsea") -> tuple[nn.Sequential, Tensor]:
    model = load_bundled(name)
    return model.net, preprocess(sample_image(sample), model.preprocess)[0]


NETS: dict[str, Made] = {
    **{name: lambda name=name: shipped(name) for name in BUNDLED},
    **{
        f"fresh {kind}": lambda kind=kind: (
            frozen(SPECS[kind], trained_like=False),
            picture(SPECS[kind]),
        )
        for kind in ("convnext", "v2", "resnet")
    },
}


# Of tokens pytorch-grad-cam knows nothing by itself: tests/explain/test_token_nets.py.
@pytest.mark.parametrize("name", [name for name in NETS if name != "cifar10_vit"])
@pytest.mark.parametrize("contrast", [None, 5])
def test_maps_equal_pytorch_grad_cams(name: str, contrast: int | None) -> None:
    net, x = NETS[name]()
    net, x = deepcopy(net).double(), x.double()
    seen = 0
    for found in class_activation_maps(net, x, 3, contrast=contrast):
        expected = oracle(net, x, found.method, found.stage, Score(3, contrast))
        if found.method == "eigen_cam" and abs(expected.min()) > abs(expected.max()):
            expected = -expected  # a principal component has no sign of its own
        ours = scaled(found.values)
        np.testing.assert_allclose(ours, scaled(expected), atol=1e-4, err_msg=str(found))
        seen += ours.max() > 0.5
    assert seen >= len(CAMS)  # maps of zeros would prove nothing


@pytest.mark.parametrize("name", BUNDLED)
def test_methods_on_the_input_equal_captum(name: str) -> None:
    net, x = shipped(name, "coffee")
    with torch.random.fork_rng():
        torch.manual_seed(7)
        noisy = NoiseTunnel(Saliency(net)).attribute(
            x.clone().requires_grad_(),
            nt_samples=4,
            nt_samples_batch_size=2,
            stdevs=0.15 * float(x.max() - x.min()),
            target=3,
            abs=False,
        )
    theirs = {
        "saliency": Saliency(net).attribute(x.clone().requires_grad_(), target=3)[0].amax(0),
        "smooth_grad": noisy[0].abs().amax(0),
        "integrated_gradients": IntegratedGradients(net)
        .attribute(x, target=3, n_steps=9)[0]
        .sum(0),
        "occlusion": Occlusion(net).attribute(
            x, sliding_window_shapes=(3, 8, 8), strides=(3, 4, 4), target=3
        )[0, 0],
        "feature_ablation": FeatureAblation(net).attribute(
            x, target=3, feature_mask=patch_mask(32, 32, 8, 8)
        )[0, 0],
    }
    own = {
        "smooth_grad": {"samples": 4, "batch": 2, "seed": 7},
        "integrated_gradients": {"steps": 9},
    }
    assert set(theirs) == {name for name, row in METHODS.items() if row.kind == "input"}
    for method, expected in theirs.items():
        found = attribute(net, x, method, target=3, **own.get(method, {})).attribution
        largest = float(expected.abs().max())
        np.testing.assert_allclose(found.values, expected.detach(), rtol=0, atol=1e-4 * largest)


def everything(net: nn.Sequential, x: Tensor) -> dict[str, np.ndarray]:
    """Every way of looking into a net, once."""
    found = {
        method: attribute(net, x, method, target=3, contrast=5).attribution.values
        for method in METHODS
        if METHODS[method].kind != "attention"
    }
    *_, curves = deletion_insertion(net, x, found["layer_cam"], 3, steps=4)
    found["curves"] = np.stack([curves.deletion, curves.insertion])
    found["shuffled"] = np.array(
        [step.similarity for step in cascading_randomization(net, x, target=3)]
    )
    found["lessons"] = np.array([lesson.difference for lesson in lessons(net, x, 3)])
    return found


@pytest.mark.filterwarnings("ignore:Setting")  # captum of the hooks that it puts into copies
def test_eight_threads_do_everything_on_one_net_and_leave_nothing_behind() -> None:
    net, x = shipped(BUNDLED[0])
    before, weights = traces(net), {k: v.clone() for k, v in net.state_dict().items()}
    pictures = [x, shipped(BUNDLED[0], "coins")[1]]
    alone = [everything(net, one) for one in pictures]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda i: everything(net, pictures[i % 2]), range(8)))
    for i, found in enumerate(together):
        for name, expected in alone[i % 2].items():
            np.testing.assert_allclose(
                found[name], expected, rtol=1e-3, atol=1e-5 * np.nanmax(abs(expected)), err_msg=name
            )
    assert traces(net) == before
    assert all(torch.equal(v, weights[k]) for k, v in net.state_dict().items())


class Fuse:
    """Passes so many calls, then fails."""

    left = 10**6

    def __call__(self, x: Tensor) -> Tensor:
        self.left -= 1
        if self.left < 0:
            raise RuntimeError("burnt")
        return x


@pytest.mark.parametrize("method", METHODS)
def test_an_exception_in_the_middle_leaves_nothing_behind(method: str) -> None:
    spec = suited(method, SPECS["convnext"])
    net, x = frozen(spec), picture(spec)
    fuse = Fuse()
    last = net.stage3 if spec is SPECS["convnext"] else net.stage1.blocks[2].mlp
    last.register_forward_hook(lambda module, given, out: fuse(out))
    attribute(net, x, method, target=2)
    calls = Fuse.left - fuse.left
    before = traces(net)
    for after in sorted({0, calls // 2, calls - 1}):
        fuse.left = after
        with pytest.raises(RuntimeError, match="burnt"):
            attribute(net, x, method, target=2)
        with torch.enable_grad():
            assert traces(net) == before
