"""Top-activating images: those of a set that a channel answers to most."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from convnext_viz.data.image_sets import ImageSet, inputs
from convnext_viz.explain.checks import as_input, check_input, check_net, check_stage
from convnext_viz.explain.places import seen_at
from convnext_viz.nets import Pretrained
from convnext_viz.results import Progress, TopActivating
from convnext_viz.text import t


def top_activating(
    net: nn.Sequential, batches: Iterable[Tensor], *, stage: str, total: int, count: int = 9
) -> Iterator[Progress | TopActivating]:
    """For every channel of a stage the ``count`` pictures with its largest activations.

    ``batches``: pictures as the net wants them, (n, C, H, W) of one size, ``total`` in all; only
    the best of each channel stay, so the set may be of any length. Yields progress after every
    batch, and the record at last; pictures are numbered in the order in which they come. Raises
    ValueError for a net in train mode, an input of another shape, an unknown stage, an empty set.
    """
    check_net(net)
    check_stage(net, stage)
    best: Tensor | None = None  # (C, k) activations
    pictures = cells = torch.empty(0, dtype=torch.int64)  # (C, k)
    done, grid = 0, (0, 0)
    for batch in batches:
        check_input(net, batch[:1])
        with torch.inference_mode():
            y = seen_at(net, as_input(batch), stage).map.float()  # (n, C, h, w)
            grid = (y.shape[2], y.shape[3])
            values, where = y.flatten(2).max(2)  # (n, C) each
            values, where = values.T.cpu(), where.T.cpu()  # (C, n)
            numbers = torch.arange(done, done + len(batch)).expand(values.shape)
            if best is not None:
                values = torch.cat([best, values], 1)
                where, numbers = torch.cat([cells, where], 1), torch.cat([pictures, numbers], 1)
            best, order = values.sort(stable=True, dim=1, descending=True)
            best, order = best[:, :count], order[:, :count]
            cells, pictures = where.gather(1, order), numbers.gather(1, order)
        done += len(batch)
        yield Progress(done=done, total=max(total, done))
    if best is None:
        raise ValueError(t("methods.error.no_pictures"))
    yield TopActivating(
        stage=stage,
        pictures=pictures.numpy().copy(),
        values=best.numpy().copy(),
        cells=torch.stack([cells // grid[1], cells % grid[1]], 2).numpy().copy(),
        grid=grid,
    )


def top_activating_images(
    pretrained: Pretrained, pictures: ImageSet, *, stage: str, count: int = 9, batch: int = 16
) -> Iterator[Progress | TopActivating]:
    """The same for pictures as they are: each prepared as the network wants it, and numbered by its
    place in the set. What cannot be read is left out.

    Raises ValueError as :func:`top_activating` does, also where none of them can be read.
    """
    places: list[int] = []

    def batches() -> Iterator[Tensor]:
        for some, x in inputs(pictures, pretrained.preprocess, batch=batch):
            places.extend(some)
            yield x

    looked = top_activating(
        pretrained.net, batches(), stage=stage, total=len(pictures), count=count
    )
    for step in looked:
        if isinstance(step, TopActivating):
            yield replace(step, pictures=np.array(places)[step.pictures])
        else:
            yield replace(step, done=places[-1] + 1)
