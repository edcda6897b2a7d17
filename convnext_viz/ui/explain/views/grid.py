"""The view of all maps: every stage by every method, from one pass; what is dear, on demand."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from convnext_viz.explain.maps import cost
from convnext_viz.explain.maps.methods import (
    ATTENTION_METHODS,
    CAMS,
    INPUT_METHODS,
    METHODS,
    PERTURBATION_CAMS,
)
from convnext_viz.numbers import duration
from convnext_viz.plots import methods_grid, names
from convnext_viz.results import Attribution
from convnext_viz.text import sentences, t
from convnext_viz.ui import jobs
from convnext_viz.ui.charts import chart
from convnext_viz.ui.explain import cached, maps, methods, pickers
from convnext_viz.ui.explain.records import MapRequest, Question, Subject
from convnext_viz.ui.explain.state import Link, key, seed

SCALES = ("own", "shared")
ROWS = 6  # stages or blocks; of more blocks some, evenly spaced
_GOING = "explain_grid_going"  # what the visitor wants to be filled in

Cell = tuple[str, str]  # stage, method


def show(question: Question, rest: DeltaGenerator) -> Link:
    """Stages × methods, methods of attention and on the input below; returns what of it a link
    holds."""
    del rest
    subject, target, contrast = question.subject, question.target, question.contrast
    stages = _rows(subject.places[1:])
    of_attention = tuple(one for one in ATTENTION_METHODS if METHODS[one].fits(subject.plan))
    others = (*of_attention, *INPUT_METHODS)
    with st.container(horizontal=True, gap="small", key="explain_controls"):
        where = seed("colours", SCALES, SCALES[0], param="colours")
        st.segmented_control(
            t("explain_maps.grid.scale"),
            SCALES,
            format_func=lambda scale: t(f"explain_maps.scale.{scale}"),
            required=True,
            key=where,
        )
        shared = st.session_state[where] == "shared"
        opacity = pickers.choose_opacity()
        _choose_cell(subject, stages, others)
    captured = cached.captured(subject, target, contrast, stages)
    cells = {(one.stage, one.method): one for one in captured.maps}
    slow = {cell: _request(subject, cell, target, contrast) for cell in _slow(stages, others)}
    for cell, request in slow.items():
        if (one := maps.found(request)) is not None:
            cells[cell] = one.attribution
    missing = [request for cell, request in slow.items() if cell not in cells]
    reasons = _reasons(cells, slow, contrast=contrast is not None)
    shown = [one for cell, one in cells.items() if cell not in reasons]
    with st.container(key="explain_grid"):
        for rows, columns in (
            (stages, (*CAMS, *PERTURBATION_CAMS)),
            (("attention",), of_attention),
            (("image",), INPUT_METHODS),
        ):
            if columns:
                _chart(subject, shown, reasons, rows, columns, shared=shared, opacity=opacity)
    summary = t(
        "explain_maps.grid.told",
        count=len(captured.maps),
        seconds=duration(captured.seconds),
        label=captured.maps[0].label(subject.labels),
    )
    words = [summary, t(f"explain_maps.scale_told.{st.session_state[where]}")]
    if len(stages) < len(subject.places) - 1:
        words.append(t("explain_maps.grid.some", count=len(stages), blocks=len(subject.places) - 1))
    if not of_attention:
        words.append(t("explain.error.no_global_attention"))
    st.caption(sentences(*words))
    _fill(missing, total=len(slow))
    return {
        "against": contrast,
        "colours": "shared" if shared else None,
        "opacity": round(100 * opacity),
    }


def _rows(places: tuple[str, ...]) -> tuple[str, ...]:
    """The places that have a row: all, or as many evenly spaced ones with the last."""
    if len(places) <= ROWS:
        return places
    return tuple(places[(number + 1) * len(places) // ROWS - 1] for number in range(ROWS))


def _slow(stages: tuple[str, ...], others: tuple[str, ...]) -> list[Cell]:
    """Every cell that one pass for all does not fill, the cheap ones first."""
    cheap = [(METHODS[method].place, method) for method in others]
    return cheap + [(s, method) for method in PERTURBATION_CAMS[::-1] for s in stages[::-1]]


def _request(subject: Subject, cell: Cell, target: int, contrast: int | None) -> MapRequest:
    stage, method = cell
    return MapRequest(subject, method, stage, target, contrast, methods.default(method))


def _reasons(
    cells: dict[Cell, Attribution], slow: dict[Cell, MapRequest], *, contrast: bool
) -> dict[Cell, str]:
    """Why a cell has no map."""
    reasons = {cell: t("explain_maps.reason.not_made") for cell in slow if cell not in cells}
    for stage, method in cells:
        if contrast and METHODS[method].class_blind:
            reasons[stage, method] = t("explain_maps.reason.class_blind")
    return reasons


def _chart(
    subject: Subject,
    shown: list[Attribution],
    reasons: dict[Cell, str],
    stages: tuple[str, ...],
    columns: tuple[str, ...],
    *,
    shared: bool,
    opacity: float,
) -> None:
    here = [one for one in shown if one.stage in stages and one.method in columns]
    chart(
        methods_grid.grid(
            here,
            subject.shown,
            stages=stages,
            methods=columns,
            reasons=reasons,
            shared_scale=shared,
            opacity=opacity,
            side=104,
        ),
        key=key(f"grid_{len(columns)}"),
        alt=methods_grid.describe(here),
        on_click=lambda cell: methods.open_map(cell[1], cell[0], len(subject.places)),
    )


def _choose_cell(subject: Subject, stages: tuple[str, ...], others: tuple[str, ...]) -> None:
    """The same as a click on a cell, for a keyboard and for a reader of screens."""
    cells = [f"{stage} {method}" for method in (*CAMS, *PERTURBATION_CAMS) for stage in stages]
    cells += [f"{METHODS[method].place} {method}" for method in others]
    where = key("grid_open")
    st.selectbox(
        t("explain_maps.grid.open"),
        cells,
        index=None,
        format_func=_cell_name,
        placeholder=t("explain_maps.grid.open_which"),
        key=where,
        on_change=lambda: _opened(where, len(subject.places)),
        width=240,
    )


def _opened(where: str, stages: int) -> None:
    if chosen := st.session_state[where]:
        stage, method = chosen.split()
        methods.open_map(method, stage, stages)


def _cell_name(cell: str) -> str:
    stage, method = cell.split()
    return t("explain_maps.grid.cell", method=methods_grid.name(method), stage=names.stage(stage))


def _fill(missing: list[MapRequest], *, total: int) -> None:
    """A button that fills in the dear cells one by one; if that is stopped, what is there stays."""
    if not missing:
        return
    subject, first = missing[0].subject, missing[0]
    words = "|".join(map(str, (*subject.keys, first.target, first.contrast)))
    quick = first.macs <= cost.one_gradient(subject.plan, "", {})  # one pass there and back
    if jobs.cancelled("grid") or not (quick or st.session_state.get(_GOING) == words):
        st.caption(maps.costs(subject, sum(request.macs for request in missing)))
        st.button(
            t("explain_maps.grid.fill", count=len(missing)),
            key=key("grid_fill"),
            icon=":material/play_arrow:",
            on_click=_begin,
            args=(words,),
        )
        return
    title = t(
        "explain_maps.grid.filling",
        method=methods_grid.name(first.method),
        stage=names.stage(first.stage),
        number=total - len(missing) + 1,
        total=total,
    )
    if maps.awaited_map("grid", first, title=title, at_once=True):
        st.rerun()  # it is drawn, and the next one begins


def _begin(words: str) -> None:
    jobs.forgive("grid")
    st.session_state[_GOING] = words
