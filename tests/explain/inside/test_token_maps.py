"""Maps of attention: which depend on the class, and their tests."""

import numpy as np
import pytest

from convnext_viz.explain import deletion_insertion
from convnext_viz.explain.inside.attention_flow import rollout
from convnext_viz.explain.inside.token_maps import CLASS_BLIND, token_map_tests, token_maps
from convnext_viz.explain.inside.token_trace import token_trace
from convnext_viz.results import Faithfulness, Progress, TokenMapTest
from tests.explain.inside.test_attention_flow import X
from tests.explain.inside.test_token_trace import VITS
from tests.explain.small_nets import frozen


@pytest.mark.parametrize("name", VITS)
def test_maps_that_use_no_gradient_are_the_same_for_every_class(name: str) -> None:
    net = frozen(VITS[name])
    one, other = token_maps(net, X, 1), token_maps(net, X, 2)
    for key, values in one.items():
        assert values.shape == (6, 8) and np.isfinite(values).all()
        assert np.array_equal(values, other[key]) == (key in CLASS_BLIND), key


def test_rollout_is_the_row_of_the_class_token() -> None:
    net = frozen(VITS["class token"])
    trace = token_trace(net, X)
    row = rollout(trace.attention)[0, trace.prefix :].reshape(6, 8)
    np.testing.assert_allclose(token_maps(net, X, 1)["rollout"], row, rtol=1e-6)


def test_tests_are_those_of_other_maps_and_leave_the_net_as_it_is() -> None:
    net = frozen(VITS["class token"])
    before = {name: value.clone() for name, value in net.state_dict().items()}
    found = list(token_map_tests(net, X, 1, steps=4))
    tests = [one for one in found if isinstance(one, TokenMapTest)]
    assert [one.name for one in tests] == [
        "last",
        "rollout",
        "weighted",
        "chefer",
        "legrad",
        "grad_cam",
    ]
    assert sum(isinstance(one, Progress) for one in found) == 6
    assert all(-1 <= one.shuffled <= 1 or np.isnan(one.shuffled) for one in tests)
    values = token_maps(net, X, 1)["rollout"]
    *_, own = deletion_insertion(net, X, values, 1, steps=4)
    assert isinstance(own, Faithfulness)
    np.testing.assert_allclose(tests[1].faithfulness.deletion, own.deletion)
    assert all(value.equal(before[name]) for name, value in net.state_dict().items())
