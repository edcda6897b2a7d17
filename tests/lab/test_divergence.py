import math

import pytest
import torch
from torch import nn

from convnext_viz.results import Evaluation, StepMetrics
from convnext_viz.train import lockstep, prepare, restore, snapshot
from tests.lab.curves import EVERYTHING, PLAIN, steps


class Bursts(nn.Module):
    """Gives ``value`` instead of numbers from its third step on."""

    def __init__(self, net: nn.Module, value: float) -> None:
        super().__init__()
        self.net, self.value, self.calls = net, value, 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        return self.net(x) * (self.value if self.calls >= 3 else 1.0)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_an_arm_that_diverges_stops_at_its_step_and_the_others_go_on(dataset, tiny, value):
    recipe = EVERYTHING
    broken = Bursts(tiny(), value)
    arms = prepare({"broken": broken, "sound": tiny(norm="batch")}, recipe)
    loop = lockstep(arms, dataset, recipe, seed=0)
    before = {}
    events = []
    for event in loop:
        events.append(event)
        if isinstance(event, StepMetrics) and event.step == 2:
            before = {k: v.clone() for k, v in broken.state_dict().items()}
    events_seen = steps(events)
    assert [e.arms["broken"].diverged for e in events_seen[:3]] == [False, False, True]
    assert all("broken" not in e.arms for e in events_seen[3:])
    assert arms[0].diverged_at == 3
    assert all(torch.equal(v, before[k]) for k, v in broken.state_dict().items())
    alone = list(lockstep(prepare({"sound": tiny(norm="batch")}, recipe), dataset, recipe, seed=0))
    assert [e.arms["sound"] for e in events_seen] == [e.arms["sound"] for e in steps(alone)]
    assert all(list(e.arms) == ["sound"] for e in events if isinstance(e, Evaluation))

    again = prepare({"broken": Bursts(tiny(), value), "sound": tiny(norm="batch")}, recipe)
    restore(again, snapshot(arms, 10))
    assert [arm.diverged_at for arm in again] == [3, None]


def test_a_gradient_that_is_not_finite_is_a_divergence_too(dataset, tiny):
    class Steep(nn.Module):
        def __init__(self):
            super().__init__()
            self.net, self.zero = tiny(), nn.Parameter(torch.zeros(()))

        def forward(self, x):
            return self.net(x) + self.zero.sqrt()  # slope ∞ at 0

    arms = prepare({"a": Steep()}, PLAIN)
    events_seen = list(lockstep(arms, dataset, PLAIN, seed=0))
    assert len(events_seen) == 1  # nobody is left
    assert math.isfinite(events_seen[0].arms["a"].loss)
    assert arms[0].diverged_at == 1
    assert arms[0].net.zero == 0
