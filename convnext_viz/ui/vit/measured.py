"""What is measured of the ViT page's subject: computed once for all visitors."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from convnext_viz.results.tokens import LogitLens, TokenGradient, TokenMapTest
from convnext_viz.ui.vit.subject import Subject

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BY_KEYS: dict[str | type[Any], Callable[[Any], Any]] = {
    Subject: lambda subject: (subject.network, subject.shown.key)
}
_DRAWS = 5


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=_BY_KEYS)
def lens(subject: Subject) -> LogitLens:
    """The classifier applied behind every block."""
    from convnext_viz.explain.inside.logit_lens import logit_lens

    return logit_lens(subject.loaded.net, subject.trace)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=_BY_KEYS)
def maps(subject: Subject, target: int) -> "dict[str, NDArray[np.float32]]":
    """Maps of a class from attention, (h, w) each, by name."""
    from convnext_viz.explain.inside.token_maps import token_maps

    return token_maps(subject.loaded.net, subject.x, target, subject.trace)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=_BY_KEYS)
def map_tests(subject: Subject, target: int) -> tuple[TokenMapTest, ...]:
    """Whether these maps hold."""
    from convnext_viz.explain.inside.token_maps import token_map_tests

    found = token_map_tests(subject.loaded.net, subject.x, target)
    return tuple(one for one in found if isinstance(one, TokenMapTest))


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=_BY_KEYS)
def gradients(subject: Subject, target: int) -> tuple[TokenGradient, ...]:
    """Gradients of a class with respect to all tokens, place by place."""
    from convnext_viz.explain.inside.attention_flow import token_gradients

    return token_gradients(subject.loaded.net, subject.x, subject.trace.grid, target)


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=_BY_KEYS)
def replaced(
    subject: Subject, behind: int, count: int, target: int
) -> dict[tuple[str, str], float]:
    """The class's probability where tokens are replaced: the longest, or as many random ones; by
    their mean, or by zeros."""
    from convnext_viz.explain.inside.token_norms import logits_with_replaced, longest

    net, trace = subject.loaded.net, subject.trace
    generator = np.random.default_rng(0)
    there = int(np.prod(trace.grid))
    draws = [generator.permutation(there)[:count].tolist() for _ in range(_DRAWS)]
    chosen = {"longest": [longest(trace, behind, count)], "random": draws}
    shares: dict[tuple[str, str], float] = {}
    for which, groups in chosen.items():
        for by in ("mean", "zero"):
            found = [
                _share(
                    logits_with_replaced(net, trace, behind=behind, patches=patches, by=by),
                    target,
                )
                for patches in groups
            ]
            shares[which, by] = sum(found) / len(found)
    return shares


def _share(logits: "NDArray[np.float32]", target: int) -> float:
    powers = np.exp(logits - logits.max())
    return float(powers[target] / powers.sum())
