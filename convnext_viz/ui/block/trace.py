"""Section "operation by operation": the row of operations on top, one of them in detail below."""

import streamlit as st

from convnext_viz.numbers import percent
from convnext_viz.plans import Layer
from convnext_viz.plots import block as drawn
from convnext_viz.plots import names, operation
from convnext_viz.results import BlockTrace
from convnext_viz.text import prose, t
from convnext_viz.ui.block import state, subjects
from convnext_viz.ui.block.subjects import Subject


def show(subject: Subject) -> None:
    """The overview of the subject's block, and the operation that is chosen."""
    described = subject.described
    layers = dict(drawn.steps(described))
    place = st.container(key="block_overview").empty()
    state.seed("op", list(layers), "dwconv" if "dwconv" in layers else "input")
    _click_to_choice(list(layers))
    chosen = st.session_state[state.key("op")]
    look = {"stage": subject.stage, "selected": chosen}
    alt = t(
        "block.trace.alt",
        steps=" → ".join(
            " ".join((drawn.step_name(*step), names.shape(drawn.step_shape(described, *step))))
            for step in layers.items()
        ),
    )
    if not subjects.is_ready(subject.network):
        place.plotly_chart(drawn.overview(described, **look), alt=alt, config=_STILL)
    with st.spinner(t("block.trace.loading"), show_time=True):
        traced = subjects.traced(subject.network, subject.stage, subject.block, subject.picture)
    channels = described.in_shape[0]
    channel = st.session_state.get(state.key("channel"), 0)
    figure = drawn.overview(
        described,
        traced=traced,
        channel=min(channel, channels - 1),
        **look,
    )
    place.plotly_chart(
        figure,
        alt=alt,
        key="block_clicked",
        on_select="rerun",
        selection_mode="points",
        config=_STILL,
    )
    chosen = state.segments(
        "op",
        t("block.trace.operation"),
        list(layers),
        usual="dwconv" if "dwconv" in layers else "input",
        says=_labels(layers).__getitem__,
        label_visibility="collapsed",
        width="stretch",
    )
    _detail(subject, layers, chosen, traced)


_STILL = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}


def _labels(layers: dict[str, Layer | None]) -> dict[str, str]:
    """A name for each operation; those of one name are numbered, as a label stands for a value."""
    plain = {name: drawn.step_name(name, layer) for name, layer in layers.items()}
    kinds = list(plain.values())
    return {
        name: f"{label} ({kinds[: i + 1].count(label)})" if kinds.count(label) > 1 else label
        for i, (name, label) in enumerate(plain.items())
    }


def _click_to_choice(known: list[str]) -> None:
    """A new click on the overview becomes the choice, once."""
    points = st.session_state.get("block_clicked", {}).get("selection", {}).get("points", [])
    clicked = points[0].get("customdata") if points else None
    if clicked in known and clicked != st.session_state.get("block_click_seen"):
        st.session_state[state.key("op")] = clicked
    st.session_state["block_click_seen"] = clicked


def _detail(
    subject: Subject, layers: dict[str, Layer | None], name: str, traced: BlockTrace
) -> None:
    layer, result = layers[name], traced.operation(name)
    words, numbers, picture = st.columns([10, 9, 12], gap="medium")
    with words:
        st.markdown(prose("block", f"op_{_kind(name, layer)}"))
        if layer and name != "shortcut":
            rows = (("params", layer.params_arithmetic), ("macs", layer.macs_arithmetic))
            st.markdown("\n".join(f"- {t(f'block.trace.{key}')}: `{text}`" for key, text in rows))
    given = traced.before(name)
    with numbers:
        st.plotly_chart(
            operation.histograms(given, result, stage=subject.stage),
            alt=t("block.histogram.alt", mean=f"{result.mean:.3g}", std=f"{result.std:.3g}"),
            key="block_histograms",
            config=_STILL,
        )
        old = given[-1]
        cells = (
            ("mean", _brief(old.mean, old.std), _brief(result.mean, result.std)),
            ("std", _brief(old.std, old.std), _brief(result.std, result.std)),
            ("negative", percent(old.negative), percent(result.negative)),
            ("zero", percent(old.zero), percent(result.zero)),
        )
        facts = [
            f"{t(f'block.trace.{key}')}: **{now}**"
            if name == "input"
            else f"{t(f'block.trace.{key}')}: {before} → **{now}**"
            for key, before, now in cells
        ]
        lines = (" · ".join(facts[:2]), " · ".join(facts[2:]))
        st.markdown("  \n".join(f":small[{line}]" for line in lines))
    with picture:
        channel = _choose_channel(len(result.values))
        kernel = None
        if layer and layer.kind == "depthwise":
            kernel = subjects.kernels(subject.network, subject.stage, subject.block)[channel]
        st.plotly_chart(
            operation.maps(given, result, channel, called=_labels(layers), kernel=kernel),
            alt=t("block.maps.alt", name=drawn.step_name(name, layer), channel=channel),
            key="block_maps",
            config=_STILL,
        )


def _brief(value: float, scale: float) -> str:
    """Two digits with a true minus; what rounding left of a zero is zero."""
    return "0" if abs(value) < 1e-6 * scale else f"{value:.2g}".replace("-", "−")


def _choose_channel(channels: int) -> int:
    state.seed("channel", range(channels), 0)
    value = st.slider(t("block.trace.channel"), 0, channels - 1, key=state.key("channel"))
    return state.remember("channel", value, 0)


def _kind(name: str, layer: Layer | None) -> str:
    if layer is None or name == "shortcut":
        return name
    if layer.kind == "pointwise":
        return "expand" if layer.out_shape[0] > layer.in_shape[0] else "project"
    return layer.kind
