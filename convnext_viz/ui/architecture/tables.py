"""Tables of the Architecture page, and the files to download."""

from typing import Any

import streamlit as st
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

from convnext_viz.plans import Plan
from convnext_viz.plans.table import COLUMNS, rows, to_csv, to_json
from convnext_viz.plans.winograd import winograd
from convnext_viz.plots import names
from convnext_viz.specs import RepVGGSpec, diff
from convnext_viz.text import t
from convnext_viz.ui.architecture.title import word
from convnext_viz.ui.choices import choice, in_link, link_decides, put, reject, requested, words
from convnext_viz.ui.save_picture import save_picture

LONGEST_SEARCH = 100  # characters
_PANELS = ("table", "code")
MAP = "arch_map"  # the container of the map, or of two


def restore_panels() -> None:
    """Before the panels: opens those of the link."""
    if not link_decides("arch_panels"):
        return
    opened = requested("show") or ""
    known = opened in ("", *_PANELS, ",".join(_PANELS))
    if not known:
        reject("show", opened)
    for panel in _PANELS:
        put(f"arch_{panel}", known and panel in opened.split(","))


def _panel(name: str, title: str) -> ExpanderContainer:
    panel = st.expander(title, key=choice(f"arch_{name}", (False, True), False), on_change="rerun")
    opened = [one for one in _PANELS if st.session_state.get(f"arch_{one}")]
    in_link("show", ",".join(opened) or None)
    return panel


def layer_table(shown: Plan) -> None:
    """Every layer of the network; every word of the search must be somewhere in its row."""
    panel = _panel("table", t("architecture.table.title"))
    if not panel.open:
        return
    with panel:
        wanted = st.text_input(
            t("architecture.table.search"),
            key=words("arch_search", longest=LONGEST_SEARCH, link="find"),
            placeholder=t("architecture.table.search_hint"),
            icon=":material/search:",
            max_chars=LONGEST_SEARCH,
        )
        found = [row for row in _readable(shown) if _has(row, wanted)]
        count = sum(1 for _ in shown.layers)
        st.caption(t("architecture.table.found", found=len(found), count=count))
        st.dataframe(
            found,
            hide_index=True,
            height=min(38 + 35 * max(len(found), 1), 460),
            column_config=_columns(),
            alt=t("architecture.table.alt", name=names.network(shown.spec)),
            key="arch_layers",
        )


def differences(shown: Plan, other: Plan) -> None:
    """The fields in which two networks differ."""
    changed = diff(shown.spec, other.spec)
    if not changed:
        st.info(t("architecture.compare.same"))
        return
    here, there = names.network(shown.spec), names.network(other.spec)
    if here == there:  # a row's keys must not meet
        here, there = f"1. {here}", f"2. {there}"
    st.dataframe(
        [
            {
                t("architecture.compare.field"): t(f"architecture.field.{field}"),
                here: word(field, ours),
                there: word(field, theirs),
                t("architecture.compare.code"): field,
            }
            for field, (ours, theirs) in changed.items()
        ],
        hide_index=True,
        alt=t("architecture.compare.alt", one=here, other=there),
        key="arch_differences",
    )


def downloads(shown: Plan, other: Plan | None) -> None:
    """The plan as CSV and JSON, the map (both, where two are compared) as PNG and SVG."""
    name = shown.spec.name
    with st.container(horizontal=True):
        st.download_button(
            "CSV",
            lambda: to_csv(shown),
            f"{name}.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/table:",
            key="arch_csv",
        )
        st.download_button(
            "JSON",
            lambda: to_json(shown),
            f"{name}.json",
            "application/json",
            on_click="ignore",
            icon=":material/data_object:",
            key="arch_json",
        )
        save_picture(
            MAP,
            f"{name}-map" if other is None else f"{name}-{other.spec.name}",
            titles=() if other is None else [names.network(p.spec) for p in (shown, other)],
            help=t("architecture.files.picture"),
        )
    st.caption(t("architecture.files.note"))


def code(shown: Plan) -> None:
    """The network as one PyTorch file, written when the panel is opened."""
    panel = _panel("code", t("architecture.files.code"))
    if not panel.open:
        return
    with panel:
        with st.spinner(t("architecture.files.writing")):
            from convnext_viz.nets.source_code import source  # only for those who ask

            text = source(shown.spec)
        st.download_button(
            t("architecture.files.save_code"),
            text,
            f"{shown.spec.name}.py",
            "text/x-python",
            on_click="ignore",
            icon=":material/download:",
            key="arch_python",
        )
        st.code(text, language="python", height=420)


def _readable(shown: Plan) -> list[dict[str, object]]:
    by_name = {layer.name: layer for layer in shown.layers}
    table = rows(shown)
    for row in table:
        row["kind"] = names.operation(by_name[row["name"]])
    if not isinstance(shown.spec, RepVGGSpec):
        return table
    # The column of the RepVGG paper's tables, beside the multiply-adds.
    place = COLUMNS.index("macs") + 1
    return [
        dict(list(row.items())[:place])
        | {"winograd": winograd([by_name[row["name"]]])}
        | dict(list(row.items())[place:])
        for row in table
    ]


def _has(row: dict[str, object], wanted: str) -> bool:
    text = " ".join(map(str, row.values())).casefold()
    return all(word in text for word in wanted.casefold().split())


def _columns() -> dict[str, Any]:
    numbers = {"kernel_size", "stride", "params", "macs", "out_elements", "receptive_field"}
    known: dict[str, Any] = {
        column: st.column_config.NumberColumn(
            t(f"architecture.column.{column}"), format="localized"
        )
        if column in numbers
        else st.column_config.TextColumn(t(f"architecture.column.{column}"))
        for column in COLUMNS
    }
    return known | {
        "winograd": st.column_config.NumberColumn(
            t("repvgg.forms.winograd"),
            format="localized",
            help=t("architecture.total.winograd_rule"),
        )
    }
