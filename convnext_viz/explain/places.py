"""Places in a net at which it is looked into: its stages, and the blocks of a stage.

A net is cut into parts there, never hooked. What is seen at a place may be tokens; ``as_map`` lays
them out.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from convnext_viz.explain.slices import as_map, stages_of_blocks
from convnext_viz.nets.layers import added
from convnext_viz.nets.tokens import AveragedHeads, FirstToken

Run = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Part:
    """A part of a net up to a place: ``seen`` is looked at, ``rest`` makes of it, and of the part's
    input, the part's output. Most often what is seen is the output."""

    places: tuple[str, ...]  # its names; none where nobody looks
    seen: Run
    rest: Callable[[Tensor, Tensor], Tensor] = lambda seen, _: seen

    def __call__(self, x: Tensor) -> Tensor:
        return self.rest(self.seen(x), x)


def places(net: nn.Sequential) -> tuple[str, ...]:
    """Where a net is looked into, in order: stem and stages, and the blocks of an only stage."""
    names = [name for name, _ in net.named_children()][:-1]
    stages = stages_of_blocks(net)
    if len(stages) != 1:
        return tuple(names)
    count = len(net.get_submodule(f"{stages[0]}.blocks"))  # type: ignore[arg-type]
    return (*names[:-1], *(f"{stages[0]}.blocks.{number}" for number in range(count)))


def known_places(net: nn.Sequential) -> frozenset[str]:
    """Every name of a place: of the stem, of stages, and of all their blocks."""
    names = [name for name, _ in net.named_children()][:-1]
    blocks = [
        f"{stage}.blocks.{number}"
        for stage in stages_of_blocks(net)
        for number, _ in net.get_submodule(f"{stage}.blocks").named_children()
    ]
    return frozenset([*names, *blocks])


def grid_of(net: nn.Sequential, size: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns that a stem makes of an image of (height, width) pixels."""
    sides = list(size)
    for module in net[0].modules():
        if isinstance(module, nn.Conv2d | nn.MaxPool2d):
            how: Any = (module.kernel_size, module.stride, module.padding)
            kernel, stride, padding = (one[0] if isinstance(one, tuple) else one for one in how)
            sides = [(side + 2 * padding - kernel) // stride + 1 for side in sides]
    return sides[0], sides[1]


def is_last(net: nn.Sequential, place: str) -> bool:
    """Whether a place is the end of the last stage: that stage, or its last block."""
    name = [name for name, _ in net.named_children()][-2]
    blocks = dict(net[-2].named_children()).get("blocks")
    last = f"{name}.blocks.{len(blocks) - 1}" if isinstance(blocks, nn.Sequential) else name
    return place in (name, last)


def reads_tokens(net: nn.Sequential) -> bool:
    """Whether the head reads a token, so that no other token of its input moves the score."""
    return any(isinstance(module, FirstToken | AveragedHeads) for module in net[-1].children())


def parts(net: nn.Sequential, at: Collection[str] = (), *, scored: bool = False) -> Iterator[Part]:
    """The net in parts that end at the places ``at``, in the order in which they run; the head too.

    ``scored``: for what depends on a score. Behind the last block of a net whose head reads a
    token, the gradient of every other token is exactly zero: there the input of the last attention
    is seen instead, the output of its norm.
    """
    for name, child in net.named_children():
        blocks = dict(child.named_children()).get("blocks")
        last = f"{name}.blocks.{len(blocks) - 1}" if isinstance(blocks, nn.Sequential) else ""
        zero = scored and bool(last) and reads_tokens(net) and bool({name, last} & {*at})
        if not isinstance(blocks, nn.Sequential) or not (
            zero or any(place.startswith(f"{name}.blocks.") for place in at)
        ):
            yield Part((name,), child)
            continue
        if "downsample" in dict(child.named_children()):
            yield Part((), child.get_submodule("downsample"))
        for number, block in blocks.named_children():
            place = f"{name}.blocks.{number}"
            if place != last:
                yield Part((place,), block)
            elif zero:
                yield _before_attention((place, name), block)
            else:
                yield Part((place, name), block)


def _before_attention(names: tuple[str, ...], block: nn.Module) -> Part:
    mlp, (norm, *others) = block.get_submodule("mlp"), block.get_submodule("attn.body").children()
    branch = nn.Sequential(*others)
    return Part(names, norm, lambda seen, x: mlp(added([branch(seen), x])))


@dataclass(frozen=True)
class Seen:
    """What a net makes of images at a place, and the rest of the net as a function of it."""

    values: Tensor  # (N, C, h, w), or tokens (N, T, C)
    behind: Run
    grid: tuple[int, int]  # of tokens

    @property
    def map(self) -> Tensor:
        """The same as maps, (N, C, h, w)."""
        return as_map(self.values, self.grid)

    def without(self, channels: Tensor) -> Tensor:
        """The values of one image, once for each of ``channels`` (n), with this channel at 0."""
        n = len(channels)
        values = self.values.repeat(n, *[1] * (self.values.ndim - 1))
        if values.ndim == 3:
            values[torch.arange(n), :, channels] = 0
        else:
            values[torch.arange(n), channels] = 0
        return values


def seen_at(net: nn.Sequential, x: Tensor, place: str, *, scored: bool = False) -> Seen:
    """Runs the net on images (N, C, H, W) up to a place; ``scored`` as in :func:`parts`."""
    grid, y = grid_of(net, (x.shape[2], x.shape[3])), x
    remaining = parts(net, (place,), scored=scored)
    for part in remaining:
        if place in part.places:
            return Seen(part.seen(y), partial(_behind, part, y, list(remaining)), grid)
        y = part(y)
    raise KeyError(place)


def _behind(part: Part, x: Tensor, remaining: list[Part], seen: Tensor) -> Tensor:
    """The net's output from what is seen in a part, whose input ``x`` is one image's or as many."""
    y = part.rest(seen, x.expand(len(seen), *x.shape[1:]))
    for other in remaining:
        y = other(y)
    return y
