"""Forward passes timed in turns, so that what else the computer does meets all networks alike."""

from collections.abc import Iterator, Mapping
from statistics import median, quantiles
from time import perf_counter

import torch
from torch import Tensor, nn

from convnext_viz.explain.checks import check_net
from convnext_viz.results import ForwardTimes, Progress, Timing

_FEWEST = 5  # rounds, however long they take


def forward_times(
    runs: Mapping[str, tuple[nn.Sequential, Tensor]], *, seconds: float = 8.0, rounds: int = 30
) -> Iterator[Progress | ForwardTimes]:
    """Runs every network on its input, (N, C, H, W), one after the other in each round.

    It ends after ``rounds`` rounds or about ``seconds``, at five rounds or more; the first pass of
    each network is not counted. Raises ValueError for a network in train mode.
    """
    for net, _ in runs.values():
        check_net(net)
    times: dict[str, list[float]] = {name: [] for name in runs}
    total = rounds * len(runs)
    yield Progress(done=0, total=total)
    for net, x in runs.values():
        _timed(net, x)
    end = perf_counter() + seconds
    for number in range(rounds):
        if number >= _FEWEST and perf_counter() > end:
            break
        for name, (net, x) in runs.items():
            times[name].append(_timed(net, x))
            yield Progress(done=sum(map(len, times.values())), total=total)
    yield ForwardTimes(
        timings=tuple(
            Timing(
                way=name,
                memory="contiguous" if runs[name][1].is_contiguous() else "channels_last",
                seconds=median(taken),
                quartiles=(quantiles(taken, n=4)[0], quantiles(taken, n=4)[2]),
                rounds=len(taken),
            )
            for name, taken in times.items()
        ),
        inputs=tuple(tuple(x.shape) for _, x in runs.values()),
        threads=torch.get_num_threads(),
    )


def _timed(net: nn.Module, x: Tensor) -> float:
    start = perf_counter()
    with torch.inference_mode():
        net(x)
    return perf_counter() - start
