"""Every map against pytorch-grad-cam's; one pass for all of them; nothing stays in the net."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import pytorch_grad_cam as theirs
import torch
from pytorch_grad_cam.utils.image import scale_cam_image
from torch import Tensor, nn

from convnext_viz.explain import stage_names
from convnext_viz.explain.maps.cams import eigen_cam
from convnext_viz.explain.maps.class_activation import class_activation_maps, grad_cam
from convnext_viz.explain.maps.methods import CAMS
from tests.explain.small_nets import SPECS, frozen, picture
from tests.explain.traces import traces

THEIRS = {
    "grad_cam": theirs.GradCAM,
    "grad_cam_pp": theirs.GradCAMPlusPlus,
    "hires_cam": theirs.HiResCAM,
    "xgrad_cam": theirs.XGradCAM,
    "layer_cam": theirs.LayerCAM,
    "eigen_cam": theirs.EigenCAM,
}


class Score:
    def __init__(self, target: int, contrast: int | None = None) -> None:
        self.target, self.contrast = target, contrast

    def __call__(self, logits: Tensor) -> Tensor:
        lead = 0 if self.contrast is None else logits[self.contrast]
        return logits[self.target] - lead


def oracle(net: nn.Sequential, x: Tensor, method: str, stage: str, score: Score) -> np.ndarray:
    """The map at the stage's own resolution, 0 … 1, as pytorch-grad-cam scales it."""
    with THEIRS[method](model=net, target_layers=[net.get_submodule(stage)]) as cam:
        seen = cam.activations_and_grads
        outputs = seen(x.clone().requires_grad_())
        score(outputs[0]).backward()
        activations, gradients = seen.activations[0].numpy(), seen.gradients[0].numpy()
        raw = cam.get_cam_image(x, None, [score], activations, gradients, eigen_smooth=False)
    return raw[0]


def scaled(values: np.ndarray) -> np.ndarray:
    return scale_cam_image(np.maximum(values, 0)[None])[0]


@pytest.mark.parametrize("contrast", [None, 4])
def test_equals_pytorch_grad_cam(
    kind: str, net: nn.Sequential, x: Tensor, contrast: int | None
) -> None:
    net, x = net.double(), x.double()  # so that only the formula can differ, not the rounding
    seen = 0
    for found in class_activation_maps(net, x, 2, contrast=contrast):
        expected = oracle(net, x, found.method, found.stage, Score(2, contrast))
        if found.method == "eigen_cam" and abs(expected.min()) > abs(expected.max()):
            expected = -expected  # a principal component has no sign of its own
        ours = scaled(found.values)
        np.testing.assert_allclose(ours, scaled(expected), atol=1e-4, err_msg=str(found))
        seen += ours.max() > 0.5
    # Maps of zeros would prove nothing; an isotropic net has only one stage.
    assert seen >= len(CAMS) * min(2, len(stage_names(net)) - 1)


def test_equals_pytorch_grad_cam_enlarged_in_single_precision() -> None:
    net, x = frozen(SPECS["resnet"]), picture(SPECS["resnet"])
    for method in ("grad_cam", "hires_cam", "layer_cam"):
        (found,) = class_activation_maps(net, x, 1, stages=("stage2",), methods=(method,))
        with THEIRS[method](model=net, target_layers=[net.get_submodule("stage2")]) as cam:
            expected = cam(x.clone().requires_grad_(), [Score(1)])[0]
        ours = scale_cam_image(found.values[None], x.shape[:1:-1])
        np.testing.assert_allclose(scale_cam_image(ours)[0], expected, atol=1e-4)


def test_is_grad_cam_at_every_stage(net: nn.Sequential, x: Tensor) -> None:
    found = class_activation_maps(net, x, methods=("grad_cam",), stages=stage_names(net))
    assert [one.stage for one in found] == list(stage_names(net))
    for one in found:
        np.testing.assert_allclose(
            one.values, grad_cam(net, x, stage=one.stage).values, rtol=1e-4, atol=1e-7
        )


def test_contrast_is_the_difference_of_the_gradients() -> None:
    net, x = frozen(SPECS["convnext"]), picture(SPECS["convnext"])
    labels = [f"class {i}" for i in range(7)]
    found = class_activation_maps(net, x, 1, contrast=5)
    logits = net(x)[0]
    assert found[0].label(labels) == "class 1 − class 5" and found[0].contrast == 5
    assert found[0].score == pytest.approx(float(logits[1] - logits[5]), rel=1e-4)
    with pytest.raises(ValueError, match="1"):
        class_activation_maps(net, x, 1, contrast=1)
    with pytest.raises(ValueError, match="7"):
        class_activation_maps(net, x, 1, contrast=7)


@pytest.mark.parametrize(
    "shape", [(5, 3, 4), (30, 3, 4), (12, 3, 4), (4, 1, 1), (80, 10, 12), (150, 10, 9), (90, 9, 10)]
)
@pytest.mark.parametrize("kind", ["noise", "dead", "strong"])
def test_the_principal_component_by_either_gram_matrix(
    shape: tuple[int, int, int], kind: str
) -> None:
    activation = torch.randn(shape, generator=torch.Generator().manual_seed(0)) + 3
    if kind == "dead":  # channels that say nothing
        activation[: shape[0] // 2] = 0
    elif kind == "strong":  # one pattern outshines the others
        activation += (
            40 * torch.linspace(-1, 1, shape[2]) * torch.linspace(0, 1, shape[0])[:, None, None]
        )
    flat = activation.reshape(shape[0], -1).T.double()
    left, values, _ = torch.linalg.svd(flat - flat.mean(0), full_matrices=False)
    expected = (left[:, 0] * values[0]).reshape(shape[1:])
    expected = expected if expected.max() >= -expected.min() else -expected
    torch.testing.assert_close(
        eigen_cam(activation).map.double(), expected.relu(), atol=1e-5, rtol=1e-6
    )


def test_the_principal_component_of_nothing_is_nothing() -> None:
    for shape in ((80, 10, 12), (150, 10, 9), (4, 3, 3)):
        assert not eigen_cam(torch.full(shape, 2.5)).map.any()


def test_eight_threads_on_one_net_and_nothing_left_behind() -> None:
    spec = SPECS["batch_norm"]
    net = frozen(spec)
    before = traces(net)

    def run(seed: int) -> list[np.ndarray]:
        found = class_activation_maps(net, picture(spec, seed=seed % 3), seed % 7)
        return [one.values for one in found]

    alone = [run(seed) for seed in range(16)]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(run, range(16)))
    for one, other in zip(alone, together, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    for wrong in ({"target": 99}, {"stages": ("x",)}, {"methods": ("x",)}):
        with pytest.raises(ValueError):
            class_activation_maps(net, picture(spec), **wrong)
    assert traces(net) == before


def test_bfloat16_changes_the_pass_not_the_type() -> None:
    net, x = frozen(SPECS["convnext"]), picture(SPECS["convnext"])
    with torch.autocast("cpu", torch.bfloat16):
        low = class_activation_maps(net, x, 2, stages=("stage4",), methods=("hires_cam",))[0]
    full = class_activation_maps(net, x, 2, stages=("stage4",), methods=("hires_cam",))[0]
    assert low.values.dtype == np.float32 and not np.array_equal(low.values, full.values)
    np.testing.assert_allclose(low.values, full.values, atol=0.15 * full.values.max())
