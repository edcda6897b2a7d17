"""Sections "convolutions" and "bottlenecks": what the width and the kernels of a block cost."""

from dataclasses import replace
from typing import Any

import streamlit as st

from convnext_viz.numbers import compact
from convnext_viz.plans import plan
from convnext_viz.plots import convolutions, names
from convnext_viz.specs import CONVNEXT, VARIANTS, roadmap
from convnext_viz.specs.published_roadmap import published_step
from convnext_viz.text import t
from convnext_viz.ui import named_networks
from convnext_viz.ui.block import subjects
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice
from convnext_viz.ui.questions import questions

_STAGES = ("stage1", "stage2", "stage3", "stage4")


def show_convolutions() -> None:
    """Dense against depthwise at one width: parameters, multiply-adds, and real kernels."""
    base = CONVNEXT["convnext_tiny"]
    stage: Any = st.segmented_control(
        t("block.conv.width"),
        _STAGES,
        format_func=lambda stage: f"{base.dims[_STAGES.index(stage)]}",
        key=choice("block_width", _STAGES, "stage1", link="width"),
        required=True,
        help=t("block.conv.width_help"),
    )
    layers = {}
    for depthwise in (False, True):
        for size in (3, 7):
            shown = plan(replace(base, kernel_size=size, depthwise=depthwise))
            layer = shown.stage(stage).blocks[0].body[0]
            kind = "depthwise" if depthwise else "dense"
            layers[t(f"block.conv.{kind}", size=f"{size}×{size}")] = layer
    pair = [one for one in plan(base).stage(stage).blocks[0].body if one.kind == "pointwise"]
    layers[t("block.conv.pointwise", width=pair[0].in_shape[0])] = pair[0]
    picture, words = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with picture:
        chart(
            convolutions.costs(layers, stage=stage),
            alt=t(
                "block.conv.alt",
                rows="; ".join(
                    f"{k}: {compact(v.params)}, {compact(v.macs)}" for k, v in layers.items()
                ),
            ),
            key="block_costs",
        )
    rows = list(layers.values())
    with words:
        st.markdown(
            t(
                "block.conv.reading",
                width=rows[0].in_shape[0],
                dense=rows[1].params_arithmetic,
                depthwise=rows[3].params_arithmetic,
                times=f"{rows[0].params / rows[3].params:.1f}",
            )
        )
    st.markdown(f"**{t('block.conv.kernels')}**")
    subject = subjects.choose(("cifar10_ln_gelu", "convnext_tiny"), image=False)
    with st.spinner(t("block.trace.loading"), show_time=True):
        values = subjects.kernels(subject.network, subject.stage, subject.block)
    chart(
        convolutions.kernels(values),
        alt=t("block.conv.alt_kernels", size=f"{values.shape[1]}×{values.shape[2]}"),
        key="block_kernels",
    )
    if not named_networks.is_trained(subject.network):
        st.caption(t("block.conv.untrained", name=names.network(VARIANTS[subject.network])))
    questions("block", "depthwise", "seven", "kernels")


def show_bottlenecks() -> None:
    """Three blocks of the roadmap as hourglasses: classic, inverted, depthwise moved up."""
    keys = ("width", "inverted", "move_up", "kernel7")
    steps = {step.key: step for step in roadmap() if step.key in keys}
    stage: Any = st.segmented_control(
        t("block.choose.stage"),
        _STAGES,
        format_func=names.stage,
        key=choice("block_at", _STAGES, "stage1", link="at"),
        required=True,
    )
    plans = {key: plan(steps[key].spec) for key in keys}
    blocks = {key: plans[key].stage(stage).blocks[1] for key in keys}
    widest = max(layer.out_shape[0] for block in blocks.values() for layer in block.layers)
    for key, column in zip(keys, st.columns(len(keys)), strict=True):
        block = blocks[key]
        with column:
            st.markdown(f"**{t(f'block.bottleneck.name.{key}')}**")
            chart(
                convolutions.hourglass(block, widest=widest, stage=stage),
                alt=t(
                    "block.bottleneck.alt",
                    layers="; ".join(
                        f"{names.operation(one)} {one.in_shape[0]} → {one.out_shape[0]}"
                        for one in block.body
                        if one.macs
                    ),
                ),
                key=f"block_hourglass_{key}",
            )
            st.markdown(
                t(
                    "block.bottleneck.total",
                    params=compact(block.params),
                    macs=compact(block.macs),
                    network=compact(plans[key].macs),
                    accuracy=published_step(key).top1,
                )
            )
    st.caption(t("block.bottleneck.source"))
    questions("block", "inverted", "macs")
