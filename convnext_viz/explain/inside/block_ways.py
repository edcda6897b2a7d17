"""The block's branch written in two ways, as in the docstring of the official implementation.

Both run with the weights of the same block: what a page shows is what is run (models/convnext.py,
``Block``, of the official repository).
"""

from collections.abc import Callable
from inspect import getsource
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convnext_viz.nets.layers import LayerNorm2d
from convnext_viz.results import Timing, WaysCompared
from convnext_viz.text import t


def channels_first(body: Any, x: Tensor) -> Tensor:
    """(1) LayerNorm by hand and 1×1 convolutions, all in NCHW."""
    x = body.dwconv(x)  # (N, C, H, W)
    mean = x.mean(1, keepdim=True)  # (N, 1, H, W)
    var = (x - mean).pow(2).mean(1, keepdim=True)
    x = (x - mean) / torch.sqrt(var + body.norm.eps)
    w, b = body.norm.weight, body.norm.bias
    x = w[:, None, None] * x + b[:, None, None]
    w, b = body.pwconv1.weight, body.pwconv1.bias
    x = F.conv2d(x, w[:, :, None, None], b)  # (N, 4C, H, W)
    x = F.gelu(x)
    w, b = body.pwconv2.weight, body.pwconv2.bias
    return F.conv2d(x, w[:, :, None, None], b)  # (N, C, H, W)


def channels_last(body: Any, x: Tensor) -> Tensor:
    """(2) LayerNorm and Linear on a permuted view, and back."""
    x = body.dwconv(x)  # (N, C, H, W)
    x = x.permute(0, 2, 3, 1)  # (N, H, W, C)
    w, b = body.norm.weight, body.norm.bias
    x = F.layer_norm(x, w.shape, w, b, body.norm.eps)
    w, b = body.pwconv1.weight, body.pwconv1.bias
    x = F.linear(x, w, b)  # (N, H, W, 4C)
    x = F.gelu(x)
    w, b = body.pwconv2.weight, body.pwconv2.bias
    x = F.linear(x, w, b)  # (N, H, W, C)
    return x.permute(0, 3, 1, 2)  # (N, C, H, W)


WAYS: dict[str, Callable[[Any, Tensor], Tensor]] = {
    "channels_first": channels_first,
    "channels_last": channels_last,
}
MEMORY = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
_WARM_UP = 1  # calls of each that are not counted
_FEWEST = 5  # rounds, however long they take


def way_source(way: str) -> str:
    """The code of one of :data:`WAYS`, as it runs."""
    return getsource(WAYS[way]).rstrip()


def compare_ways(
    block: nn.Module, x: Tensor, *, seconds: float = 2.0, most_rounds: int = 50
) -> WaysCompared:
    """Runs the branch of a LayerNorm + GELU block in both ways and memory formats.

    The difference is that of the outputs before layer scale. Rounds are interleaved, so that what
    else the machine does meets all alike; they end after about ``seconds``, at five rounds or
    more. Raises ValueError for a block that the two ways do not describe.
    """
    body: Any = getattr(block, "body", nn.Sequential())
    names = [name for name, _ in body.named_children()][:5]
    kinds = isinstance(getattr(body, "norm", None), LayerNorm2d) and _exact_gelu(body)
    if names != ["dwconv", "norm", "pwconv1", "act", "pwconv2"] or not kinds:
        raise ValueError(t("block.error.ways"))
    inputs = {name: x.contiguous(memory_format=layout) for name, layout in MEMORY.items()}
    pairs = [(way, memory) for memory in MEMORY for way in WAYS]
    times: dict[tuple[str, str], list[float]] = {pair: [] for pair in pairs}
    with torch.inference_mode():
        first, second = (WAYS[way](body, inputs["contiguous"]) for way in WAYS)
        for way, memory in pairs * _WARM_UP:
            WAYS[way](body, inputs[memory])
        end = perf_counter() + seconds
        for rounds in range(most_rounds):
            if rounds >= _FEWEST and perf_counter() > end:
                break
            for way, memory in pairs:
                start = perf_counter()
                WAYS[way](body, inputs[memory])
                times[way, memory].append(perf_counter() - start)
    n, c, h, w = x.shape
    return WaysCompared(
        difference=float((first - second).abs().max()),
        largest=float(first.abs().max()),
        timings=tuple(
            Timing(
                way=way,
                memory=memory,
                seconds=median(taken),
                quartiles=(quantiles(taken, n=4)[0], quantiles(taken, n=4)[2]),
                rounds=len(taken),
            )
            for (way, memory), taken in times.items()
        ),
        shape=(n, c, h, w),
        threads=torch.get_num_threads(),
    )


def _exact_gelu(body: Any) -> bool:
    return isinstance(body.act, nn.GELU) and body.act.approximate == "none"
