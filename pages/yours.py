"""The Your-images page: two classes, thirty photos each, and a network that tells them apart."""

import streamlit as st

from convnext_viz.text import prose, t
from convnext_viz.ui.shell import framed
from convnext_viz.ui.yours import collect, gallery, results, sets, split, state, training

framed()
st.markdown(prose("yours", "intro"))
step = state.choose_step()
state.tell()
found = sets.choose()

match step:
    case "images":
        if found is not None:
            collect.show(found)
            if found.pictures:
                split.show(found)
                gallery.show(found)
                st.button(
                    t("yours.step.next"),
                    icon=":material/arrow_forward:",
                    type="primary",
                    key="yours_next",
                    on_click=state.open_step,
                    args=("train",),
                )
    case "train":
        if found is not None:
            training.show(found)
    case _:
        results.show(found)

with st.expander(t("yours.limits"), key="yours_limits"):
    st.markdown(prose("yours", "limits"))
