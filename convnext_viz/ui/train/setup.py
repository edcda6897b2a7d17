"""The arms of an experiment: a base network, and a grid over whatever is asked."""

from dataclasses import replace
from typing import Any

import streamlit as st

from convnext_viz.plots import names
from convnext_viz.specs import ConvNeXtSpec
from convnext_viz.text import t
from convnext_viz.train import Arm, Experiment, grid
from convnext_viz.ui.factors import BASES, FACTORS, FIRST, MORE, OWN
from convnext_viz.ui.train import state

_SCALES = (0.5, 1.0, 2.0)  # of depths and dims


def base() -> ConvNeXtSpec:
    """The chosen base network."""
    return BASES[state.kept("base", "mini")]


def choose_arms() -> None:
    """Base, norm × activation in sight, every other factor behind one click."""
    name = st.selectbox(
        t("train_page.arms.base"),
        list(BASES),
        format_func=_base_name,
        key=state.seed("base", "mini", BASES),
        help=t("train_page.arms.base_help"),
    )
    state.keep("base", name)
    for column, factor in zip(st.columns(2), FIRST, strict=True):
        with column:
            _choose(factor)
    varied = [f for f in FACTORS if f not in FIRST and len(values(f)) > 1]
    title = t("train_page.arms.more")
    with st.expander(f"{title}: {', '.join(varied)}" if varied else title):
        st.caption(t("train_page.arms.more_says"))
        columns = st.columns(3)
        for number, factor in enumerate([*MORE, "depths", "dims"]):
            with columns[number % 3]:
                _choose(factor)


def arms() -> tuple[Arm, ...]:
    """Every arm; raises ValueError where a combination is no network."""
    chosen = {factor: values(factor) for factor in FACTORS}
    fixed = {factor: found for factor, found in chosen.items() if len(found) == 1}
    varied = {factor: found for factor, found in chosen.items() if len(found) > 1}
    start = grid(base(), fixed)[0].spec
    return grid(start, varied or {factor: fixed[factor] for factor in FIRST})


def values(factor: str) -> list[Any]:
    """What is chosen of a factor; nothing chosen is the base's own value."""
    usual = FIRST[factor][:2] if factor in FIRST else []
    chosen = state.kept(f"{base().name}_{factor}", usual) or []
    found = [value for value in _options(factor) if value in chosen]
    return found or [getattr(base(), factor)]


def take_over(experiment: Experiment) -> bool:
    """Set the builder to a run's arms; False where they are not of its grid, and stay as they
    were."""
    specs = [arm.spec for arm in experiment.arms]
    name = specs[0].name
    if name not in BASES:
        return False
    before = {factor: state.kept(f"{name}_{factor}", None) for factor in FACTORS}
    old = state.kept("base", "mini")
    state.put("base", name)
    for factor in FACTORS:
        found = list(dict.fromkeys(getattr(spec, factor) for spec in specs))
        state.put(f"{name}_{factor}", found)
    if {replace(arm.spec, num_classes=10) for arm in arms()} == {
        replace(s, num_classes=10) for s in specs
    }:
        return True
    state.put("base", old)
    for factor, value in before.items():
        if value is not None:
            state.put(f"{name}_{factor}", value)
    return False


def _choose(factor: str) -> None:
    name = f"{base().name}_{factor}"
    own = [getattr(base(), factor)]
    usual = FIRST[factor][:2] if factor in FIRST else own
    options = _options(factor)
    where = state.seed(name, usual)
    chosen = [value for value in st.session_state[where] if value in options]
    st.session_state[where] = chosen
    found = st.pills(
        t(f"train_page.factor.{factor}"),
        options,
        selection_mode="multi",
        format_func=lambda value: _shown(factor, value),
        key=where,
        help=t(f"train_page.factor_says.{factor}"),
        wrap=True,
    )
    state.keep(name, list(found))


def _options(factor: str) -> list[Any]:
    own = getattr(base(), factor)
    if factor in ("depths", "dims"):
        scaled = [tuple(max(1, round(s * value)) for value in own) for s in _SCALES]
        return list(dict.fromkeys(scaled))
    known = (FIRST | MORE)[factor]
    return known if own in known else [own, *known]


def _base_name(name: str) -> str:
    if name in OWN:
        return t(f"train_page.base.{name}")
    return names.network(BASES[name])


def _shown(factor: str, value: Any) -> str:
    if factor in FIRST:
        return {"batch": "BN", "layer": "LN", "rms": "RMS", "simple": "Simple"}.get(
            value,
            {"relu": "ReLU", "gelu": "GELU", "silu": "SiLU"}.get(value, "GELU tanh"),  # not shown
        )
    if factor == "stem":
        return t(f"architecture.option.stem.{value}")
    if value is None or value is False:
        return t("train_page.arms.off")
    if value is True:
        return t("train_page.arms.on")
    if isinstance(value, tuple):
        return "·".join(map(str, value))
    return f"{value:g}"
