"""Section "operation by operation": the row of operations on top, one of them in detail below."""

import streamlit as st

from convnext_viz.numbers import percent
from convnext_viz.plans import Layer, channels
from convnext_viz.plots import block as drawn
from convnext_viz.plots import names, operation
from convnext_viz.results import BlockTrace
from convnext_viz.text import prose, t
from convnext_viz.ui.block import subjects
from convnext_viz.ui.block.subjects import Subject
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice, put
from convnext_viz.ui.questions import questions


def show() -> None:
    """The overview of a block, and the operation that is chosen."""
    _show(subjects.choose(subjects.WITH_NEIGHBOURS))
    questions("block", "macs", "fewer_norms", "cifar")


def _show(subject: Subject) -> None:
    described = subject.described
    layers = dict(drawn.steps(described))
    place = st.container(key="block_overview").empty()
    default = "dwconv" if "dwconv" in layers else "input"
    chosen = st.session_state[choice("block_op", layers, default, link="op")]
    look = {"stage": subject.stage, "selected": chosen}
    alt = t(
        "block.trace.alt",
        steps=" → ".join(
            " ".join((drawn.step_name(*step), names.shape(drawn.step_shape(described, *step))))
            for step in layers.items()
        ),
    )
    if not subjects.is_ready(subject.network):
        with place:
            chart(drawn.overview(described, **look), key="block_described", alt=alt)
    with st.spinner(t("block.trace.loading"), show_time=True):
        traced = subjects.traced(subject.network, subject.stage, subject.block, subject.image)
    channels = range(len(traced.operation(chosen).values))
    channel = st.session_state[choice("block_channel", channels, 0, link="channel")]
    figure = drawn.overview(
        described, traced=traced, channel=min(channel, described.in_shape[0] - 1), **look
    )
    with place:
        chart(figure, key="block_clicked", alt=alt, on_click=lambda name: put("block_op", name))
    st.segmented_control(
        t("block.trace.operation"),
        list(layers),
        format_func=_labels(layers).__getitem__,
        key="block_op",
        required=True,
        label_visibility="collapsed",
        width="stretch",
    )
    _detail(subject, layers, chosen, traced)


def _labels(layers: dict[str, Layer | None]) -> dict[str, str]:
    """A name for each operation; those of one name are numbered, as a label stands for a value."""
    plain = {name: drawn.step_name(name, layer) for name, layer in layers.items()}
    kinds = list(plain.values())
    return {
        name: f"{label} ({kinds[: i + 1].count(label)})" if kinds.count(label) > 1 else label
        for i, (name, label) in enumerate(plain.items())
    }


def _detail(
    subject: Subject, layers: dict[str, Layer | None], name: str, traced: BlockTrace
) -> None:
    layer, result = layers[name], traced.operation(name)
    words, numbers, images = st.columns([10, 9, 12], gap="medium")
    with words:
        st.markdown(_words(name, layer))
        if layer and not drawn.is_branch(name, layer):
            rows = (("params", layer.params_arithmetic), ("macs", layer.macs_arithmetic))
            st.markdown("\n".join(f"- {_fact(key, f'`{text}`')}" for key, text in rows))
    given = traced.before(name)
    with numbers:
        chart(
            operation.histograms(given, result, stage=subject.stage),
            alt=t("block.histogram.alt", mean=f"{result.mean:.3g}", std=f"{result.std:.3g}"),
            key="block_histograms",
        )
        old = given[-1]
        cells = (
            ("mean", _brief(old.mean, old.std), _brief(result.mean, result.std)),
            ("std", _brief(old.std, old.std), _brief(result.std, result.std)),
            ("negative", percent(old.negative), percent(result.negative)),
            ("zero", percent(old.zero), percent(result.zero)),
        )
        facts = [
            _fact(key, f"**{now}**" if name == "input" else f"{before} → **{now}**")
            for key, before, now in cells
        ]
        lines = (" · ".join(facts[:2]), " · ".join(facts[2:]))
        st.markdown("  \n".join(f":small[{line}]" for line in lines))
    with images:
        channel = _choose_channel(len(result.values))
        kernel = None
        if layer and layer.kind == "depthwise":
            kernel = subjects.kernels(subject.network, subject.stage, subject.block)[channel]
        chart(
            operation.maps(given, result, channel, called=_labels(layers), kernel=kernel),
            alt=t("block.maps.alt", name=drawn.step_name(name, layer), channel=channel),
            key="block_maps",
        )


def _fact(key: str, value: str) -> str:
    return t("block.trace.fact", name=t(f"block.trace.{key}"), value=value)


def _brief(value: float, scale: float) -> str:
    """Two digits with a true minus; what rounding left of a zero is zero."""
    return "0" if abs(value) < 1e-6 * scale else f"{value:.2g}".replace("-", "−")


def _choose_channel(channels: int) -> int:
    return st.slider(t("block.trace.channel"), 0, channels - 1, key="block_channel")


def _words(name: str, layer: Layer | None) -> str:
    """What an operation computes, and why."""
    own = name.rpartition(".")[2]
    if layer is None:
        return prose("block", f"op_{own}")
    if drawn.is_branch(name, layer):
        return prose("block", "op_shortcut" if own == "shortcut" else "op_branch")
    if layer.heads or layer.kind.startswith("window"):
        return t(f"architecture.does.{layer.kind}")
    if layer.kind in ("pointwise", "linear"):
        return prose("block", f"op_{_mixing(own, layer)}")
    return prose("block", f"op_{layer.kind}")


def _mixing(own: str, layer: Layer) -> str:
    """What a matrix at every position does: queries, keys and values; more, fewer, or as many."""
    before, after = channels(layer.in_shape), channels(layer.out_shape)
    if own == "qkv":
        return own
    return "mix" if before == after else "expand" if after > before else "project"
