"""Section "eight frames": what a shifted block does with the image, and what its mask is for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from convnext_viz.numbers import percent, scientific
from convnext_viz.plots import windows as drawn
from convnext_viz.results import Merging, Place, Windows
from convnext_viz.text import prose, t
from convnext_viz.ui import picture
from convnext_viz.ui.charts import chart
from convnext_viz.ui.choices import choice, number, put
from convnext_viz.ui.picture import Shown
from convnext_viz.ui.questions import questions
from convnext_viz.ui.swin import subjects

MEAN = "mean"  # of all heads
_FIRST = (1, 1)  # a token whose window holds all four corners of the image


@dataclass(frozen=True)
class _Chosen:
    """What the frames show."""

    network: str
    shown: Shown
    found: Windows
    token: Place
    head: int | None
    masked: bool

    @property
    def stays(self) -> str:
        """The image as it is."""
        return self._picture((0, 0))

    @property
    def rolls(self) -> str:
        """The image as the roll leaves it."""
        return self._picture(self.found.shift)

    def _picture(self, shift: Place) -> str:
        found = self.found
        return subjects.picture(self.network, self.shown.key, shift, found.size, self.shown)


def show() -> None:
    """Controls, the answer in a sentence, and the eight frames."""
    chosen = _choose()
    _answer(chosen)
    merged = subjects.merged(chosen.network, chosen.shown.key, chosen.shown)
    figures = _figures(chosen, merged)
    names = list(figures)
    for half in (names[:4], names[4:]):
        for name, column in zip(half, st.columns(4, gap="small"), strict=True):
            with column:
                _frame(name, names.index(name) + 1, figures[name](), chosen, merged)
    subjects.untrained_note(chosen.network)
    st.markdown(prose("swin", "frames"))
    questions("swin", "roll", "mask", "regions", "last_stage")


def _choose() -> _Chosen:
    """The mask and the shift; the rest is folded, so that on a phone the answer is near."""
    columns = st.columns([3, 5, 3], vertical_alignment="bottom")
    others = columns[2].popover(t("swin.choose.others"), icon=":material/tune:", width="stretch")
    with columns[0]:
        masked = st.toggle(
            t("swin.choose.mask"),
            key=choice("swin_mask", (True, False), True, link="mask"),
            help=t("swin.choose.mask_help"),
        )
    with others:
        network, shown = subjects.choose_network(), picture.choose()
    side = subjects.window_of(network)
    with columns[1]:
        shift = st.slider(
            t("swin.choose.shift"),
            0,
            side - 1,
            key=number(f"swin_shift_{side}", 0, side - 1, side // 2, link="shift"),
            help=t("swin.choose.shift_help", own=side // 2),
        )
    with st.spinner(t("common.loading"), show_time=True):
        found = subjects.windowed(network, shown.key, shift, shown)
    heads = [MEAN, *range(found.masked.shape[1])]
    with others:
        head: Any = st.selectbox(
            t("swin.choose.head"),
            heads,
            format_func=lambda one: (
                t("swin.choose.mean") if one == MEAN else t("swin.choose.one_head", number=one + 1)
            ),
            key=choice("swin_head", heads, MEAN, link="head"),
        )
    rows, across = found.size
    first = _FIRST[0] * across + _FIRST[1]
    # No widget's: a click on a frame puts it.
    number_of = st.session_state[choice("swin_token", range(rows * across), first, link="token")]
    token = (number_of // across, number_of % across)
    return _Chosen(network, shown, found, token, None if head == MEAN else int(head), masked)


def _answer(chosen: _Chosen) -> None:
    """Who the token may talk to, and what changes without the mask."""
    found, token = chosen.found, chosen.token
    foreign = found.foreign(token)
    where = {"row": token[0], "column": token[1], "count": len(foreign)}
    if not foreign.any():
        st.markdown(t("swin.answer.one_region", **where))
        return
    st.markdown(
        t(
            "swin.answer.masked" if chosen.masked else "swin.answer.free",
            **where,
            region=drawn.letter(found.labels[found.rolled(token)]),
            own=int((~foreign).sum()),
            foreign=int(foreign.sum()),
            share=percent(found.leaked(token, chosen.head, masked=False)),
            kept=scientific(found.leaked(token, chosen.head, masked=True)),
            farthest=round(float(found.distances(token)[foreign].max()) * _jump(chosen)),
        )
    )


def _jump(chosen: _Chosen) -> float:
    """Pixels of the network's input between two tokens."""
    return float(subjects.patch_of(chosen.network))


def _figures(chosen: _Chosen, merged: Merging) -> dict[str, Callable[[], go.Figure]]:
    found, token, head, masked = chosen.found, chosen.token, chosen.head, chosen.masked
    lengths = np.linalg.norm(merged.sliced, axis=0)
    return {
        "grid": lambda: drawn.grid(chosen.stays, found, token),
        "roll": lambda: drawn.rolled(chosen.rolls, found, token),
        "windows": lambda: drawn.cut(chosen.rolls, found, token),
        "regions": lambda: drawn.regions(chosen.rolls, found, token),
        "mask": lambda: drawn.window_mask(found, token),
        "attention": lambda: drawn.attention(chosen.rolls, found, token, head, masked=masked),
        "unroll": lambda: drawn.unrolled(chosen.stays, found, token, head, masked=masked),
        "merging": lambda: drawn.merged(lengths, token),
    }


def _frame(name: str, place: int, figure: go.Figure, chosen: _Chosen, merged: Merging) -> None:
    found = chosen.found
    facts = {
        "rows": found.size[0],
        "columns": found.size[1],
        "side": found.side,
        "windows": len(found.mask),
        "shift": found.shift[0],
        "regions": len(np.unique(found.labels)),
        "tokens": found.side**2,
        "rows_after": merged.sliced.shape[1],
        "columns_after": merged.sliced.shape[2],
        "before": len(merged.given),
        "after": len(merged.sliced),
    }
    called, says = t(f"swin.frame.{name}"), t(f"swin.frame_says.{name}", **facts)
    st.markdown(f"**{place} · {called}**")
    clicks = name in ("grid", "windows")
    chart(
        figure,
        key=f"swin_frame_{name}",
        alt=t("swin.frame_alt", name=called, says=says),
        on_click=(lambda token: put("swin_token", token)) if clicks else None,
    )
    st.caption(says)
