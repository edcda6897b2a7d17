"""Records of speed: how long networks take for an input."""

from dataclasses import dataclass

from convnext_viz.results.block import Timing


@dataclass(frozen=True, kw_only=True)
class ForwardTimes:
    """Forward passes of several networks, timed in turns."""

    timings: tuple[Timing, ...]  # way: the network's name
    inputs: tuple[tuple[int, ...], ...]  # (N, C, H, W) of each one's input
    threads: int  # torch used so many
