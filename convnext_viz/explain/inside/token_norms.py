"""What a Vision Transformer predicts where some of its patches' tokens are replaced on the way."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from torch import nn

from convnext_viz.explain.checks import check_net
from convnext_viz.explain.inside.token_trace import blocks_of_tokens, check_tokens, numbers
from convnext_viz.results.tokens import Floats, TokenTrace

By = Literal["zero", "mean"]


def longest(trace: TokenTrace, behind: int, count: int) -> tuple[int, ...]:
    """The patches of the longest tokens behind so many blocks, the longest first."""
    lengths = trace.norms[behind, trace.prefix :]
    return tuple(map(int, np.argsort(-lengths, kind="stable")[:count]))


def logits_with_replaced(
    net: nn.Sequential, trace: TokenTrace, *, behind: int, patches: Sequence[int], by: By
) -> Floats:
    """The logits (classes,) where the tokens of some ``patches``, behind so many blocks, are zero,
    or the mean of all patches' tokens there.

    Zeros are far from what a network ever sees there: what they do says less than what the mean
    does. Raises ValueError for a net in train mode, without classifier or without attention.
    """
    check_net(net, classifies=True)
    check_tokens(net)
    weight = next(net[-1].parameters())
    with torch.inference_mode():
        y = torch.from_numpy(np.array(trace.tokens[behind])).to(weight)[None]
        own = y[:, trace.prefix :]
        mean = own.mean(1)
        own[:, list(patches)] = mean[:, None] if by == "mean" else 0.0
        for number, block in enumerate(blocks_of_tokens(net)):
            if number >= behind:
                y = block(y)
        return numbers(net[-1](y)[0])
