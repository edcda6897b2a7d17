"""The logit lens: the classifier of a Vision Transformer, applied behind every block."""

import numpy as np
import torch
from torch import nn

from convnext_viz.explain.checks import check_net
from convnext_viz.explain.inside.token_trace import check_tokens, numbers
from convnext_viz.explain.outputs import class_probabilities
from convnext_viz.results.tokens import LogitLens, TokenTrace


def logit_lens(net: nn.Sequential, trace: TokenTrace) -> LogitLens:
    r"""What the head, its norm included, says of the tokens behind every block:

    .. math:: p = \mathrm{softmax}\left(W\, \mathrm{LN}(h_{l,i}) + b\right)

    (nostalgebraist 2020 for language models; Vilas et al. 2023 for Vision Transformers.) A token
    alone is read as if all tokens were like it. Raises ValueError for a net in train
    mode, without classifier or without attention.
    """
    check_net(net, classifies=True)
    check_tokens(net)
    weight = next(net[-1].parameters())
    top, probability, logits = [], [], []
    with torch.inference_mode():
        for layer in trace.tokens:
            tokens = torch.from_numpy(np.array(layer)).to(weight)  # (T, C)
            logits.append(net[-1](tokens[None])[0])
            alone = tokens[:, None].expand(-1, trace.prefix + 1, -1)
            best = class_probabilities(net[-1](alone)).max(1)
            top.append(best.indices.cpu().numpy())
            probability.append(best.values)
    return LogitLens(
        logits=numbers(torch.stack(logits)),
        top=np.stack(top),
        probability=numbers(torch.stack(probability)),
    )
