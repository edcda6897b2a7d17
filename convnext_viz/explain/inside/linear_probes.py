"""Linear probes: a classifier of its own behind every block of a Vision Transformer."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convnext_viz.explain.checks import as_input, check_net
from convnext_viz.explain.inside.token_trace import blocks_of_tokens, check_tokens
from convnext_viz.explain.places import reads_tokens
from convnext_viz.results import Progress
from convnext_viz.results.tokens import LinearProbes

_BATCH = 100  # images
_PENALTIES = 10.0 ** np.arange(-4, 4)  # times the mean square of a feature


def linear_probes(
    net: nn.Sequential, x: Tensor, labels: NDArray[np.int64], *, fitted: int, lens: bool = True
) -> Iterator[Progress | LinearProbes]:
    r"""Ridge regression of the classes on the tokens behind every block (Alain and Bengio 2016):

    .. math:: \min_W \lVert Y - X W \rVert^2 + \lambda \lVert W \rVert^2

    fitted to the first ``fitted`` images of ``x``, (N, C, H, W), tested on the others. Features are
    the learnt token that the classifier reads, where it reads one, and the mean of all patches,
    each in units of its standard deviation; λ is the one with the smallest leave-one-out error.
    ``lens``: the network's own classifier behind every block, too, whose classes are the
    labels'. Raises ValueError as ``token_trace`` does.
    """
    check_net(net, classifies=True)
    check_tokens(net)
    learnt = reads_tokens(net)
    found: dict[str, list[list[Tensor]]] = {"learnt": [], "patches": []}
    right: list[list[Tensor]] = []
    blocks = list(blocks_of_tokens(net))
    for start in range(0, len(x), _BATCH):
        yield Progress(done=start, total=len(x))
        with torch.inference_mode():
            maps, positions = as_input(x[start : start + _BATCH]), 0
            for layer in net[0].children():
                maps = layer(maps)
                if maps.ndim == 4:
                    positions = maps.shape[2] * maps.shape[3]
            layers = [maps]
            for block in blocks:
                layers.append(block(layers[-1]))
            patches = [one[:, -positions:].mean(1) for one in layers]
            found["patches"].append(patches)
            found["learnt"].append([one[:, 0] for one in layers])
            if lens:
                own = torch.from_numpy(labels[start : start + _BATCH]).to(maps.device)
                right.append([net[-1](one).argmax(1) == own for one in layers])
    where = ("learnt", "patches") if learnt else ("patches",)
    yield LinearProbes(
        fitted=fitted,
        tested=len(x) - fitted,
        accuracy={
            name: np.array(
                [
                    _tested(torch.cat(one).double().cpu().numpy(), labels, fitted)
                    for one in zip(*found[name], strict=True)
                ]
            )
            for name in where
        },
        lens=np.array(
            [float(torch.cat(one)[fitted:].double().mean()) for one in zip(*right, strict=True)]
        )
        if lens
        else None,
    )


def _tested(features: NDArray[np.float64], labels: NDArray[np.int64], fitted: int) -> float:
    """Accuracy on the images behind the first ``fitted`` ones, to which the probe is fitted."""
    mean, std = features[:fitted].mean(0), features[:fitted].std(0)
    scaled = (features - mean) / np.where(std > 0, std, 1.0)
    targets = np.eye(int(labels.max()) + 1)[labels]
    weights, intercept = ridge(scaled[:fitted], targets[:fitted])
    predicted = (scaled[fitted:] @ weights + intercept).argmax(1)
    return float((predicted == labels[fitted:]).mean())


def ridge(
    features: NDArray[np.float64], targets: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights and intercept of ridge regression; features have mean 0. The penalty is the one of a
    few powers of ten with the smallest leave-one-out error, which has a closed form: a residual
    divided by one minus its leverage."""
    n = len(features)
    intercept = targets.mean(0)
    u, s, v = np.linalg.svd(features, full_matrices=False)
    projected = u.T @ (targets - intercept)
    best, weights = np.inf, np.zeros((features.shape[1], targets.shape[1]))
    for penalty in _PENALTIES * n:
        shrunk = s**2 / (s**2 + penalty)
        residual = targets - intercept - u @ (shrunk[:, None] * projected)
        leverage = 1 / n + (u**2) @ shrunk
        error = float(((residual / (1 - leverage)[:, None]) ** 2).mean())
        if error < best:
            best = error
            weights = v.T @ ((s / (s**2 + penalty))[:, None] * projected)
    return weights, intercept
