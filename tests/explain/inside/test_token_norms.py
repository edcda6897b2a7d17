"""Replaced tokens: cases in which the logits are known."""

import numpy as np
import pytest
import torch

from convnext_viz.explain.inside.token_norms import logits_with_replaced, longest
from convnext_viz.explain.inside.token_trace import token_trace
from tests.explain.inside.test_attention_flow import X
from tests.explain.inside.test_token_trace import VITS
from tests.explain.small_nets import frozen


@pytest.mark.parametrize("name", VITS)
@pytest.mark.parametrize("behind", [0, 2, 3])
def test_who_replaces_nothing_changes_nothing(name: str, behind: int) -> None:
    net = frozen(VITS[name])
    trace = token_trace(net, X)
    found = logits_with_replaced(net, trace, behind=behind, patches=(), by="zero")
    np.testing.assert_allclose(found, trace.logits, rtol=1e-4, atol=1e-5)


def test_behind_the_last_block_only_what_the_head_reads_counts() -> None:
    patches = range(48)
    net = frozen(VITS["class token"])
    trace = token_trace(net, X)
    found = logits_with_replaced(net, trace, behind=3, patches=patches, by="zero")
    np.testing.assert_allclose(found, trace.logits, rtol=1e-4, atol=1e-5)
    net = frozen(VITS["mean"])
    trace = token_trace(net, X)
    found = logits_with_replaced(net, trace, behind=3, patches=patches, by="mean")
    np.testing.assert_allclose(found, trace.logits, rtol=1e-4, atol=1e-5)
    found = logits_with_replaced(net, trace, behind=3, patches=patches, by="zero")
    bias = net[-1].get_submodule("norm").bias
    with torch.no_grad():
        expected = net[-1].get_submodule("fc")(bias)  # the norm of zeros is its bias
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_the_longest_are_the_longest() -> None:
    trace = token_trace(frozen(VITS["class token"]), X)
    lengths = trace.norms[1, trace.prefix :]
    found = longest(trace, 1, 5)
    assert len(found) == 5 and found[0] == lengths.argmax()
    assert lengths[list(found)].min() >= np.delete(lengths, list(found)).max()
