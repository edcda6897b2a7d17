"""Section "why it trains better": the paper's branch ablation, and the same as a run of the lab."""

from collections.abc import Iterator
from dataclasses import replace
from math import prod

import streamlit as st

from convnext_viz.numbers import exact, scientific
from convnext_viz.plans import Plan, Residual, plan
from convnext_viz.plots import reparam
from convnext_viz.specs import REPVGG
from convnext_viz.specs.published_repvgg import ABLATION, SOURCE, ablation_accuracies
from convnext_viz.text import language, prose, t
from convnext_viz.ui import recorded
from convnext_viz.ui.charts import chart
from convnext_viz.ui.shell import open_page

LINK = {"net": "cifar_repvgg", "identity_branch": "off,on", "pointwise_branch": "off,on"}
"""What the Train page's link says: the four variants of the paper's Table 6, on a small network."""

PLAIN = "3×3"
RECORDED = {
    "pointwise": "3×3 + 1×1",
    "identity": "3×3 + identity",
    "all": "3×3 + 1×1 + identity",
}
"""The variants of the recorded run, by row of the table: against the one without branches."""

_MANY = 1_000_000


def show() -> None:
    """The paper's four rows beside the way to train them."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        rows = "; ".join(f"{t(f'repvgg.arms.{key}')}: {row.top1}%" for key, row in ABLATION.items())
        chart(reparam.ablation(), key="repvgg_ablation", alt=t("repvgg.train.alt", rows=rows))
        st.caption(t("repvgg.train.source", source=SOURCE))
    with right:
        st.markdown(t("repvgg.train.answer", **_gains()))
        st.markdown(f"**{t('repvgg.train.try')}**")
        open_page("train", label=t("repvgg.train.open"), icon=":material/science:", link=LINK)
        st.caption(t("repvgg.train.note"))
    words, counts = st.columns([3, 2], gap="large")
    with words:
        st.markdown(prose("repvgg", "train"))
    with counts:
        st.markdown(_table(language()))
        st.caption(t("repvgg.train.counted"))
    recorded.show(
        "recorded-repvgg-branches",
        [(label, PLAIN) for label in RECORDED.values()],
        {label: _top1()[key] - _top1()["plain"] for key, label in RECORDED.items()},
        title=t("repvgg.train.recorded"),
    )


@st.cache_data(show_spinner=False)
def _table(language: str) -> str:
    """The four variants of RepVGG-B0: paths, parameters in both forms; in that language."""
    del language
    heads = ("branches", "paths", "training", "deployed")
    return "\n".join(
        [
            f"|{'|'.join(t(f'repvgg.train.{head}') for head in heads)}|",
            "|---|--:|--:|--:|",
            *(_row(key) for key in ABLATION),
        ]
    )


def _row(key: str) -> str:
    row = ABLATION[key]
    spec = replace(
        REPVGG["repvgg_b0"],
        identity_branch=row.identity_branch,
        pointwise_branch=row.pointwise_branch,
    )
    training, deployed = plan(spec), plan(replace(spec, form="deployed"))
    paths = prod(_branches(training))
    cells = (
        t(f"repvgg.arms.{key}"),
        exact(paths) if paths < _MANY else scientific(paths),
        exact(training.params),
        exact(deployed.params),
    )
    return f"|{'|'.join(cells)}|"


def _branches(described: Plan) -> Iterator[int]:
    """The number of parallel branches of every block."""
    for stage in described.stages:
        for block in stage.blocks:
            for step in block.steps:
                yield len(step.branches) if isinstance(step, Residual) else 1


def _gains() -> dict[str, str]:
    """Percentage points over the network without branches, by row."""
    top1 = _top1()
    gains = {key: f"{value - top1['plain']:+.2f}" for key, value in top1.items() if key != "plain"}
    return {f"{key}_gain": value for key, value in gains.items()}


def _top1() -> dict[str, float]:
    return {key: float(value) for key, value in ablation_accuracies().items()}
