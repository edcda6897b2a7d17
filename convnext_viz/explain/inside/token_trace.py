"""The walk of one image through a Vision Transformer: patches, tokens, attention, logits."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from convnext_viz.explain.checks import as_input, check_input, check_net
from convnext_viz.explain.places import reads_tokens
from convnext_viz.nets.attention import Attention, joined
from convnext_viz.nets.layers import added
from convnext_viz.nets.tokens import PositionEmbedding, resized_positions
from convnext_viz.results.tokens import Floats, TokenTrace
from convnext_viz.text import t


def check_tokens(net: nn.Sequential) -> None:
    """Raises ValueError for a net that is no Vision Transformer with attention in every block."""
    names = [name for name, _ in net.named_children()]
    if names != ["stem", "stage1", "head"] or not any(
        isinstance(module, Attention) for module in net[1].modules()
    ):
        raise ValueError(t("explain.error.no_global_attention"))


def blocks_of_tokens(net: nn.Sequential) -> Iterator[nn.Module]:
    """The blocks of a Vision Transformer, in order."""
    blocks: Any = net.get_submodule("stage1.blocks")
    yield from blocks


def attend(block: nn.Module, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """One block on tokens (N, T, C): the weights of its attention (N, heads, T, T), the sum behind
    its attention, and its output."""
    residual: Any = block.get_submodule("attn")
    weights, y = None, x
    for layer in residual.branches["body"]:
        if isinstance(layer, Attention):
            weights = layer.weights(y)
            y = joined(weights @ layer.values(y))
        else:
            y = layer(y)
    assert weights is not None
    middle = residual.after(added([y, x]))
    return weights, middle, block.get_submodule("mlp")(middle)


def token_trace(net: nn.Sequential, x: Tensor) -> TokenTrace:
    """Runs a Vision Transformer on one image, (1, C, H, W), and keeps what it makes of each token.

    Raises ValueError for a net in train mode, without classifier or without attention, and for an
    input of another shape.
    """
    check_net(net, classifies=True)
    check_tokens(net)
    check_input(net, x)
    with torch.inference_mode():
        y = embedded = as_input(x)
        positions = y.new_zeros(0)
        for layer in net[0].children():
            if isinstance(layer, PositionEmbedding):
                embedded = y
                positions = resized_positions(layer.weight, (y.shape[2], y.shape[3]))
            y = layer(y)
        tokens, weights = [y[0]], []
        for block in blocks_of_tokens(net):
            attention, _, y = attend(block, y)
            tokens.append(y[0])
            weights.append(attention[0])
        logits = net[-1](y)[0]
    rows, columns = embedded.shape[2:]
    return TokenTrace(
        grid=(rows, columns),
        patch=(x.shape[2] // rows, x.shape[3] // columns),
        prefix=y.shape[1] - rows * columns,
        reads_token=reads_tokens(net),
        embedded=numbers(embedded[0]),
        positions=numbers(positions),
        tokens=numbers(torch.stack(tokens)),
        attention=numbers(torch.stack(weights)),
        logits=numbers(logits),
    )


def numbers(values: Tensor) -> Floats:
    """A tensor as an array of its own that nobody can change."""
    array: Floats = values.detach().float().contiguous().cpu().numpy().copy()
    array.setflags(write=False)  # shared by all who look
    return array


def patch_filters(net: nn.Sequential) -> Floats:
    """The filters of the first convolution, (C, in_chans, k, k): a filter a dimension of a token,
    where one convolution cuts the patches."""
    return numbers(next(m for m in net.modules() if isinstance(m, nn.Conv2d)).weight)
