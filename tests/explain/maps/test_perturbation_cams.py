"""Score-CAM and Ablation-CAM against pytorch-grad-cam's and against a plain loop."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from pytorch_grad_cam import AblationCAM, ScoreCAM
from pytorch_grad_cam.utils.image import scale_cam_image
from torch import Tensor, nn

from convnext_viz.explain.maps.perturbation_cams import ablation_cam, score_cam
from tests.explain.maps.test_cams import Score
from tests.explain.small_nets import SPECS, frozen, picture
from tests.explain.traces import traces


def raw(cam: ScoreCAM | AblationCAM, net: nn.Sequential, x: Tensor, stage: str) -> np.ndarray:
    with torch.no_grad():
        at = list(dict(net.named_children())).index(stage) + 1
        activation = net[:at](x).numpy()
    image = cam.get_cam_image(x, net.get_submodule(stage), [Score(2)], activation, None)
    return scale_cam_image(np.maximum(image, 0))[0]


@pytest.mark.parametrize("stage", ["stage2", "stage3"])
def test_score_cam_equals_pytorch_grad_cam(
    kind: str, net: nn.Sequential, x: Tensor, stage: str
) -> None:
    if stage not in dict(net.named_children()):
        stage = "stage1"
    net, x = net.double(), x.double()
    with ScoreCAM(model=net, target_layers=[net.get_submodule(stage)]) as cam:
        expected = raw(cam, net, x, stage)
    progress: list[tuple[int, int]] = []
    found = score_cam(
        net, x, 2, stage=stage, batch=5, on_progress=lambda *step: progress.append(step)
    )
    np.testing.assert_allclose(scale_cam_image(found.values[None])[0], expected, atol=1e-4)
    channels = net[: list(dict(net.named_children())).index(stage) + 1](x).shape[1]
    assert progress == [(done, channels) for done in range(0, channels, 5)]


def test_ablation_cam_equals_pytorch_grad_cam_behind_relu() -> None:
    net, x = frozen(SPECS["resnet"]), picture(SPECS["resnet"])
    sign = np.sign(float(net(x)[0, 2]))  # we divide by the score's magnitude, they by the score
    for stage in ("stage1", "stage3"):
        layer = net.get_submodule(stage)
        copy = frozen(SPECS["resnet"])  # they exchange a layer of the net
        with AblationCAM(model=copy, target_layers=[copy.get_submodule(stage)]) as cam:
            activation = copy[: list(dict(net.named_children())).index(stage) + 1](x).numpy()
            weights = cam.get_cam_weights(
                x, copy.get_submodule(stage), [Score(2)], activation, None
            )
        expected = np.maximum(sign * np.einsum("c,chw->hw", weights[0], activation[0]), 0)
        assert activation.min() == 0 and layer is not None
        found = ablation_cam(net, x, 2, stage=stage, batch=7)
        np.testing.assert_allclose(found.values, expected, atol=1e-4 * expected.max())


@pytest.mark.parametrize("contrast", [None, 3])
def test_ablation_cam_is_what_the_loop_says(
    net: nn.Sequential, x: Tensor, contrast: int | None
) -> None:
    last = list(dict(net.named_children()))[-2]
    activation = net[:-1](x)
    score = Score(1, contrast)
    whole = float(score(net[-1](activation)[0]))
    expected = torch.zeros(activation.shape[2:])
    for channel in range(activation.shape[1]):
        without = activation.clone()
        without[:, channel] = 0
        weight = (whole - float(score(net[-1](without)[0]))) / abs(whole)
        expected += weight * activation[0, channel]
    found = ablation_cam(net, x, 1, contrast=contrast)
    assert found.stage == last and found.contrast == contrast
    expected = expected.relu().numpy()
    np.testing.assert_allclose(found.values, expected, atol=1e-3 * max(expected.max(), 1e-6))


@pytest.mark.parametrize("method", [score_cam, ablation_cam])
def test_stopping_leaves_nothing_behind(method: Callable[..., object]) -> None:
    spec = SPECS["convnext"]
    net = frozen(spec)
    before = traces(net)

    def stop(done: int, total: int) -> None:
        if done:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        method(net, picture(spec), batch=2, on_progress=stop)
    with torch.enable_grad():
        assert traces(net) == before
    for wrong in ({"target": 99}, {"stage": "head"}, {"contrast": 99}):
        with pytest.raises(ValueError):
            method(net, picture(spec), **wrong)
    assert traces(net) == before
