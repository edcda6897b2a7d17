"""What a net says about a picture."""

from collections.abc import Sequence
from time import perf_counter

import torch
from torch import Tensor, nn

from convnext_viz.explain.stages import as_input, check_input, check_labels, check_net
from convnext_viz.results import Prediction


def predict(net: nn.Sequential, x: Tensor, labels: Sequence[str] = (), k: int = 5) -> Prediction:
    """The classes of one picture with their probabilities, the ``k`` most probable first.

    ``x``: (1, C, H, W), as ``preprocess`` gives it. ``labels``: a name for every class, or none.
    Raises ValueError for a net in train mode or without classifier, an input of another shape, a
    number of labels that is not the number of classes.
    """
    check_net(net, classifies=True)
    check_input(net, x)
    start = perf_counter()
    with torch.inference_mode():
        logits = net(as_input(x))[0].float()  # (classes,)
        probabilities = logits.softmax(0)
    seconds = perf_counter() - start
    check_labels(tuple(labels), len(logits))
    top = probabilities.topk(min(max(k, 1), len(logits))).indices
    return Prediction(
        logits=logits.cpu().numpy(),
        probabilities=probabilities.cpu().numpy(),
        top=tuple(top.tolist()),
        labels=tuple(labels),
        seconds=seconds,
    )
