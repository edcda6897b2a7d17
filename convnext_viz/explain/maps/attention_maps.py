"""Maps of a class from attention: what the classifier reads of the patches through all blocks.

For networks in which every token attends to every other one. A map has one number for each patch.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convnext_viz.explain.inside import attention_flow as flow
from convnext_viz.explain.inside.token_trace import check_tokens, token_trace
from convnext_viz.explain.maps.progress import OnProgress, ignore
from convnext_viz.explain.maps.score import Score
from convnext_viz.explain.places import grid_of, reads_tokens
from convnext_viz.results import Attribution

NO_PLACE = "attention"  # what their maps have in place of a stage


def attention_rollout(
    net: nn.Sequential,
    x: Tensor,
    target: int | None = None,
    *,
    contrast: int | None = None,
    on_progress: OnProgress = ignore,
) -> Attribution:
    r"""Attention rollout: the shares that the classifier's token takes of each patch, all blocks
    multiplied.

    .. math:: \hat A_l = \tfrac12 \bar A_l + \tfrac12 I, \qquad R = \hat A_L \cdots \hat A_1

    with the mean :math:`\bar A_l` over heads; of a network that reads the mean of all patches, the
    mean of their rows. The same for every class. ``x`` (1, C, H, W). Raises ValueError as
    ``grad_cam`` does, and for a network in which not every token attends to every other one.

    Source: Abnar and Zuidema 2020, section 3.
    """
    score = _score(net, x, target, contrast, on_progress)
    matrix = flow.rollout(token_trace(net, score.x).attention)
    return _read(score, "attention_rollout", matrix, effect=float("nan"))


def chefer(
    net: nn.Sequential,
    x: Tensor,
    target: int | None = None,
    *,
    contrast: int | None = None,
    on_progress: OnProgress = ignore,
) -> Attribution:
    r"""Attention weighted with the score's gradient, through all blocks.

    .. math:: \bar A = \mathbb E_h[(\nabla A \odot A)^+], \qquad R \leftarrow R + \bar A R

    from R = I, which is taken away at the end: where the mean is read, it would lie on every patch
    alike. Raises ValueError as ``attention_rollout`` does.

    Source: Chefer et al. 2021, "Generic Attention-model Explainability", equations 5 and 6.
    """
    score = _score(net, x, target, contrast, on_progress)
    found = flow.relevance(net, score.x, score.target, contrast)
    matrix = found.relevance - np.eye(len(found.relevance), dtype=np.float32)
    return _read(score, "chefer", matrix, effect=float(found.moves.sum()))


def chefer_last(
    net: nn.Sequential,
    x: Tensor,
    target: int | None = None,
    *,
    contrast: int | None = None,
    on_progress: OnProgress = ignore,
) -> Attribution:
    r"""Attention of the last block alone, weighted with the score's gradient: equation 5 there.

    .. math:: \bar A = \mathbb E_h[(\nabla A \odot A)^+]

    Raises ValueError as ``attention_rollout`` does.
    """
    score = _score(net, x, target, contrast, on_progress)
    found = flow.relevance(net, score.x, score.target, contrast)
    return _read(score, "chefer_last", found.layers[-1], effect=float(found.moves[-1]))


def _score(
    net: nn.Sequential, x: Tensor, target: int | None, contrast: int | None, hear: OnProgress
) -> Score:
    check_tokens(net)
    score = Score(net, x, target, contrast)
    score.expect(1, hear)
    hear(0, 1)
    return score


def _read(score: Score, method: str, matrix: NDArray[np.floating], *, effect: float) -> Attribution:
    """The rows of (T, T) that the classifier reads, as a map of the patches."""
    grid = grid_of(score.net, (score.x.shape[2], score.x.shape[3]))
    patches = grid[0] * grid[1]
    rows = matrix[0] if reads_tokens(score.net) else matrix[-patches:].mean(0)
    return score.attribution(
        method,
        torch.tensor(rows[-patches:].reshape(grid)),
        effect=torch.tensor(effect),
        stage=NO_PLACE,
    )
