"""Maps of a Vision Transformer from its attention, and whether they hold."""

from collections.abc import Iterator
from copy import deepcopy

import numpy as np
import torch
from torch import Tensor, nn

from convnext_viz.explain.inside.attention_flow import legrad, relevance, rollout, token_gradients
from convnext_viz.explain.inside.token_trace import token_trace
from convnext_viz.explain.maps.faithfulness import deletion_insertion, shuffle, similarity
from convnext_viz.results import Faithfulness, Progress
from convnext_viz.results.tokens import Floats, TokenMapTest, TokenTrace

CLASS_BLIND = ("last", "rollout")
"""Maps that use no gradient: they are the same for every class."""


def token_maps(
    net: nn.Sequential, x: Tensor, target: int, trace: TokenTrace | None = None
) -> dict[str, Floats]:
    """Maps (h, w) of one image and class by name: the last attention, rollout, attention weighted
    with its gradient in the last block ("weighted") and in all ("chefer"), LeGrad, and Grad-CAM.

    Raises ValueError as ``relevance`` does. ``trace``: of the same image, where there is one.
    """
    trace = trace or token_trace(net, x)
    weighted = relevance(net, x, target)
    places = token_gradients(net, x, trace.grid, target)
    matrices = {
        "last": trace.attention[-1].mean(0),
        "rollout": rollout(trace.attention),
        "weighted": weighted.layers[-1],
        # Without the start, I: where the mean is read it would lie on every patch alike.
        "chefer": weighted.relevance - np.eye(len(weighted.relevance), dtype=np.float32),
    }
    found = {
        name: np.asarray(trace.on_grid(trace.read(matrix)), dtype=np.float32)
        for name, matrix in matrices.items()
    }
    found["legrad"] = np.asarray(trace.on_grid(legrad(net, x, target)), dtype=np.float32)
    return found | {"grad_cam": next(one.grad_cam for one in places if one.part == "norm")}


def token_map_tests(
    net: nn.Sequential, x: Tensor, target: int, *, steps: int = 8, seed: int = 0
) -> Iterator[Progress | TokenMapTest]:
    """Deletion and insertion of every map, and its rank correlation with the map of a copy of the
    net whose weights are all shuffled (Adebayo et al. 2018).

    Yields progress, and a record a map. Raises ValueError as ``token_maps`` does.
    """
    found = token_maps(net, x, target)
    private = deepcopy(net).requires_grad_(False)
    shuffle(private, torch.Generator().manual_seed(seed))
    others = token_maps(private, x, target)
    for number, (name, values) in enumerate(found.items()):
        yield Progress(done=number, total=len(found))
        for one in deletion_insertion(net, x, values, target, steps=steps, seed=seed):
            if isinstance(one, Faithfulness):
                yield TokenMapTest(
                    name=name, faithfulness=one, shuffled=similarity(values, others[name])
                )
