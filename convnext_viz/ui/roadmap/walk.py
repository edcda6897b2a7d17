"""The walk along the roadmap: which step is open, and how one gets to the next."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import streamlit as st

from convnext_viz.numbers import compact, digits
from convnext_viz.plans import Plan, plan
from convnext_viz.plots.staircase import describe, staircase
from convnext_viz.specs import REGIMES, Spec, Step
from convnext_viz.specs.published_roadmap import published_step
from convnext_viz.specs.roadmap import before
from convnext_viz.text import prose, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice, put
from convnext_viz.ui.roadmap import sources

_TRAINING = "recipe"  # the step that changes how a network is trained, not the network
_PAUSE = 6  # seconds at each step while it plays
_PLAYS = "roadmap_plays"  # no widget's: whether it walks on by itself


@cache
def planned(spec: Spec) -> Plan:
    """The plan of a step's network at 224 pixels; thirty who walk look at the same ones."""
    return plan(spec)


def choose_regime() -> str:
    """Towards which network the walk leads."""
    regime: Any = st.segmented_control(
        t("roadmap.choose.regime"),
        list(REGIMES),
        format_func=lambda name: t(f"roadmap.regime.{name}"),
        key=choice("roadmap_regime", REGIMES, "resnet50", link="regime"),
        required=True,
        label_visibility="collapsed",
    )
    return str(regime)


def current(steps: Sequence[Step]) -> int:
    """The number of the open step."""
    keys = [step.key for step in steps]
    # No widget's: the link and the session settle it here.
    return keys.index(st.session_state[choice("roadmap_step", keys, "depthwise", link="step")])


def headline(steps: Sequence[Step], regime: str) -> None:
    """Which step brought most accuracy: of all, and of those that change the network itself."""
    gains: dict[int, float] = {}
    networks: list[int] = []
    for number, step in enumerate(steps):
        earlier = before(steps, number)
        if earlier is None or not step.adopted:
            continue
        gains[number] = _gain(step, earlier, regime)
        if step.key != _TRAINING:
            networks.append(number)
    first, second = max(gains, key=gains.__getitem__), max(networks, key=gains.__getitem__)
    said = t(
        "roadmap.headline.most",
        step=t(f"roadmap.step.{steps[first].key}"),
        gain=_signed(gains[first]),
    )
    if second != first:
        said += t(
            "roadmap.headline.network",
            step=t(f"roadmap.step.{steps[second].key}"),
            gain=_signed(gains[second]),
        )
    st.markdown(said)


def stairs(steps: Sequence[Step], regime: str, number: int) -> None:
    """The staircase; a click on a row opens the step."""
    macs = {step.key: planned(step.spec).macs for step in steps}
    with st.container(key="roadmap_staircase"):
        chart(
            staircase(steps, macs, regime=regime, selected=steps[number].key),
            key="roadmap_stairs",
            alt=describe(steps, macs, regime=regime),
            on_click=_open,
        )


def buttons(steps: Sequence[Step], number: int) -> None:
    """One step back, play, one step on: also with the arrow keys."""
    with st.container(horizontal=True, gap="small", key="roadmap_buttons"):
        st.button(
            t("roadmap.choose.back"),
            icon=":material/arrow_back:",
            shortcut="Left",
            disabled=number == 0,
            key="roadmap_back",
            on_click=_open,
            args=(steps[max(number - 1, 0)].key,),
        )
        plays = st.session_state.get(_PLAYS, False)
        st.button(
            t(f"roadmap.choose.{'stop' if plays else 'play'}"),
            icon=f":material/{'pause' if plays else 'play_arrow'}:",
            key="roadmap_play",
            on_click=_toggle,
            args=(steps[0].key if number == len(steps) - 1 else None,),
        )
        st.button(
            t("roadmap.choose.next"),
            icon=":material/arrow_forward:",
            icon_position="right",
            shortcut="Right",
            type="primary",
            disabled=number == len(steps) - 1,
            key="roadmap_next",
            on_click=_open,
            args=(steps[min(number + 1, len(steps) - 1)].key,),
        )
    if plays:
        st.fragment(run_every=_PAUSE)(_walk_on)([step.key for step in steps], number)


def _open(key: str) -> None:
    put("roadmap_step", key)


def _toggle(start: str | None) -> None:
    st.session_state[_PLAYS] = plays = not st.session_state.get(_PLAYS, False)
    if plays and start:
        _open(start)


def _walk_on(keys: list[str], number: int) -> None:
    """After a pause the next step; the page's own run draws this first, and does not count."""
    shown = st.session_state.setdefault("roadmap_shown", None)
    if shown != number:
        st.session_state["roadmap_shown"] = number
        return
    if number + 1 < len(keys):
        _open(keys[number + 1])
    else:
        st.session_state[_PLAYS] = False
    st.rerun()


def answer(steps: Sequence[Step], regime: str, number: int) -> None:
    """What the step is, what it did to accuracy and cost, and why it was tried."""
    step, earlier = steps[number], before(steps, number)
    st.subheader(t(f"roadmap.step.{step.key}"), anchor=False)
    st.markdown(_effect(step, earlier, regime))
    st.markdown(prose("roadmap", step.key))
    sources.show(step.key)


def _effect(step: Step, earlier: Step | None, regime: str) -> str:
    """Accuracy and multiply-adds before and after, in one line each."""
    printed = published_step(step.key, regime)
    now = planned(step.spec)
    said = t("roadmap.effect.spread", value=printed.top1, std=printed.std)
    accuracy = said if printed.std else f"{printed.top1}%"
    if earlier is None:
        return t(
            "roadmap.effect.start",
            accuracy=accuracy,
            macs=digits(now.macs / 1e9),
            params=compact(now.params),
            source=printed.source,
        )
    was, past = published_step(earlier.key, regime), planned(earlier.spec)
    lines = t(
        "roadmap.effect.lines",
        was=was.top1,
        accuracy=accuracy,
        gain=_signed(_gain(step, earlier, regime)),
        macs_was=digits(past.macs / 1e9),
        macs=digits(now.macs / 1e9),
        macs_change=_change(now.macs, past.macs),
        params_was=compact(past.params),
        params=compact(now.params),
        params_change=_change(now.params, past.params),
        source=printed.source,
    )
    if printed.doubtful:
        lines += "\n\n" + t("roadmap.effect.doubtful", printed=printed.macs.removesuffix("G"))
    if not step.adopted:
        lines += "\n\n" + t("roadmap.effect.tried")
    return lines


def _gain(step: Step, earlier: Step, regime: str) -> float:
    """Percentage points of published accuracy."""
    now, was = published_step(step.key, regime), published_step(earlier.key, regime)
    return float(now.top1) - float(was.top1)


def _signed(gain: float) -> str:
    return f"{gain:+.2f}".replace("-", "−")


def _change(now: int, was: int) -> str:
    return f"{now / was - 1:+.0%}".replace("-", "−") if now != was else "±0%"
