"""The title of a network that differs from the named one: every change, with its way back."""

import streamlit as st

from convnext_viz.plans import Plan
from convnext_viz.plots import names
from convnext_viz.specs import VARIANTS, diff
from convnext_viz.text import t
from convnext_viz.ui.architecture.subject import reset, reset_field


def changes(shown: Plan, *, refused: bool) -> None:
    """What was changed, and buttons that take it back; nothing where nothing was.

    ``refused``: a change is not possible and not shown; it can be taken back all the same.
    """
    named = VARIANTS[shown.spec.name]
    changed = diff(named, shown.spec)
    if not changed and not refused:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="arch_title"):
        if changed:
            name = names.network(named)
            st.markdown(f"**{t('architecture.changed.title', name=name)}**", width="content")
        for field, (was, now) in changed.items():
            st.button(
                t(
                    "architecture.changed.field",
                    field=t(f"architecture.field.{field}"),
                    now=word(field, now),
                    was=word(field, was),
                ),
                key=f"arch_reset_{field}",
                help=t("architecture.changed.reset", value=word(field, was)),
                on_click=reset_field,
                args=(field,),
                icon=":material/close:",
                icon_position="right",
            )
        st.button(
            t("architecture.choose.reset"),
            key="arch_reset",
            on_click=reset,
            icon=":material/restart_alt:",
            type="tertiary",
        )


def word(field: str, value: object) -> str:
    """A field's value as a person reads it."""
    if value is None:
        return t("architecture.choose.off")
    if isinstance(value, bool):
        return t(f"architecture.compare.{'yes' if value else 'no'}")
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, str):
        return t(f"architecture.option.{field}.{value}")
    return f"{value:g}" if isinstance(value, float) else str(value)
