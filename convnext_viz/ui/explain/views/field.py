"""The view of receptive fields: what one cell can see, and what it does see."""

from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from convnext_viz import explain
from convnext_viz.numbers import percent
from convnext_viz.plots import field as drawings
from convnext_viz.plots import names, receptive
from convnext_viz.results import Box, FieldPair
from convnext_viz.results.evidence import THRESHOLDS
from convnext_viz.specs import field_names
from convnext_viz.text import prose, sentences, t
from convnext_viz.ui import choices
from convnext_viz.ui.charts import chart
from convnext_viz.ui.explain import cached_features, pickers
from convnext_viz.ui.explain.records import Question, Subject
from convnext_viz.ui.explain.state import Link, key, seed
from convnext_viz.ui.explain.subject import sets

if TYPE_CHECKING:
    from convnext_viz.data.image_sets import ImageSet

COUNTS = (16, 8, 32, 50)  # pictures to average over, first the default; RepLKNet's authors took 50
USUAL_SIDE = 128  # pixels, where the network's own is smaller


def show(question: Question, rest: DeltaGenerator) -> Link:
    """Theoretical field, effective field, kernel sizes; returns what of it a link holds."""
    subject = question.subject
    with st.container(horizontal=True, gap="small", key="explain_controls"):
        stage = pickers.choose_stage(subject.places, subject.places[-1])
        side = _side(subject)
        shown, maps = cached_features.enlarged(subject, side)
        rows, columns = maps[stage].values.shape[1:]
        cell = _cell(stage, rows, columns)
    described = cached_features.drawn(subject, side)
    box = explain.theoretical_field(described, stage, cell)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**{t('explain_features.field.cells', rows=rows, columns=columns)}**")
        chart(
            drawings.cells(maps[stage].values.mean(0), cell),
            key=key(f"cells_{cell[0]}_{cell[1]}"),  # a new one each time: nothing is selected
            alt=drawings.describe_cells((rows, columns), stage, cell),
            on_click=lambda clicked: _click(clicked, stage, rows, columns),
        )
        st.caption(t("explain_features.field.cells_note"))
    with right:
        st.markdown(f"**{t('explain_features.field.theoretical')}**")
        chart(
            drawings.theoretical(shown, box, jump=described.stage(stage).jump),
            key=key("field"),
            alt=drawings.describe_theoretical(shown, box, stage),
        )
        _caption(box, stage, side)
    with rest:
        chosen = _effective(subject, stage, cell, side, box, (rows // 2, columns // 2))
        if chosen is not None:
            _kernels(subject, side, chosen)
    return {
        "stage": stage,
        "side": side if side != _usual_side(subject) else None,
        "row": cell[0] if cell[0] != rows // 2 else None,
        "column": cell[1] if cell[1] != columns // 2 else None,
        **sets.link("field"),
    }


def _side(subject: Subject) -> int:
    options = cached_features.sides(subject)
    where = seed(f"side_of_{options[0]}", options, _usual_side(subject), param="side")
    st.selectbox(
        t("explain_features.field.side"),
        options,
        format_func=lambda side: t("explain_features.field.pixels", side=side),
        key=where,
        help=t("explain_features.field.side_help", own=options[0]),
        width=170,
    )
    return int(st.session_state[where])


def _usual_side(subject: Subject) -> int:
    options = cached_features.sides(subject)
    return max([one for one in options if one <= USUAL_SIDE] or options[:1])


def _cell(stage: str, rows: int, columns: int) -> tuple[int, int]:
    """Row and column, by number; a click on the map says the same."""
    cell = []
    for name, count in (("row", rows), ("column", columns)):
        where = _place(name, stage, count)
        st.number_input(
            t(f"explain_features.field.{name}"), 0, count - 1, step=1, key=where, width=110
        )
        cell.append(int(st.session_state[where]))
    return cell[0], cell[1]


def _place(name: str, stage: str, count: int) -> str:
    return seed(f"{name}_of_{stage}_{count}", range(count), count // 2, param=name)


def _click(cell: tuple[int, int], stage: str, rows: int, columns: int) -> None:
    choices.put(_place("row", stage, rows), int(cell[0]))
    choices.put(_place("column", stage, columns), int(cell[1]))


def _caption(box: Box, stage: str, side: int) -> None:
    """The field's size, and where it is cut off."""
    inside = box.clipped(side, side)
    words = t(
        "explain_features.field.told",
        stage=names.stage(stage),
        side=box.bottom - box.top,
        share=_share(inside.area / side**2),
    )
    edges = {
        "top": -box.top,
        "left": -box.left,
        "bottom": box.bottom - side,
        "right": box.right - side,
    }
    over = [
        t(f"explain_features.field.over_{edge}", pixels=by) for edge, by in edges.items() if by > 0
    ]
    if over:
        clipped = t(
            "explain_features.field.clipped",
            share=_share(1 - inside.area / box.area),
            edges=t("explain_features.field.joint").join(over),
        )
        words = sentences(words, clipped)
    st.caption(words)


def _share(fraction: float) -> str:
    """One decimal, two digits where that would be nothing: a stem's few pixels are not 0.0 %."""
    return percent(fraction) if fraction >= 0.001 else f"{100 * fraction:.2g}%"


def _effective(
    subject: Subject,
    stage: str,
    cell: tuple[int, int],
    side: int,
    box: Box,
    middle: tuple[int, int],
) -> "ImageSet | None":
    st.markdown(f"#### {t('explain_features.effective.title')}")
    chosen = sets.choose("field", COUNTS)
    if chosen is None:
        return None
    pair = cached_features.fields(subject, stage, cell, side, chosen)
    if pair is not None:
        _draw(pair, box)
        _shares(pair, cell, middle, side)
    with st.expander(t("explain_features.effective.how")):
        st.markdown(prose("explain_features", "effective"))
    return chosen


def _draw(pair: FieldPair, box: Box) -> None:
    both = (("trained", pair.trained), ("fresh", pair.fresh))
    for column, (name, found) in zip(st.columns(2, gap="medium"), both, strict=True):
        with column:
            st.markdown(f"**{t(f'explain_features.effective.{name}')}**")
            chart(
                receptive.effective(found, box),
                key=key(f"effective_{name}"),
                alt=receptive.describe_effective(found),
            )
    st.markdown(
        t(
            "explain_features.effective.told",
            trained=f"{pair.trained.size:.0f}",
            fresh=f"{pair.fresh.size:.0f}",
            theoretical=box.bottom - box.top,
            count=pair.trained.images,
        )
    )


def _shares(pair: FieldPair, cell: tuple[int, int], middle: tuple[int, int], side: int) -> None:
    """RepLKNet's table, which is of the middle cell."""
    if cell != middle:
        st.caption(t("explain_features.shares.middle", row=middle[0], column=middle[1]))
        return
    head = " | ".join(f"{threshold:g}" for threshold in THRESHOLDS)
    lines = [f"| {t('explain_features.shares.title')} | {head} |", "|:--|" + "--:|" * 4]
    for name, found in (("trained", pair.trained), ("fresh", pair.fresh)):
        shares = [found.share(threshold) for threshold in THRESHOLDS]
        cells = " | ".join("–" if share is None else percent(share) for share in shares)
        lines.append(f"| {t(f'explain_features.shares.{name}')} | {cells} |")
    st.markdown("\n".join(lines))
    st.caption(t("explain_features.shares.note", side=side))


def _kernels(subject: Subject, side: int, chosen: "ImageSet") -> None:
    if "kernel_size" not in field_names(subject.pretrained.spec):
        return  # no other size to compare with
    st.markdown(f"#### {t('explain_features.kernels.title')}")
    found = cached_features.kernel_sizes(subject, side, chosen)
    if found is None:
        return
    chart(
        drawings.kernel_sizes(found, input_side=side),
        key=key("kernel_sizes"),
        alt=drawings.describe_kernel_sizes(found),
    )
    rows: dict[str, list[float]] = {
        "theoretical": [one.side for one in found.fresh],
        "plain": [4 * one.plain for one in found.fresh],
        "full": [4 * one.full for one in found.fresh],
        "fresh": [4 * one.fresh for one in found.fresh],
    }
    head = " | ".join(str(one.kernel_size) for one in found.fresh)
    lines = [f"| k | {head} |", "|:--|" + "--:|" * len(found.fresh)]
    for name, sides in rows.items():
        label = t(f"explain_features.kernels.{name}")
        lines.append(f"| {label} | " + " | ".join(f"{side:.0f}" for side in sides) + " |")
    if found.siblings:
        learnt = {size: f"{4 * sided:.0f}" for size, sided in found.learnt}
        cells = " | ".join(learnt.get(one.kernel_size, "–") for one in found.fresh)
        lines.append(f"| {t('explain_features.kernels.siblings')} | {cells} |")
    st.markdown("\n".join(lines))
    st.markdown(prose("explain_features", "kernel_sizes"))
