"""The set-up of an experiment's arms: a base network, and a grid over the chosen factors."""

from dataclasses import replace
from typing import Any

import streamlit as st

from convnext_viz.plots import names
from convnext_viz.specs import Spec, family_of
from convnext_viz.specs.fields import described
from convnext_viz.text import t
from convnext_viz.train import Arm, Experiment, grid
from convnext_viz.ui.choices import choice, put, several, value
from convnext_viz.ui.factors import BASES, OWN


def base() -> Spec:
    """The chosen base network."""
    return BASES[value("train_base", "mini")]


def choose_arms() -> None:
    """Base, norm × activation in sight, every other factor behind one click."""
    st.selectbox(
        t("train_page.arms.base"),
        list(BASES),
        format_func=_base_name,
        key=choice("train_base", BASES, "mini", link="net"),
        help=t("train_page.arms.base_help"),
    )
    spec = base()
    first = _first(spec)
    for column, factor in zip(st.columns(max(len(first), 1)), first, strict=False):
        with column:
            _choose(spec, factor)
    more = [factor for factor in family_of(spec).factors if factor not in first]
    varied = [factor for factor in more if len(_values(spec, factor)) > 1]
    title = t("train_page.arms.more")
    if varied:
        factors = " × ".join(t(f"train_page.factor.{factor}") for factor in varied)
        title = t("train_page.title.run", network=title, factors=factors)
    with st.expander(title, key="train_more"):
        st.caption(t("train_page.arms.more_says"))
        columns = st.columns(3)
        for number, factor in enumerate(more):
            with columns[number % 3]:
                _choose(spec, factor)


def arms() -> tuple[Arm, ...]:
    """Every arm; raises ValueError where a combination is no network."""
    spec = base()
    chosen = {factor: _values(spec, factor) for factor in family_of(spec).factors}
    fixed = {factor: found for factor, found in chosen.items() if len(found) == 1}
    varied = {factor: found for factor, found in chosen.items() if len(found) > 1}
    start = grid(spec, fixed)[0].spec
    return grid(start, varied or {factor: fixed[factor] for factor in _first(spec)})


def values(factor: str) -> list[Any]:
    """What is chosen of a factor; nothing chosen is the base's own value. Empty where the base has
    no such field."""
    spec = base()
    return _values(spec, factor) if factor in family_of(spec).factors else []


def _values(spec: Spec, factor: str) -> list[Any]:
    chosen = value(f"train_{spec.name}_{factor}", _default(spec, factor)) or []
    found = [value for value in _options(spec, factor) if value in chosen]
    return found or [getattr(spec, factor)]


def take_over(experiment: Experiment) -> bool:
    """Set the builder to a run's arms; False where they are not of its grid, and stay as they
    were."""
    specs = [arm.spec for arm in experiment.arms]
    name = specs[0].name
    if name not in BASES:
        return False
    factors = family_of(BASES[name]).factors
    if not all(isinstance(spec, type(BASES[name])) for spec in specs):
        return False
    before = {factor: value(f"train_{name}_{factor}", None) for factor in factors}
    old = value("train_base", "mini")
    put("train_base", name)
    for factor in factors:
        found = list(dict.fromkeys(getattr(spec, factor) for spec in specs))
        put(f"train_{name}_{factor}", found)
    if {replace(arm.spec, num_classes=10) for arm in arms()} == {
        replace(s, num_classes=10) for s in specs
    }:
        return True
    put("train_base", old)
    for factor, chosen in before.items():
        if chosen is not None:
            put(f"train_{name}_{factor}", chosen)
    return False


def _first(spec: Spec) -> list[str]:
    """The factors that always stand in sight: those whose choices the field abbreviates."""
    fields = described(spec)
    return [factor for factor in family_of(spec).factors if fields[factor].short]


def _default(spec: Spec, factor: str) -> list[Any]:
    own = [getattr(spec, factor)]
    return list(family_of(spec).factors[factor][:2]) if factor in _first(spec) else own


def _choose(spec: Spec, factor: str) -> None:
    options, key, family = _options(spec, factor), f"train_{spec.name}_{factor}", family_of(spec)
    shown = {str(option): _shown(spec, factor, option) for option in options}
    st.pills(
        t(f"train_page.factor.{factor}"),
        options,
        selection_mode="multi",
        format_func=lambda option: shown[str(option)],
        key=several(key, options, _default(spec, factor), link=factor, word=_in_link),
        on_change=_never_none,
        args=(key, getattr(spec, factor)),
        help=t(f"train_page.factor_says.{family.key}.{factor}"),
        wrap=True,
    )


def _never_none(key: str, own: Any) -> None:
    """Where nothing is chosen any more, the base's own value is."""
    if not st.session_state[key]:
        put(key, [own])


def _in_link(value: Any) -> str:
    """A factor's value as the link says it."""
    if isinstance(value, tuple):
        return "-".join(map(str, value))
    if value is None or isinstance(value, bool):
        return "on" if value else "off"
    return value if isinstance(value, str) else f"{value:g}"


def _options(spec: Spec, factor: str) -> list[Any]:
    own, known = getattr(spec, factor), list(family_of(spec).factors[factor])
    what = described(spec)[factor]
    if what.kind == "numbers" and not what.one_for_all:
        scaled = [tuple(max(1, round(scale * value)) for value in own) for scale in known]
        return list(dict.fromkeys(scaled))
    return known if own in known else [own, *known]


def _base_name(name: str) -> str:
    if name in OWN:
        return t(f"train_page.base.{name}")
    return names.network(BASES[name])


def _shown(spec: Spec, factor: str, value: Any) -> str:
    what = described(spec)[factor]
    if what.kind == "choice":
        return what.short.get(value) or t(f"architecture.option.{factor}.{value}")
    if value is None or value is False:
        return t("train_page.arms.off")
    if value is True:
        return t("train_page.arms.on")
    if isinstance(value, tuple):
        return "·".join(map(str, value))
    return f"{value:g}"
