"""The arms of an experiment: a base network, and a grid over whatever is asked."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from convnext_viz.plots import names
from convnext_viz.specs import (
    CIFAR,
    CONVNEXT,
    CONVNEXT_V2,
    FAMILIES,
    RESNET,
    ConvNeXtSpec,
    Spec,
    family_of,
)
from convnext_viz.specs.fields import described
from convnext_viz.text import t
from convnext_viz.train import Experiment, grid
from convnext_viz.ui.train import state

# Small enough for a lesson on a laptop; the first one for two minutes.
_MINI = ConvNeXtSpec(
    name="mini",
    depths=(1, 1, 2),
    dims=(24, 48, 96),
    num_classes=10,
    patch_size=4,
    kernel_size=5,
    layer_scale=0.1,
)
_SMALL = replace(_MINI, name="small", depths=(1, 1, 3), dims=(32, 64, 128), patch_size=2)
BASES: dict[str, Spec] = {
    spec.name: spec
    for spec in (
        _MINI,
        _SMALL,
        CIFAR["cifar_ln_gelu"],
        CONVNEXT["convnext_atto"],
        CONVNEXT_V2["convnextv2_atto"],
        CONVNEXT["convnext_tiny"],
        RESNET["resnet50"],
    )
}
OWN = (_MINI.name, _SMALL.name)  # that no paper has a name for
FACTORS = tuple(dict.fromkeys(name for family in FAMILIES.values() for name in family.factors))


def base() -> Spec:
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
    first = _first()
    for column, factor in zip(st.columns(max(len(first), 1)), first, strict=False):
        with column:
            _choose(factor)
    more = [factor for factor in _factors() if factor not in first]
    varied = [factor for factor in more if len(values(factor)) > 1]
    title = t("train_page.arms.more")
    if varied:
        factors = " × ".join(t(f"train_page.factor.{factor}") for factor in varied)
        title = t("train_page.title.run", network=title, factors=factors)
    with st.expander(title):
        st.caption(t("train_page.arms.more_says"))
        columns = st.columns(3)
        for number, factor in enumerate(more):
            with columns[number % 3]:
                _choose(factor)


def arms() -> tuple[tuple[str, Spec], ...]:
    """Label and spec of every arm; raises ValueError where a combination is no network."""
    chosen = {factor: values(factor) for factor in _factors()}
    fixed = {factor: found for factor, found in chosen.items() if len(found) == 1}
    varied = {factor: found for factor, found in chosen.items() if len(found) > 1}
    start = grid(base(), fixed)[0][1]
    return grid(start, varied or {factor: fixed[factor] for factor in _first()})


def values(factor: str) -> list[Any]:
    """What is chosen of a factor; nothing chosen is the base's own value. Empty where the base has
    no such field."""
    if factor not in _factors():
        return []
    chosen = state.kept(f"{base().name}_{factor}", _default(factor)) or []
    found = [value for value in _options(factor) if value in chosen]
    return found or [getattr(base(), factor)]


def take_over(experiment: Experiment) -> bool:
    """Set the builder to a run's arms; False where they are not of its grid, and stay as they
    were."""
    specs = [spec for _, spec in experiment.arms]
    name = specs[0].name
    if name not in BASES:
        return False
    factors = family_of(BASES[name]).factors
    if not all(isinstance(spec, type(BASES[name])) for spec in specs):
        return False
    before = {factor: state.kept(f"{name}_{factor}", None) for factor in factors}
    old = state.kept("base", "mini")
    state.put("base", name)
    for factor in factors:
        found = list(dict.fromkeys(getattr(spec, factor) for spec in specs))
        state.put(f"{name}_{factor}", found)
    if {replace(s, num_classes=10) for _, s in arms()} == {
        replace(s, num_classes=10) for s in specs
    }:
        return True
    state.put("base", old)
    for factor, value in before.items():
        if value is not None:
            state.put(f"{name}_{factor}", value)
    return False


def _factors() -> Mapping[str, tuple[Any, ...]]:
    """What arms of the base's family are compared in, with the values worth comparing."""
    return family_of(base()).factors


def _first() -> list[str]:
    """The factors that always stand in sight: those whose choices the field abbreviates."""
    return [factor for factor in _factors() if described(base())[factor].short]


def _default(factor: str) -> list[Any]:
    own = [getattr(base(), factor)]
    return list(_factors()[factor][:2]) if factor in _first() else own


def _choose(factor: str) -> None:
    name = f"{base().name}_{factor}"
    options = _options(factor)
    where = state.seed(name, _default(factor))
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
    own, known = getattr(base(), factor), list(_factors()[factor])
    what = described(base())[factor]
    if what.kind == "numbers" and not what.one_for_all:
        scaled = [tuple(max(1, round(scale * value)) for value in own) for scale in known]
        return list(dict.fromkeys(scaled))
    return known if own in known else [own, *known]


def _base_name(name: str) -> str:
    if name in OWN:
        return t(f"train_page.base.{name}")
    return names.network(BASES[name])


def _shown(factor: str, value: Any) -> str:
    what = described(base())[factor]
    if what.kind == "choice":
        return what.short.get(value) or t(f"architecture.option.{factor}.{value}")
    if value is None or value is False:
        return t("train_page.arms.off")
    if value is True:
        return t("train_page.arms.on")
    if isinstance(value, tuple):
        return "·".join(map(str, value))
    return f"{value:g}"
