"""Section "position bias": a query and a key, their row of the table, the bias of each head."""

from functools import partial
from typing import Any

import streamlit as st

from convnext_viz.plots import position_bias as drawn
from convnext_viz.results import Place, PositionBias
from convnext_viz.text import prose, t
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice, put
from convnext_viz.ui.questions import questions
from convnext_viz.ui.swin import subjects


def show() -> None:
    """Two windows to click in, the calculation, the table as a picture, all heads."""
    network, head, found = _choose()
    side = found.side
    query = _place("swin_query", side, side + 1, "query")
    key = _place("swin_key", side, side * side - 2, "key")
    _calculation(found, query, key, head)
    places, picture = st.columns([2, 3], gap="medium")
    with places:
        for of, column in zip(("query", "key"), st.columns(2), strict=True):
            own, other = (query, key) if of == "query" else (key, query)
            with column:
                st.markdown(f"**{t(f'swin.bias.{of}')}**")
                chart(
                    drawn.picker(side, own, other, of=of),
                    key=f"swin_pick_{of}",
                    alt=t("swin.bias.picker_alt", what=t(f"swin.bias.{of}"), token=str(own)),
                    on_click=partial(put, f"swin_{of}"),
                )
        values = found.values(query, key)
        chart(
            drawn.heads(values, head),
            key="swin_bias_heads",
            alt=t("swin.bias.heads_alt", values=", ".join(f"{value:+.4f}" for value in values)),
        )
    with picture:
        st.markdown(f"**{t('swin.bias.table', head=head + 1, side=2 * side - 1)}**")
        chart(
            drawn.table(found, head, query, key),
            key="swin_bias_table",
            alt=t(
                "swin.bias.table_alt",
                head=head + 1,
                side=2 * side - 1,
                low=f"{found.table[head].min():.3f}",
                high=f"{found.table[head].max():.3f}",
            ),
        )
        pairs, rows = side**4, (2 * side - 1) ** 2
        st.caption(t("swin.bias.shared", pairs=pairs, rows=rows, heads=len(found.table)))
    subjects.untrained_note(network)
    st.markdown(prose("swin", "bias"))
    questions("swin", "position", "sign", "resize")


def _choose() -> tuple[str, int, PositionBias]:
    columns = st.columns([4, 3, 2, 2])
    with columns[0]:
        network = subjects.choose_network()
    depths = subjects.depths_of(network)
    stages = list(depths)
    with columns[1]:
        chosen: Any = st.segmented_control(
            t("block.choose.stage"),
            stages,
            format_func=lambda stage: stage.removeprefix("stage"),
            key=choice("swin_stage", stages, stages[0], link="stage"),
            required=True,
        )
    stage = str(chosen)
    blocks = range(depths[stage])
    with columns[2]:
        block = st.selectbox(
            t("block.choose.block"),
            blocks,
            format_func=lambda index: str(index + 1),
            key=choice("swin_block", blocks, 1, link="block"),
        )
    with st.spinner(t("common.loading"), show_time=True):
        found = subjects.bias(network, stage, block)
    heads = range(len(found.table))
    with columns[3]:
        head = st.selectbox(
            t("swin.choose.head"),
            heads,
            format_func=lambda index: t("swin.choose.one_head", number=index + 1),
            key=choice("swin_bias_head", heads, 0, link="of"),
        )
    return network, head, found


def _place(key: str, side: int, default: int, link: str) -> Place:
    """No widget's: a click puts it."""
    number = st.session_state[choice(key, range(side * side), default, link=link)]
    return number // side, number % side


def _calculation(found: PositionBias, query: Place, key: Place, head: int) -> None:
    down, right = query[0] - key[0], query[1] - key[1]
    width, most = 2 * found.side - 1, found.side - 1
    st.markdown(
        t(
            "swin.bias.calculation",
            query=str(query),
            key=str(key),
            down=f"{down:+d}".replace("-", "−"),
            right=f"{right:+d}".replace("-", "−"),
        )
    )
    row = found.row(query, key)
    value = found.values(query, key)[head]
    st.latex(
        rf"({down} + {most}) \cdot {width} + ({right} + {most}) = \mathbf{{{row}}}"
        rf"\qquad B_{{{row},\,{head + 1}}} = {value:+.4f}"
    )
