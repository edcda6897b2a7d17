"""Forward times with nets whose time is known: they sleep."""

import time
from collections import OrderedDict

import pytest
import torch
from torch import Tensor, nn

from convnext_viz.explain.inside.forward_times import forward_times
from convnext_viz.results import ForwardTimes, Progress

X = torch.zeros(2, 3, 8, 8)


class Sleeper(nn.Module):
    """Sleeps at every pass, and notes it."""

    def __init__(self, name: str, seconds: float, calls: list[str]) -> None:
        super().__init__()
        self.name, self.seconds, self.calls = name, seconds, calls

    def forward(self, x: Tensor) -> Tensor:
        assert torch.is_inference_mode_enabled()
        self.calls.append(self.name)
        time.sleep(self.seconds)
        return x


def sleepers(calls: list[str], **seconds: float) -> dict[str, tuple[nn.Sequential, Tensor]]:
    return {
        name: (nn.Sequential(OrderedDict(stem=Sleeper(name, one, calls))).eval(), X)
        for name, one in seconds.items()
    }


def test_medians_are_the_nets_own_and_rounds_alternate() -> None:
    calls: list[str] = []
    *steps, found = forward_times(sleepers(calls, quick=0.002, slow=0.02), rounds=7)
    assert isinstance(found, ForwardTimes)
    assert calls == ["quick", "slow"] * 8  # the first pass of each is not counted
    assert [step.done for step in steps if isinstance(step, Progress)] == list(range(15))
    times = {one.way: one for one in found.timings}
    assert 0.002 <= times["quick"].seconds < times["slow"].seconds
    assert times["slow"].seconds >= 0.02
    for one in found.timings:
        assert one.quartiles[0] <= one.seconds <= one.quartiles[1] and one.rounds == 7
    assert found.inputs == ((2, 3, 8, 8),) * 2 and found.threads == torch.get_num_threads()


def test_it_ends_in_time_but_not_before_five_rounds() -> None:
    calls: list[str] = []
    *_, found = forward_times(sleepers(calls, one=0.003), seconds=0, rounds=50)
    assert isinstance(found, ForwardTimes) and found.timings[0].rounds == 5


def test_a_net_in_train_mode_is_refused() -> None:
    nets = sleepers([], one=0)
    nets["one"][0].train()
    with pytest.raises(ValueError, match="eval"):
        list(forward_times(nets))
