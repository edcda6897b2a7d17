"""Time of both forms of a RepVGG: the same network with branches and as one chain, in turns."""

from collections.abc import Iterator

from torch import Tensor, nn

from convnext_viz.explain.inside.forward_times import forward_times
from convnext_viz.nets.reparam import reparameterize
from convnext_viz.results import ForwardTimes, Progress
from convnext_viz.specs import RepVGGSpec


def form_times(
    net: nn.Sequential, spec: RepVGGSpec, x: Tensor, *, seconds: float = 4.0, rounds: int = 40
) -> Iterator[Progress | ForwardTimes]:
    """Runs both forms on ``x``, (N, C, H, W), as ``forward_times`` does."""
    forms = {"training": (net, x), "deployed": (reparameterize(net, spec), x)}
    return forward_times(forms, seconds=seconds, rounds=rounds)
