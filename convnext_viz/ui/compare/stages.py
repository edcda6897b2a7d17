"""Stage tables of the chosen networks, side by side."""

from collections.abc import Sequence

import streamlit as st

from convnext_viz.numbers import compact, percent
from convnext_viz.plans import Plan
from convnext_viz.plots import names
from convnext_viz.text import t


def show(plans: Sequence[Plan]) -> None:
    """A column a network: its stages with blocks, output, parameters and multiply-adds."""
    st.subheader(t("compare.stages.title"), anchor=False)
    for column, plan in zip(st.columns(len(plans), gap="small"), plans, strict=True):
        with column, st.container(key=f"compare_stages_{plan.spec.name}"):
            largest = max(plan.stages, key=lambda stage: stage.macs)
            st.markdown(f"**{names.short(plan.spec)}**")
            st.caption(
                t(
                    "compare.stages.most",
                    stage=names.stage(largest.name),
                    share=percent(largest.macs / plan.macs),
                )
            )
            st.markdown("\n".join(_table(plan)))


def _table(plan: Plan) -> list[str]:
    heads = ("stage", "blocks", "output", "params", "macs")
    lines = ["|" + "|".join(t(f"compare.stages.{head}") for head in heads) + "|"]
    lines.append("|---|--:|--:|--:|--:|")
    for stage in plan.stages:
        cells = (
            names.stage(stage.name),
            str(len(stage.blocks) or "–"),
            names.shape(stage.out_shape),
            compact(stage.params),
            compact(stage.macs),
        )
        lines.append("|" + "|".join(cells) + "|")
    totals = ("", "", compact(plan.params), compact(plan.macs))
    lines.append("|" + "|".join((f"**{t('compare.stages.all')}**", *totals)) + "|")
    return lines
