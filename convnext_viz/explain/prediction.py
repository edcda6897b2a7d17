"""Prediction of a net: the classes of one picture, or the first class of each of a set."""

from collections.abc import Iterable, Iterator, Sequence
from time import perf_counter

import numpy as np
import torch
from torch import Tensor, nn

from convnext_viz.explain.checks import as_input, check_input, check_labels, check_net
from convnext_viz.explain.classes import class_labels
from convnext_viz.explain.outputs import class_logits, class_probabilities
from convnext_viz.results import Classified, Prediction, Progress


def predict(net: nn.Sequential, x: Tensor, labels: Sequence[str] = (), k: int = 5) -> Prediction:
    """The classes of one picture with their probabilities, the ``k`` most probable first.

    ``x``: (1, C, H, W), as ``preprocess`` gives it. ``labels``: a name for every class, or none; of
    a net with one output, which tells two classes apart, its name will do. Raises ValueError for a
    net in train mode or without classifier, an input of another shape, a number of labels that is
    not the number of classes.
    """
    check_net(net, classifies=True)
    check_input(net, x)
    start = perf_counter()
    with torch.inference_mode():
        outputs = net(as_input(x)).float()  # (1, outputs)
        logits, probabilities = class_logits(outputs)[0], class_probabilities(outputs)[0]
    seconds = perf_counter() - start
    labels = class_labels(labels, outputs.shape[1])
    check_labels(labels, len(logits))
    top = probabilities.topk(min(max(k, 1), len(logits))).indices
    return Prediction(
        logits=logits.cpu().numpy(),
        probabilities=probabilities.cpu().numpy(),
        top=tuple(top.tolist()),
        labels=labels,
        seconds=seconds,
    )


def classify(
    net: nn.Sequential, batches: Iterable[tuple[Sequence[int], Tensor]], *, total: int
) -> Iterator[Progress | Classified]:
    """The most probable class of every picture of a set of ``total``.

    ``batches``: the places of some pictures in the set, and these as the net wants them, (n, C, H,
    W). Yields progress after every batch, and the record at last. Raises ValueError as ``predict``
    does.
    """
    check_net(net, classifies=True)
    targets = np.full(total, -1, dtype=np.int64)
    probabilities = np.zeros(total, dtype=np.float32)
    done = 0
    for places, x in batches:
        check_input(net, x[:1])
        with torch.inference_mode():
            best = class_probabilities(net(as_input(x))).max(1)
        targets[list(places)] = best.indices.cpu().numpy()
        probabilities[list(places)] = best.values.cpu().numpy()
        done += len(x)
        yield Progress(done=done, total=max(total, done))
    yield Classified(targets=targets, probabilities=probabilities)
