"""Linear probes: ridge regression against its normal equations, leave-one-out by leaving out."""

import numpy as np
import pytest
import torch

from convnext_viz.explain.inside import linear_probes as probes
from convnext_viz.explain.inside.token_trace import token_trace
from convnext_viz.results.tokens import LinearProbes
from tests.explain.inside.test_token_trace import VIT, VITS
from tests.explain.small_nets import frozen


def test_ridge_chooses_the_penalty_whose_left_out_images_are_met_best() -> None:
    draws = np.random.default_rng(0)
    x = draws.standard_normal((30, 12))
    x -= x.mean(0)
    y = x @ draws.standard_normal((12, 3)) + 3 * draws.standard_normal((30, 3)) + 1

    def solved(features: np.ndarray, targets: np.ndarray, penalty: float) -> np.ndarray:
        with_one = np.hstack([features, np.ones((len(features), 1))])
        weight = penalty * np.diag([1.0] * 12 + [0.0])  # the intercept costs nothing
        return np.linalg.solve(with_one.T @ with_one + weight, with_one.T @ targets)

    errors = {}
    for penalty in probes._PENALTIES * 30:
        missed = []
        for i in range(30):
            rest = np.arange(30) != i
            found = solved(x[rest], y[rest], penalty)
            missed.append(y[i] - np.append(x[i], 1) @ found)
        errors[penalty] = float(np.mean(np.square(missed)))
    best = min(errors, key=errors.__getitem__)
    weights, intercept = probes.ridge(x, y)
    np.testing.assert_allclose(np.vstack([weights, intercept]), solved(x, y, best), atol=1e-8)


@pytest.mark.parametrize("name", VITS)
def test_the_probes_read_the_tokens_of_the_trace(name: str) -> None:
    """Labels that one feature of the last token decides are found there, and the lens after the
    last block is the network."""
    net = frozen(VITS[name])
    x = torch.randn(60, 3, 48, 48, generator=torch.Generator().manual_seed(0))
    said = net(x).argmax(1).numpy()
    *_, found = probes.linear_probes(net, x, said, fitted=40)
    assert isinstance(found, LinearProbes) and (found.fitted, found.tested) == (40, 20)
    assert found.lens is not None and found.lens[-1] == 1
    trace = token_trace(net, x[:1])
    assert all(len(one) == len(trace.tokens) for one in found.accuracy.values())
    assert ("learnt" in found.accuracy) == trace.reads_token
    where = "learnt" if trace.reads_token else "patches"
    tokens = np.stack([token_trace(net, one[None]).tokens[-1] for one in x])
    features = tokens[:, 0] if trace.reads_token else tokens[:, trace.prefix :].mean(1)
    expected = probes._tested(features.astype(float), said, 40)
    assert found.accuracy[where][-1] == pytest.approx(expected, abs=0.051)  # one image


def test_an_untrained_lens_is_left_out() -> None:
    x = torch.randn(30, 3, 48, 48, generator=torch.Generator().manual_seed(0))
    *_, found = probes.linear_probes(frozen(VIT), x, np.arange(30) % 3, fitted=20, lens=False)
    assert isinstance(found, LinearProbes) and found.lens is None
