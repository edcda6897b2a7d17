"""What the Architecture page says in tables and hands out as files."""

from dataclasses import fields
from typing import Any

import streamlit as st

from convnext_viz.plans import Plan
from convnext_viz.plans.table import COLUMNS, rows, to_csv, to_json
from convnext_viz.plots import names
from convnext_viz.specs import ConvNeXtSpec, diff
from convnext_viz.text import t
from convnext_viz.ui.architecture.state import LONGEST_SEARCH, key
from convnext_viz.ui.save_picture import save_picture

MAP = "arch_map"  # the container of the map, or of two


def layer_table(whole: Plan) -> None:
    """Every layer of the network; every word of the search must be somewhere in its row."""
    panel = st.expander(t("architecture.table.title"), key=key("table"), on_change="rerun")
    if not panel.open:
        return
    with panel:
        # A closed panel's widget forgets its word: it is kept beside it.
        st.session_state.setdefault(key("search"), st.session_state[key("sought")])
        wanted = st.text_input(
            t("architecture.table.search"),
            key=key("search"),
            placeholder=t("architecture.table.search_hint"),
            icon=":material/search:",
            max_chars=LONGEST_SEARCH,
        )
        st.session_state[key("sought")] = wanted
        found = [row for row in _readable(whole) if _has(row, wanted)]
        count = sum(1 for _ in whole.layers)
        st.caption(t("architecture.table.found", found=len(found), count=count))
        st.dataframe(
            found,
            hide_index=True,
            height=min(38 + 35 * max(len(found), 1), 460),
            column_config=_columns(),
            alt=t("architecture.table.alt", name=names.network(whole.spec)),
            key=key("layers"),
        )


def differences(whole: Plan, beside: Plan) -> None:
    """The fields in which two networks differ."""
    changed = diff(whole.spec, beside.spec)
    if not changed:
        st.info(t("architecture.compare.same"))
        return
    here, there = names.network(whole.spec), names.network(beside.spec)
    if here == there:  # a row's keys must not meet
        here, there = f"1. {here}", f"2. {there}"
    known = {field.name for field in fields(ConvNeXtSpec)}
    st.dataframe(
        [
            {
                t("architecture.compare.field"): t(f"architecture.field.{field}"),
                here: _word(field, ours),
                there: _word(field, theirs),
                t("architecture.compare.code"): field,
            }
            for field, (ours, theirs) in changed.items()
            if field in known
        ],
        hide_index=True,
        alt=t("architecture.compare.alt", one=here, other=there),
        key=key("differences"),
    )


def downloads(whole: Plan, beside: Plan | None) -> None:
    """The plan as CSV and JSON, the map (both, where two are compared) as PNG and SVG."""
    name = whole.spec.name
    with st.container(horizontal=True):
        st.download_button(
            "CSV",
            lambda: to_csv(whole),
            f"{name}.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/table:",
            key=key("csv"),
        )
        st.download_button(
            "JSON",
            lambda: to_json(whole),
            f"{name}.json",
            "application/json",
            on_click="ignore",
            icon=":material/data_object:",
            key=key("json"),
        )
        save_picture(
            MAP,
            f"{name}-map" if beside is None else f"{name}-{beside.spec.name}",
            titles=() if beside is None else [names.network(p.spec) for p in (whole, beside)],
            help=t("architecture.files.picture"),
        )
    st.caption(t("architecture.files.note"))


def code(whole: Plan) -> None:
    """The network as one PyTorch file, written when the panel is opened."""
    panel = st.expander(t("architecture.files.code"), key=key("code"), on_change="rerun")
    if not panel.open:
        return
    with panel:
        with st.spinner(t("architecture.files.writing")):
            from convnext_viz.nets.source_code import source  # only for those who ask

            text = source(whole.spec)
        st.download_button(
            t("architecture.files.save_code"),
            text,
            f"{whole.spec.name}.py",
            "text/x-python",
            on_click="ignore",
            icon=":material/download:",
            key=key("python"),
        )
        st.code(text, language="python", height=420)


def _readable(whole: Plan) -> list[dict[str, object]]:
    by_name = {layer.name: layer for layer in whole.layers}
    table = rows(whole)
    for row in table:
        row["kind"] = names.operation(by_name[row["name"]])
    return table


def _has(row: dict[str, object], wanted: str) -> bool:
    text = " ".join(map(str, row.values())).casefold()
    return all(word in text for word in wanted.casefold().split())


def _columns() -> dict[str, Any]:
    numbers = {"kernel_size", "stride", "params", "macs", "out_elements", "receptive_field"}
    return {
        column: st.column_config.NumberColumn(
            t(f"architecture.column.{column}"), format="localized"
        )
        if column in numbers
        else st.column_config.TextColumn(t(f"architecture.column.{column}"))
        for column in COLUMNS
    }


def _word(field: str, value: object) -> str:
    if value is None:
        return t("architecture.choose.off")
    if isinstance(value, bool):
        return t(f"architecture.compare.{'yes' if value else 'no'}")
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, str):
        return t(f"architecture.option.{field}.{value}")
    return f"{value:g}" if isinstance(value, float) else str(value)
