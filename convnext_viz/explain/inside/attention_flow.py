"""Attention of all layers as one map: rollout, and weighted with the gradient of a class."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from convnext_viz.explain.checks import as_input, check_input, check_net
from convnext_viz.explain.inside.token_trace import (
    attend,
    blocks_of_tokens,
    check_tokens,
    numbers,
)
from convnext_viz.explain.maps.score import score_of
from convnext_viz.explain.slices import as_map
from convnext_viz.results.tokens import AttentionRelevance, Floats, TokenGradient


def rollout(attention: NDArray[np.floating]) -> NDArray[np.float64]:
    r"""Attention through all layers (L, heads, T, T), with half a share for every shortcut:

    .. math:: \hat A_l = \tfrac12 \bar A_l + \tfrac12 I,\quad R = \hat A_L \cdots \hat A_1

    (T, T), rows sum to 1; it does not depend on a class (Abnar and Zuidema 2020, section 3).
    """
    mean = attention.astype(np.float64).mean(1)  # (L, T, T)
    flow = np.eye(mean.shape[-1])
    for layer in mean:
        flow = (layer + np.eye(len(layer))) @ flow / 2
    return flow


def relevance(
    net: nn.Sequential, x: Tensor, target: int, contrast: int | None = None
) -> AttentionRelevance:
    r"""Attention weighted with the gradient of the logit ``target``, for one image (1, C, H, W):

    .. math:: \bar A = \mathbb E_h\left[(\nabla A \odot A)^+\right],\quad R \leftarrow R + \bar A R

    from R = I, layer by layer (Chefer et al. 2021, "Generic Attention-model Explainability",
    equations 5 and 6). ``contrast``: a second class, whose logit is subtracted. Raises ValueError
    as ``token_trace`` does, and for a class that there is not.
    """
    check_net(net, classifies=True)
    check_tokens(net)
    check_input(net, x)
    weights: list[Tensor] = []
    with torch.inference_mode(False), torch.enable_grad():
        y = _into_the_blocks(net, x)
        for block in blocks_of_tokens(net):
            attention, _, y = attend(block, y)
            weights.append(attention)
        gradients = torch.autograd.grad(_logit(net, y, target, contrast), weights)
    terms = torch.stack(
        [(g * a.detach())[0] for g, a in zip(gradients, weights, strict=True)]
    ).double()  # (L, heads, T, T)
    layers = terms.relu().mean(1)
    flow = torch.eye(layers.shape[-1], dtype=torch.float64, device=layers.device)
    for layer in layers:
        flow = flow + layer @ flow
    return AttentionRelevance(
        layers=numbers(layers), relevance=numbers(flow), moves=numbers(terms.abs().sum((1, 2, 3)))
    )


def legrad(net: nn.Sequential, x: Tensor, target: int) -> Floats:
    r"""Gradients of the classifier behind every block with respect to this block's attention:

    .. math:: \sum_l \mathbb E_{h,i}\left[\left(\nabla_{A^l_{h,i}}\, y(Z_l)\right)^+\right]

    (T,), a value a token that attention is paid to, for one image (1, C, H, W); the attention
    itself is no factor (Bousselham et al. 2024, "LeGrad", section 3). Raises ValueError as
    ``relevance`` does.
    """
    check_net(net, classifies=True)
    check_tokens(net)
    check_input(net, x)
    with torch.inference_mode(False), torch.enable_grad():
        y = _into_the_blocks(net, x)
        found = y.new_zeros(y.shape[1])
        for block in blocks_of_tokens(net):
            attention, _, y = attend(block, y.detach().requires_grad_())
            (gradient,) = torch.autograd.grad(_logit(net, y, target), attention)
            found = found + gradient[0].relu().mean((0, 1))
    return numbers(found)


def token_gradients(
    net: nn.Sequential, x: Tensor, grid: tuple[int, int], target: int
) -> tuple[TokenGradient, ...]:
    """The gradients of the logit ``target`` with respect to the tokens of one image, place by
    place: into the blocks, behind each, and within the last one. ``grid``: of the patches.

    Behind the last attention of a network whose classifier reads a token, those of all patches are
    exactly zero. Raises ValueError as ``relevance`` does.
    """
    check_net(net, classifies=True)
    check_tokens(net)
    check_input(net, x)
    with torch.inference_mode(False), torch.enable_grad():
        y = _into_the_blocks(net, x)
        seen = [(-1, "output", y)]
        *blocks, last = blocks_of_tokens(net)
        for number, block in enumerate(blocks):
            y = block(y)
            seen.append((number, "output", y))
        residual, mlp = last.get_submodule("attn"), last.get_submodule("mlp")
        norm, *others = residual.get_submodule("body").children()
        normed = norm(y)
        middle = residual.get_submodule("after")(nn.Sequential(*others)(normed) + y)
        y = mlp(middle)
        seen += [(len(blocks), "norm", normed), (len(blocks), "sum", middle)]
        seen += [(len(blocks), "output", y)]
        gradients = torch.autograd.grad(_logit(net, y, target), [one for *_, one in seen])
    prefix = y.shape[1] - grid[0] * grid[1]
    return tuple(
        TokenGradient(
            block=block,
            part=part,
            learnt=float(gradient[:, :prefix].abs().max()) if prefix else 0.0,
            patches=float(gradient[:, prefix:].abs().max()),
            grad_cam=numbers(_grad_cam(as_map(values.detach(), grid), as_map(gradient, grid))),
        )
        for (block, part, values), gradient in zip(seen, gradients, strict=True)
    )


def _into_the_blocks(net: nn.Sequential, x: Tensor) -> Tensor:
    """The tokens that the first block gets; a graph begins here."""
    with torch.no_grad():
        y: Tensor = net[0](as_input(x))
    return y.detach().clone().requires_grad_()


def _logit(net: nn.Sequential, y: Tensor, target: int, contrast: int | None = None) -> Tensor:
    return score_of(net[-1](y), target, contrast)[0]


def _grad_cam(values: Tensor, gradients: Tensor) -> Tensor:
    """(1, C, h, w) twice → (h, w): Selvaraju et al. 2017, equations 1 and 2."""
    return (gradients.mean((2, 3), keepdim=True) * values).sum(1)[0].relu()
