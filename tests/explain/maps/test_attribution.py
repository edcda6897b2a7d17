"""What comes through captum is what captum gives when it is called directly."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from captum.attr import FeatureAblation, NoiseTunnel, Occlusion, Saliency
from captum.attr import IntegratedGradients as CaptumIntegratedGradients
from torch import Tensor, nn

from convnext_viz.explain.maps.attribution import (
    feature_ablation,
    integrated_gradients,
    occlusion,
    saliency,
    smooth_grad,
)
from convnext_viz.explain.maps.methods import INPUT_METHODS, METHODS
from convnext_viz.results import Attribution
from tests.explain.small_nets import SPECS, frozen, picture
from tests.explain.traces import traces


def close(ours: Attribution, theirs: Tensor) -> None:
    expected = theirs.detach().numpy()
    assert ours.values.shape == expected.shape and abs(expected).max() > 0
    np.testing.assert_allclose(ours.values, expected, rtol=0, atol=1e-4 * abs(expected).max())


def test_saliency(net: nn.Sequential, x: Tensor) -> None:
    theirs = Saliency(net).attribute(x.clone().requires_grad_(), target=2)
    close(saliency(net, x, 2), theirs[0].amax(0))


def test_integrated_gradients_and_their_gap(net: nn.Sequential, x: Tensor) -> None:
    theirs, gap = CaptumIntegratedGradients(net).attribute(
        x, target=2, n_steps=7, return_convergence_delta=True
    )
    ours = integrated_gradients(net, x, 2, steps=7, batch=3)
    close(ours.attribution, theirs[0].sum(0))
    scale = max(abs(ours.total), abs(ours.difference))
    assert ours.gap == pytest.approx(float(gap), abs=1e-3 * scale)


def test_integrated_gradients_are_complete_with_enough_steps() -> None:
    net, x = frozen(SPECS["convnext"]), picture(SPECS["convnext"])
    found = integrated_gradients(net, x, 2, steps=120)
    assert abs(found.gap) < 0.02 * abs(found.difference) and found.steps == 120


def test_smooth_grad_is_the_noise_tunnel() -> None:
    net, x = frozen(SPECS["convnext"]), picture(SPECS["convnext"])
    with torch.random.fork_rng():
        torch.manual_seed(3)
        theirs = NoiseTunnel(Saliency(net)).attribute(
            x.clone().requires_grad_(),
            nt_samples=6,
            nt_samples_batch_size=3,
            stdevs=0.1 * float(x.max() - x.min()),
            target=2,
            abs=False,
        )
    ours = smooth_grad(net, x, 2, samples=6, noise=0.1, seed=3, batch=3)
    close(ours, theirs[0].abs().amax(0))


@pytest.mark.parametrize(("window", "stride"), [(20, 9), (16, 16)])
def test_occlusion(window: int, stride: int) -> None:
    net, x = frozen(SPECS["batch_norm"]), picture(SPECS["batch_norm"])
    theirs = Occlusion(net).attribute(
        x, sliding_window_shapes=(3, window, window), strides=(3, stride, stride), target=2
    )
    told = []
    ours = occlusion(
        net,
        x,
        2,
        window=window,
        stride=stride,
        on_progress=lambda done, total: told.append((done, total)),
    )
    close(ours, theirs[0, 0])
    assert (
        told == sorted(told)
        and 0 < told[-1][0] <= told[-1][1] == 1 + (6 if stride == 9 else 4) ** 2
    )


def test_feature_ablation() -> None:
    net, x = frozen(SPECS["convnext"]), picture(SPECS["convnext"], 63)
    rows = torch.div(torch.arange(63) * 5, 63, rounding_mode="floor")
    mask = (rows[:, None] * 5 + rows)[None, None]
    theirs = FeatureAblation(net).attribute(x, target=2, feature_mask=mask)
    close(feature_ablation(net, x, 2, cells=5), theirs[0, 0])


@pytest.mark.parametrize("method", INPUT_METHODS)
def test_contrast_threads_errors_and_traces(method: str) -> None:
    spec = SPECS["convnext"]
    net, run = frozen(spec), METHODS[method].function()
    before = traces(net)

    def values(seed: int) -> np.ndarray:
        found = run(net, picture(spec, 32, seed=seed % 2), 1, contrast=4)
        one = found.attribution
        assert (one.method, one.stage, one.label()) == (method, "image", "#1 − #4")
        return one.values

    alone = [values(0), values(1)]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(values, range(8)))
    for i, one in enumerate(together):
        np.testing.assert_allclose(one, alone[i % 2], rtol=1e-3, atol=1e-5 * abs(one).max())
    for wrong in ({"target": 99}, {"contrast": 99}, {"contrast": 1, "target": 1}):
        with pytest.raises(ValueError):
            run(net, picture(spec, 32), **wrong)
    assert traces(net) == before


def test_cancelling_from_within() -> None:
    net, x = frozen(SPECS["convnext"]), picture(SPECS["convnext"])
    before = traces(net)

    def stop(done: int, total: int) -> None:
        if done > 5:
            raise InterruptedError

    for run in (occlusion, feature_ablation, integrated_gradients, smooth_grad):
        with pytest.raises(InterruptedError):
            run(net, x, 1, batch=2, on_progress=stop)
    assert traces(net) == before
