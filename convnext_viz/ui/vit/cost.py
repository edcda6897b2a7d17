"""Section "cost": multiply-adds against image size, beside ConvNeXt; and the way to the lab."""

from typing import Any

import streamlit as st

from convnext_viz.numbers import compact, percent
from convnext_viz.plans import plan
from convnext_viz.plots import names, tokens
from convnext_viz.specs import VARIANTS
from convnext_viz.text import prose, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice
from convnext_viz.ui.shell import open_page

PAIRS = {
    "vit_small_patch16_224": "convnext_tiny",
    "vit_base_patch16_224": "convnext_base",
    "vit_base_patch8_224": "convnext_base",
    "vit_large_patch16_224": "convnext_large",
}
SIDES = (128, 224, 384, 512, 768, 1024, 1536)


def show() -> None:
    """All multiply-adds and attention's products over the side of the image."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        network = st.selectbox(
            t("common.network.label"),
            list(PAIRS),
            format_func=lambda one: names.network(VARIANTS[one]),
            key=choice("vit_costs", PAIRS, "vit_small_patch16_224", link="vit"),
        )
    with right:
        side: Any = st.select_slider(
            t("vit.cost.side"),
            SIDES,
            format_func=lambda one: f"{one} px",
            key=choice("vit_side", SIDES, 384, link="side"),
        )
    beside = PAIRS[network]
    rows = {one: macs(network, one) for one in SIDES}
    others = {one: macs(beside, one)[0] for one in SIDES}
    name, other = names.network(VARIANTS[network]), names.network(VARIANTS[beside])
    total, products = rows[side]
    picture, words = st.columns([3, 2], gap="large", vertical_alignment="center")
    with picture:
        chart(
            tokens.costs(
                SIDES,
                {
                    name: [one for one, _ in rows.values()],
                    t("vit.cost.products", name=name): [one for _, one in rows.values()],
                    other: list(others.values()),
                },
                side,
            ),
            key="vit_cost",
            alt=t(
                "vit.cost.alt",
                name=name,
                other=other,
                side=side,
                macs=compact(total),
                other_macs=compact(others[side]),
            ),
        )
    with words:
        first, last = SIDES[0], SIDES[-1]
        st.markdown(
            t(
                "vit.cost.facts",
                side=side,
                tokens=tokens_of(network, side),
                name=name,
                macs=compact(total),
                products=compact(products),
                share=percent(products / total),
                other=other,
                other_macs=compact(others[side]),
            )
        )
        st.markdown(
            t(
                "vit.cost.growth",
                first=first,
                last=last,
                pixels=f"{(last / first) ** 2:.0f}",
                name=name,
                times=f"{rows[last][0] / rows[first][0]:,.0f}",
                products=f"{rows[last][1] / rows[first][1]:,.0f}",
                other=other,
                other_times=f"{others[last] / others[first]:,.0f}",
            )
        )
        st.caption(t("vit.cost.note"))
    st.markdown(prose("vit", "cost"))
    st.markdown(f"**{t('vit.cost.stem')}**")
    st.markdown(t("vit.cost.stem_says"))
    open_page(
        "train",
        label=t("vit.cost.stem_link"),
        icon=":material/science:",
        link={"net": "cifar_vit", "conv_stem": "off,on"},
    )


@st.cache_data(show_spinner=False)
def macs(network: str, side: int) -> tuple[int, int]:
    """Multiply-adds of one image, and those of them that are attention's products."""
    described = plan(VARIANTS[network], side)
    return described.macs, described.attention_macs


def tokens_of(network: str, side: int) -> int:
    """Tokens of an image, the learnt ones, too."""
    return plan(VARIANTS[network], side).stage("stage1").in_shape[0]
