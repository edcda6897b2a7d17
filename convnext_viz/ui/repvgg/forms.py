"""Section "both forms": what a network costs with branches and without, and how fast it is."""

from typing import Any

import streamlit as st

from convnext_viz.numbers import compact, exact
from convnext_viz.plans import Plan
from convnext_viz.plans.peak import peak
from convnext_viz.plans.winograd import winograd
from convnext_viz.plots import names, reparam
from convnext_viz.results import ForwardTimes
from convnext_viz.specs import REPVGG, VARIANTS
from convnext_viz.text import prose, sentences, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice
from convnext_viz.ui.jobs import awaited
from convnext_viz.ui.repvgg import measured, subjects

_NETWORKS = ("cifar_repvgg", *REPVGG)
_IMAGES = (1, 4, 16)
_QUICK = 5e9  # multiply-adds of a pass that is timed without being asked for
_MOST = 2e11  # and of one that is timed at all
_AGAIN = "repvgg_measured"  # no widget's: how often it was measured again
_CONVOLUTIONS = ("conv", "grouped", "depthwise")


def show() -> None:
    """Counts of both forms of a network, and their times."""
    columns = st.columns([3, 2])
    with columns[0]:
        name = st.selectbox(
            t("common.network.label"),
            _NETWORKS,
            format_func=lambda one: names.network(VARIANTS[one]),
            key=choice("repvgg_form_net", _NETWORKS, "repvgg_a0", link="of"),
        )
    with columns[1]:
        images: Any = st.segmented_control(
            t("repvgg.forms.images"),
            _IMAGES,
            key=choice("repvgg_images", _IMAGES, 1, link="n"),
            required=True,
        )
    training, deployed = subjects.planned(name), subjects.planned(name, "deployed")
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown("\n".join(_table(training, deployed)))
        height, width = training.image_size
        st.caption(t("repvgg.forms.counted", height=height, width=width))
    with right:
        _timed(name, int(images), training.macs * int(images))
    st.markdown(prose("repvgg", "forms"))


def _table(training: Plan, deployed: Plan) -> list[str]:
    heads = (
        t("repvgg.forms.what"),
        t("repvgg.plot.training"),
        t("repvgg.plot.deployed"),
        t("repvgg.forms.change"),
    )
    lines = [
        f"|{'|'.join(heads)}|",
        "|---|--:|--:|--:|",
    ]
    for key, before, after in (
        ("params", training.params, deployed.params),
        ("macs", training.macs, deployed.macs),
        ("winograd", winograd(training.layers), winograd(deployed.layers)),
        ("convs", _convolutions(training), _convolutions(deployed)),
        ("layers", len(list(training.layers)), len(list(deployed.layers))),
        ("peak", peak(training), peak(deployed)),
    ):
        show = compact if key in ("macs", "winograd", "peak") else exact
        change = f"{after / before - 1:+.1%}".replace("-", "−")
        lines.append(f"|{t(f'repvgg.forms.{key}')}|{show(before)}|{show(after)}|{change}|")
    return lines


def _convolutions(plan: Plan) -> int:
    return sum(layer.kind in _CONVOLUTIONS for layer in plan.layers)


def _timed(name: str, images: int, macs: int) -> None:
    if macs > _MOST:
        st.caption(t("repvgg.forms.too_much", macs=compact(macs), most=compact(_MOST)))
        return
    again = st.session_state.get(_AGAIN, 0)
    found = awaited(
        "repvgg_times",
        f"repvgg_times|{name}|{images}|{again}",
        measured.form_times(name, images),
        title=t("repvgg.forms.job"),
        at_once=macs <= _QUICK or again > 0,
    )
    if isinstance(found, ForwardTimes):
        _times(found)
        st.button(
            t("repvgg.forms.again"),
            icon=":material/restart_alt:",
            key="repvgg_again",
            on_click=_measure_again,
        )


def _measure_again() -> None:
    st.session_state[_AGAIN] = st.session_state.get(_AGAIN, 0) + 1


def _times(found: ForwardTimes) -> None:
    training, deployed = found.timings
    chart(
        reparam.times(found),
        key="repvgg_times",
        alt=t(
            "repvgg.forms.alt",
            training=f"{training.seconds * 1e3:.3g}",
            deployed=f"{deployed.seconds * 1e3:.3g}",
        ),
    )
    ratio = training.seconds / deployed.seconds
    (low, high), (lowest, highest) = training.quartiles, deployed.quartiles
    overlap = low <= highest and lowest <= high
    st.markdown(
        sentences(
            t("repvgg.forms.faster", times=f"{ratio:.2f}"),
            t("repvgg.forms.overlap") if overlap else "",
        )
    )
    st.caption(
        t(
            "repvgg.forms.measured",
            rounds=training.rounds,
            shape="×".join(map(str, found.inputs[0])),
            threads=found.threads,
        )
    )
